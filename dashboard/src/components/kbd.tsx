// A keyboard key.
import { Kbd as Key } from '@mantine/core';

const isMac = /mac/i.test(navigator.userAgent);

/** Keys joined by `+`; `mod` is ⌘ on a Mac and Ctrl elsewhere. */
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
