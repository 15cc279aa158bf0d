import { expect, it } from 'vitest';

import { IDENTIFIER, identifierOf } from './names';

it('an identifier is derived from a name', () => {
  const names = ['Release Notes', ' 2nd Bot! ', 'Überprüfer', '---', 'x'.repeat(80), `${'a'.repeat(49)} b`];
  expect(names.map(identifierOf)).toEqual(['release-notes', 'nd-bot', 'uberprufer', '', 'x'.repeat(50), 'a'.repeat(49)]);
  expect(names.map(identifierOf).filter((name) => name !== '' && !IDENTIFIER.test(name))).toEqual([]);
});
