import { describe, expect, it } from 'vitest';

import { add, join } from './live-records';

type One = Parameters<typeof add>[0][number];
const one = (id: string) => ({ id }) as One;
const ids = (all: readonly One[]) => all.map((record) => record.id);

describe('live records', () => {
  it('are unique and sorted newest first', () => {
    const live = ['03', '01', '02', '03'].reduce<readonly One[]>((all, id) => add(all, [one(id)]), []);
    expect(add(live, [one('02')])).toBe(live);
    expect(ids(add([], [one('01'), one('02'), one('01')]))).toEqual(['02', '01']);
    expect(ids(live)).toEqual(['03', '02', '01']);
    expect(ids(join(live, [one('02'), one('00')]))).toEqual(['03', '02', '01', '00']);
  });
});
