// A drawer for the details of one item.
import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  opened: boolean;
  onClose: () => void;
  title: ReactNode;
  children: ReactNode;
}

export function SidePanel({ opened, onClose, title, children }: Props) {
  return (
    <Drawer opened={opened} onClose={onClose} title={title} position="right" size="min(36rem, 100vw)" padding="lg">
      {children}
    </Drawer>
  );
}
