// A key to press.
import { Kbd as Key } from '@mantine/core';

const isMac = /mac/i.test(navigator.userAgent);

/** `mod` is the key for commands: ⌘ or Ctrl. */
export function Kbd({ keys }: { keys: string }) {
  return (
    <>
      {keys.split('+').map((key) => (
        <Key key={key} size="xs" mr={2}>
          {key === 'mod' ? (isMac ? '⌘' : 'Ctrl') : key}
        </Key>
      ))}
    </>
  );
}
