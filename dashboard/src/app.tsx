// The application: theme, query client, session, shell and the current page.
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { Suspense } from 'react';
import { Route, Router, Switch, useLocation } from 'wouter';

import { queries } from './api/queries';
import { RowSkeletons } from './components/skeletons';
import { Session } from './session/session';
import { NotFound } from './shell/not-found';
import { PageBoundary } from './shell/page-boundary';
import { navigateWhenLoaded, pages } from './shell/routes';
import { Shell } from './shell/shell';
import { theme, variables } from './theme/theme';

export function App({ nonce }: { nonce: string }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-right" />
        <Router aroundNav={navigateWhenLoaded}>
          <Session>{() => <CurrentPage />}</Session>
        </Router>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function CurrentPage() {
  const [location] = useLocation();
  const section = location.split('/')[1] ?? '';
  return (
    <Shell>
      <PageBoundary resetKey={section}>
        <Suspense fallback={<RowSkeletons />}>
          <Switch>
            {pages.map(({ pattern, Component }) => (
              <Route key={pattern} path={pattern} component={Component} />
            ))}
            <Route component={NotFound} />
          </Switch>
        </Suspense>
      </PageBoundary>
    </Shell>
  );
}
