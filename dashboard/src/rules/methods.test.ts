import { describe, expect, it } from 'vitest';

import { methodFields, methodsOf } from './methods';

describe('methods of a rule', () => {
  it('are read from either field', () => {
    expect(methodsOf({ method: 'GET' })).toEqual(['GET']);
    expect(methodsOf({ method: 'GET', methods: ['GET'] })).toEqual(['GET']);
    expect(methodsOf({ method: null, methods: ['GET', 'POST'] })).toEqual(['GET', 'POST']);
    expect(methodsOf({ method: null, methods: null })).toEqual([]);
    expect(methodsOf({ method: 'PUT', methods: [] })).toEqual(['PUT']);
  });
  it('are written so that both fields agree', () => {
    expect(methodFields([])).toEqual({ method: null, methods: null });
    expect(methodFields(['GET'])).toEqual({ method: 'GET', methods: ['GET'] });
    // A null method beside several methods would ask for all of them.
    expect(methodFields(['GET', 'POST'])).toEqual({ methods: ['GET', 'POST'] });
  });
});
