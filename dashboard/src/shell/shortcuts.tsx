// The keys that do something.
import { Modal, Table } from '@mantine/core';

import { Kbd } from '../components/kbd';
import { sections } from './routes';

const OTHERS = [
  ['mod+K', 'Search, and do anything'],
  ['?', 'This list'],
  ['j', 'Next in a list'],
  ['k', 'Previous in a list'],
  ['Enter', 'Open'],
  ['/', 'Search on this page'],
  ['a', 'Approve the request that is selected'],
  ['d', 'Deny it'],
  ['e', 'Show or hide its details'],
] as const;

export function Shortcuts({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keyboard">
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
