import { describe, expect, it } from 'vitest';

import { keepSelected, step } from './selection';

describe('the selection', () => {
  it('is kept while other requests appear and disappear', () => {
    expect(keepSelected(['a', 'b', 'c', 'new'], 'b', ['a', 'b', 'c'])).toBe('b');
    expect(keepSelected(['b', 'c'], 'b', ['a', 'b', 'c'])).toBe('b');
  });
  it('moves to the next request after a decision', () => {
    expect(keepSelected(['a', 'c'], 'b', ['a', 'b', 'c'])).toBe('c');
    expect(keepSelected(['a'], 'c', ['a', 'b', 'c'])).toBe('a');
    expect(keepSelected([], 'c', ['c'])).toBeNull();
    expect(keepSelected(['a', 'b'], null, [])).toBe('a');
  });
  it('moves to neighbours, within the list', () => {
    expect(step(['a', 'b'], 'a', 1)).toBe('b');
    expect(step(['a', 'b'], 'b', 1)).toBe('b');
    expect(step(['a', 'b'], 'a', -1)).toBe('a');
    expect(step(['a', 'b'], null, 1)).toBe('a');
    expect(step([], null, 1)).toBeNull();
  });
});
