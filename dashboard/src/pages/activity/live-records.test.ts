import { describe, expect, it } from 'vitest';

import { add, join, MOST_LIVE } from './live-records';

type One = Parameters<typeof add>[1];
const one = (id: string) => ({ id }) as One;
const ids = (all: readonly One[]) => all.map((record) => record.id);

describe('what comes live', () => {
  it('stands newest first, each once', () => {
    const live = ['03', '01', '02', '03'].reduce<readonly One[]>((all, id) => add(all, one(id)), []);
    expect(ids(live)).toEqual(['03', '02', '01']);
    expect(ids(join(live, [one('02'), one('00')]))).toEqual(['03', '02', '01', '00']);
  });
  it('does not grow without end', () => {
    let live: readonly One[] = [];
    for (let at = 0; at < MOST_LIVE + 20; at += 1) {
      live = add(live, one(String(at).padStart(6, '0')));
    }
    expect(live.length).toBe(MOST_LIVE);
    expect(live[0]?.id).toBe(String(MOST_LIVE + 19).padStart(6, '0'));
  });
});
