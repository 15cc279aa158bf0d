// The list of keyboard shortcuts.
import { Modal, Table } from '@mantine/core';

import { Kbd } from '../components/kbd';
import { sections } from './routes';

const OTHERS = [
  ['mod+K', 'Search and commands'],
  ['?', 'Keyboard shortcuts'],
  ['j', 'Next item'],
  ['k', 'Previous item'],
  ['Enter', 'Open'],
  ['/', 'Search on this page'],
  ['a', 'Approve the selected request'],
  ['d', 'Deny the selected request'],
  ['e', 'Show or hide request details'],
] as const;

export function Shortcuts({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keyboard shortcuts">
      <Table verticalSpacing={6}>
        <Table.Tbody>
          {OTHERS.map(([keys, what]) => (
            <Table.Tr key={keys}>
              <Table.Td w={120}>
                <Kbd keys={keys} />
              </Table.Td>
              <Table.Td>{what}</Table.Td>
            </Table.Tr>
          ))}
          {sections.map(({ key, label }) => (
            <Table.Tr key={key}>
              <Table.Td>
                <Kbd keys="g" /> <Kbd keys={key} />
              </Table.Td>
              <Table.Td>Go to {label.toLowerCase()}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
