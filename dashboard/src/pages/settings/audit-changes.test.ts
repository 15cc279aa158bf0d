import { expect, it } from 'vitest';

import { changes } from './audit-changes';

it('only changed fields are listed', () => {
  expect(changes({ name: 'a', enabled: true, same: 1 }, { name: 'b', same: 1, hosts: ['x'] })).toEqual([
    { name: 'name', before: 'a', after: 'b' },
    { name: 'enabled', before: 'true', after: '–' },
    { name: 'hosts', before: '–', after: '["x"]' },
  ]);
  expect(changes(null, null)).toEqual([]);
});
