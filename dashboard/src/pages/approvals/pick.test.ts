import { describe, expect, it } from 'vitest';

import { keepPicked, step } from './pick';

describe('what is picked', () => {
  it('stays while others come and go', () => {
    expect(keepPicked(['a', 'b', 'c', 'new'], 'b', ['a', 'b', 'c'])).toBe('b');
    expect(keepPicked(['b', 'c'], 'b', ['a', 'b', 'c'])).toBe('b');
  });
  it('moves on to the next when it is decided', () => {
    expect(keepPicked(['a', 'c'], 'b', ['a', 'b', 'c'])).toBe('c');
    expect(keepPicked(['a'], 'c', ['a', 'b', 'c'])).toBe('a');
    expect(keepPicked([], 'c', ['c'])).toBeNull();
    expect(keepPicked(['a', 'b'], null, [])).toBe('a');
  });
  it('steps to its neighbours and not beyond', () => {
    expect(step(['a', 'b'], 'a', 1)).toBe('b');
    expect(step(['a', 'b'], 'b', 1)).toBe('b');
    expect(step(['a', 'b'], 'a', -1)).toBe('a');
    expect(step(['a', 'b'], null, 1)).toBe('a');
    expect(step([], null, 1)).toBeNull();
  });
});
