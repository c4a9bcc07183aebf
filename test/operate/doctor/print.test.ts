import { describe, expect, it } from '@jest/globals';

import { error, fine, warning } from '../../../src/operate/doctor/finding.ts';
import { asJson, asText, summaryOf } from '../../../src/operate/doctor/print.ts';

const sections = [
  { name: 'settings', findings: [] },
  {
    name: 'Redis',
    findings: [
      fine('redis', 'answers, version 7.0.15'),
      error('redis-eviction', 'its maxmemory-policy is allkeys-lru', 'set maxmemory-policy noeviction'),
      warning('redis-append-only', 'it has no append-only file', 'set appendonly yes'),
    ],
  },
];

describe('src/operate/doctor/print', () => {
  it('shows people one line per finding, with the remedy below', () => {
    expect(asText(sections)).toBe(`Redis
  ✓ answers, version 7.0.15
  ✗ redis-eviction: its maxmemory-policy is allkeys-lru
      → set maxmemory-policy noeviction
  ! redis-append-only: it has no append-only file
      → set appendonly yes

1 error, 1 warning
`);
  });

  it('shows machines the same, flat', () => {
    expect(JSON.parse(asJson(sections))).toMatchObject({
      ok: false,
      errors: 1,
      warnings: 1,
      findings: [{}, { where: 'Redis', id: 'redis-eviction', level: 'error' }, { remedy: 'set appendonly yes' }],
    });
  });

  it('ends on whether the service can run', () => {
    const good = [{ name: 'Redis', findings: [fine('redis', 'answers')] }];
    expect(asText(good)).toMatch(/\nall good\n$/);
    expect(asText([{ name: 'x', findings: [warning('w', 'a', 'b')] }])).toMatch(/0 errors, 1 warning: it can run\n$/);
    expect(summaryOf(good)).toEqual({ errors: 0, warnings: 0 });
  });
});
