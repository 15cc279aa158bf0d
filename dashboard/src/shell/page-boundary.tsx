// A page that fails, fails alone.
import { Button } from '@mantine/core';
import { IconBug } from '@tabler/icons-react';
import { Component, type ReactNode } from 'react';

import { EmptyState } from '../components/empty-state';

interface Props {
  children: ReactNode;
  /** Another page is another chance. */
  place: string;
}

export class PageBoundary extends Component<Props, { failed: boolean; place: string }> {
  override state = { failed: false, place: this.props.place };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  static getDerivedStateFromProps(props: Props, state: { place: string }) {
    return props.place === state.place ? null : { failed: false, place: props.place };
  }

  override render() {
    if (!this.state.failed) {
      return this.props.children;
    }
    return (
      <div role="alert">
        <EmptyState
          icon={<IconBug size={26} />}
          title="This page can’t be shown"
          action={<Button onClick={() => window.location.reload()}>Load it again</Button>}
        >
          Something in it failed, or the server was updated meanwhile. The other pages work.
        </EmptyState>
      </div>
    );
  }
}
