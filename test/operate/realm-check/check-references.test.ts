import { describe, expect, it } from '@jest/globals';

import { judgeAttribute, judgeRequiredAction } from '../../../src/operate/realm-check/check-references.ts';
import type { ProfileFacts } from '../../../src/operate/realm-check/realm-facts.ts';

const profile = (unmanaged: ProfileFacts['unmanaged'] = null): ProfileFacts => ({
  attributes: [
    { name: 'open', editableBy: ['user', 'admin'] },
    { name: 'vetted', editableBy: ['admin'] },
    { name: 'own', editableBy: ['user'] },
  ],
  unmanaged,
});

/** Each as measured on Keycloak 26.7. */
describe('src/operate/realm-check/check-references', () => {
  it.each<[string, ProfileFacts['unmanaged'], string, string]>([
    ['vetted', null, 'nothing', 'nothing'],
    ['open', null, 'warning', 'nothing'],
    ['own', null, 'warning', 'error'],
    ['other', null, 'error', 'error'],
    ['other', 'ADMIN_VIEW', 'nothing', 'error'],
    ['other', 'ADMIN_EDIT', 'nothing', 'nothing'],
    ['other', 'ENABLED', 'warning', 'nothing'],
    ['locale', null, 'warning', 'nothing'],
  ])('judges the attribute %s, unmanaged attributes %s: compared with %s, set %s', (name, unmanaged, compared, set) => {
    const severity = (use: 'compared' | 'set') =>
      judgeAttribute('acme', name, use, profile(unmanaged))?.severity ?? 'nothing';
    expect([severity('compared'), severity('set')]).toEqual([compared, set]);
  });

  it('judges an attribute that approvers are to see: whether there is one', () => {
    const severity = (name: string, unmanaged: ProfileFacts['unmanaged']) =>
      judgeAttribute('acme', name, 'shown', profile(unmanaged))?.severity ?? 'nothing';
    expect([severity('own', null), severity('new', 'ENABLED'), severity('new', null)]).toEqual([
      'nothing',
      'nothing',
      'warning',
    ]);
  });

  it.each<['add' | 'remove' | 'gate', string, string]>([
    ['add', 'TOTP', 'nothing'],
    ['add', 'OFF', 'error'],
    ['add', 'NONE', 'error'],
    ['remove', 'OFF', 'nothing'],
    ['remove', 'NONE', 'warning'],
    ['gate', 'OFF', 'error'],
    ['gate', 'NONE', 'error'],
    ['gate', 'TOTP', 'nothing'],
    ['gate', 'ALL', 'warning'],
    ['gate', 'TOP', 'warning'],
    ['add', 'ALL', 'nothing'],
  ])('judges %s of the required action %s: %s', (use, alias, expected) => {
    const actions = [
      { alias: 'TOTP', enabled: true, byDefault: false, priority: 20 },
      { alias: 'OFF', enabled: false, byDefault: false, priority: 30 },
      { alias: 'ALL', enabled: true, byDefault: true, priority: 40 },
      { alias: 'TOP', enabled: true, byDefault: false, priority: 1 },
      { alias: 'VERIFY_EMAIL', enabled: true, byDefault: false, priority: 10 },
    ];
    expect(judgeRequiredAction('acme', alias, use, actions)?.severity ?? 'nothing').toBe(expected);
  });
});
