// An error boundary, so that an error on one page leaves the others usable.
import { Button } from '@mantine/core';
import { IconBug } from '@tabler/icons-react';
import { Component, type ReactNode } from 'react';

import { EmptyState } from '../components/empty-state';

interface Props {
  children: ReactNode;
  /** A change of this key clears the error. */
  resetKey: string;
}

export class PageBoundary extends Component<Props, { failed: boolean; resetKey: string }> {
  override state = { failed: false, resetKey: this.props.resetKey };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  static getDerivedStateFromProps(props: Props, state: { resetKey: string }) {
    return props.resetKey === state.resetKey ? null : { failed: false, resetKey: props.resetKey };
  }

  override render() {
    if (!this.state.failed) {
      return this.props.children;
    }
    return (
      <div role="alert">
        <EmptyState
          icon={<IconBug size={26} />}
          title="This page crashed"
          action={<Button onClick={() => window.location.reload()}>Reload</Button>}
        >
          The cause may be a bug or a server update. The other pages still work.
        </EmptyState>
      </div>
    );
  }
}
