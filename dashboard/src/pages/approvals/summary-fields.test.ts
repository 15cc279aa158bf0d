import { expect, it } from 'vitest';

import { MAX_FIELDS, visibleFields } from './summary-fields';

const fields = (count: number) => Array.from({ length: count }, (_, at) => at);

it('long summaries say how many fields are hidden, and none is lost', () => {
  expect(visibleFields(fields(3), false)).toEqual({ shown: [0, 1, 2], hidden: 0 });
  expect(visibleFields(fields(MAX_FIELDS + 2), false).hidden).toBe(0);
  const long = visibleFields(fields(40), false);
  expect(long.shown.length + long.hidden).toBe(40);
  expect(long.hidden).toBe(30);
  expect(visibleFields(fields(40), true)).toEqual({ shown: fields(40), hidden: 0 });
});
