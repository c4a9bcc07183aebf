import { describe, expect, it } from '@jest/globals';

import { doorFindings, doorKeyFindings } from '../../../src/operate/doctor/kafka/door.ts';
import type { RuleBook, RuleFile } from '../../../src/rules/model.ts';

const file: RuleFile = {
  file: 'partner.yaml',
  realms: ['acme'],
  clients: ['partner-portal'],
  application: null,
  hold: null,
  rules: [],
};
const plain: RuleBook = { version: 'v1', files: [file] };
const holding: RuleBook = { version: 'v1', files: [{ ...file, hold: 'gate' }] };
const good = { version: 'v1', whole: true, unsigned: 0 };

describe('src/operate/doctor/kafka/door', () => {
  it.each<[string, Parameters<typeof doorFindings>[1], RuleBook | null, string[]]>([
    ['the policy of the rules', good, holding, ['ok door-policy']],
    ['a policy, and rules that cannot be read', good, null, ['ok door-policy']],
    ['a policy of other rules', { ...good, version: 'v0' }, plain, ['warning door-policy-other']],
    ['a policy of which a part is gone', { ...good, whole: false }, plain, ['error door-policy-lost']],
    ['no policy where rules need one', { ...good, version: null }, holding, ['error door-no-policy']],
    ['no policy where no rule needs one', { ...good, version: null }, plain, ['warning door-no-policy']],
    ["somebody else's records", { ...good, unsigned: 2 }, plain, ['ok door-policy', 'warning door-unsigned']],
  ])('finds %s', (_, facts, book, found) => {
    expect(doorFindings('vestibule.door', facts, book).map(({ level, id }) => `${level} ${id}`)).toEqual(found);
  });

  it('finds that there is no key, which matters where rules need the door', () => {
    expect(doorKeyFindings(plain)).toMatchObject([{ level: 'ok' }]);
    expect(doorKeyFindings(null)).toMatchObject([{ level: 'ok' }]);
    expect(doorKeyFindings(holding)).toMatchObject([{ id: 'door-no-key', level: 'warning' }]);
  });
});
