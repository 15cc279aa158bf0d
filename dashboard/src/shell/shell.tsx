// The shell around every page: navigation, header and background subscriptions.
import { ActionIcon, Burger, Group, Indicator, Text, Tooltip, UnstyledButton } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { IconBell, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';

import { projectsQuery } from '../api/queries';
import { plural } from '../format/units';
import { useApprovalsLive, usePending } from '../live/approvals';
import { Kbd } from '../components/kbd';
import { POLICY_MODES } from '../rules/policy-mode';
import { usePerson } from '../session/person';
import { ConnectionBanner } from './connection-banner';
import { Logo } from './logo';
import { Navigation } from './navigation';
import { loadAllPages, sections } from './routes';
import classes from './shell.module.css';
import { Shortcuts } from './shortcuts';

const Palette = lazy(() => import('./palette'));

export function Shell({ children }: { children: ReactNode }) {
  const [location, go] = useLocation();
  const [menu, { toggle: toggleMenu, close: closeMenu }] = useDisclosure(false);
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  useApprovalsLive();
  useEffect(loadAllPages, []);
  useGoKeys(go);
  useHotkeys(
    [
      ['mod+K', () => setPalette(true)],
      ['shift+?', () => setHelp(true)],
      ['?', () => setHelp(true)],
    ],
    ['INPUT', 'TEXTAREA', 'SELECT'],
  );
  useHotkeys([['mod+K', () => setPalette(true)]], []);

  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#page">
        Skip to content
      </a>
      <aside className={classes.side} data-open={menu || undefined} id="navigation">
        <Link href="/" className={classes.brand} onClick={closeMenu}>
          <Logo />
          <Text component="span" fw={680} fz="lg">
            OneCLI
          </Text>
        </Link>
        <Navigation location={location} onNavigate={closeMenu} />
        <UnstyledButton className={classes.help} onClick={() => setHelp(true)}>
          Shortcuts <Kbd keys="?" />
        </UnstyledButton>
      </aside>
      {menu && <button type="button" className={classes.shade} aria-label="Close the navigation" onClick={closeMenu} />}
      <div className={classes.main}>
        <section className={classes.head} aria-label="Project, search and approvals">
          <Group gap="sm" wrap="nowrap" miw={0}>
            <Burger
              className={classes.burger}
              opened={menu}
              onClick={toggleMenu}
              size="sm"
              aria-label={menu ? 'Close the navigation' : 'Open the navigation'}
              aria-controls="navigation"
              aria-expanded={menu}
            />
            <ProjectLabel />
          </Group>
          <Group gap="xs" wrap="nowrap">
            <UnstyledButton className={classes.search} onClick={() => setPalette(true)}>
              <IconSearch size={16} aria-hidden />
              <span className={classes.searchText}>Search and commands</span>
              <span className={classes.searchKeys} aria-hidden>
                <Kbd keys="mod+K" />
              </span>
            </UnstyledButton>
            <ApprovalsButton />
          </Group>
        </section>
        <ConnectionBanner />
        <main id="page" className={classes.page} tabIndex={-1}>
          {children}
        </main>
      </div>
      {palette && (
        <Suspense>
          <Palette onClose={() => setPalette(false)} onHelp={() => setHelp(true)} />
        </Suspense>
      )}
      <Shortcuts opened={help} onClose={() => setHelp(false)} />
    </div>
  );
}

function ProjectLabel() {
  const person = usePerson();
  const { data } = useQuery(projectsQuery);
  const project = data?.find((one) => one.id === person.projectId) ?? data?.[0];
  if (project === undefined) {
    return <span />;
  }
    return (
    <Group gap={8} wrap="nowrap" miw={0}>
      <Text fw={560} className="cut">
        {project.name}
      </Text>
      <Tooltip label={POLICY_MODES[project.policyMode].description}>
        <Link href="/settings/project" className={classes.mode} data-mode={project.policyMode}>
          {POLICY_MODES[project.policyMode].label}
        </Link>
      </Tooltip>
    </Group>
  );
}

function ApprovalsButton() {
  const pending = usePending().length;
  const text = pending === 0 ? 'No pending approvals' : plural(pending, 'pending approval');
  return (
    <Tooltip label={text}>
      <Indicator label={pending} size={17} offset={5} disabled={pending === 0} color="yellow.8" autoContrast>
        <ActionIcon component={Link} href="/approvals" variant="subtle" color="gray" size="lg" aria-label={text}>
          <IconBell size={19} />
        </ActionIcon>
      </Indicator>
    </Tooltip>
  );
}

/** Keyboard shortcuts: `g` followed by a page’s letter opens that page. */
function useGoKeys(go: (path: string) => void): void {
  useEffect(() => {
    let since = 0;
    const listen = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      const typing = target?.closest('input, textarea, select, [contenteditable], [role="dialog"]');
      if (typing || event.ctrlKey || event.metaKey || event.altKey) {
        return;
      }
      if (event.key === 'g') {
        since = Date.now();
      } else if (Date.now() - since < 1500) {
        since = 0;
        const section = sections.find((one) => one.key === event.key);
        if (section !== undefined) {
          event.preventDefault();
          event.stopImmediatePropagation();
          go(section.path);
        }
      }
    };
    window.addEventListener('keydown', listen, true);
    return () => window.removeEventListener('keydown', listen, true);
  }, [go]);
}
