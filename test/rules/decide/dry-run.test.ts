import { describe, expect, it } from '@jest/globals';

import { asDryRun } from '../../../src/rules/decide/dry-run.ts';
import { decide } from '../../../src/rules/decide/decide.ts';
import type { RuleBook } from '../../../src/rules/model.ts';
import { mia } from '../../fakes/registrations.ts';

describe('src/rules/decide/dry-run', () => {
  it('decides the same, by the same version, and makes each decision a dry run', () => {
    const rule = { name: 'closed', file: 'a.yaml', line: 3, when: null, dryRun: false };
    const then = [{ uses: 'disable-user', with: null, after: null }] as const;
    const file = {
      file: 'a.yaml',
      realms: ['acme'],
      clients: ['*'],
      application: null,
      hold: null,
      rules: [{ ...rule, then }],
    };
    const book: RuleBook = { version: 'v1', files: [file] };
    const meant = decide(book, { registration: mia });
    expect(decide(asDryRun(book), { registration: mia })).toEqual({ ...meant, dryRun: true });
  });
});
