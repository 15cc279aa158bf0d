import { expect, it } from 'vitest';

import { readHeaders } from './header-lines';

it('headers are parsed line by line', () => {
  expect(readHeaders('Content-Type: text/plain\n\n x-a:1\nX-A: 2').headers).toEqual({ 'content-type': 'text/plain', 'x-a': '1, 2' });
  expect(readHeaders('').problem).toBeNull();
  expect(readHeaders('ok: 1\nnot one').problem).toBe('Line 2 is not a header. Use name: value');
});
