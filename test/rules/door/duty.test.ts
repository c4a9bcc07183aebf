import { describe, expect, it } from '@jest/globals';

import { dutyOf, type Situation } from '../../../src/rules/door/duty.ts';

const own = { version: 'v1', json: 'own' };
const published = (json: string, signedNow = true) => ({ sequence: 1, version: 'v', json, records: [], signedNow });
const lost = { key: 'policy-0', value: 'x', signature: 's' };
const calm: Situation = { own, announced: own, inForce: published('own'), missing: [], supported: true };

describe('src/rules/door/duty', () => {
  it.each<[what: string, change: Partial<Situation>, kind: string]>([
    ['nothing is in force', { inForce: null }, 'publish'],
    ['its own policy is in force', {}, 'agree'],
    ['it starts, and its policy is in force already', { announced: null }, 'agree'],
    ['it starts, and an older key signed its policy', { announced: null, inForce: published('own', false) }, 'publish'],
    ['it starts, and another policy is in force', { announced: null, inForce: published('other') }, 'publish'],
    ['a newer policy of another instance is in force', { inForce: published('other') }, 'yield'],
    ['nobody alive has the policy in force', { inForce: published('other'), supported: false }, 'publish'],
    ['nobody else has its own policy', { supported: false }, 'agree'],
  ])('when %s', (_what, change, kind) => {
    expect(dutyOf({ ...calm, ...change })).toEqual({ kind });
  });

  it('restores what the topic lost, also of another instance', () => {
    const restore = { kind: 'restore', records: [lost] };
    expect(dutyOf({ ...calm, missing: [lost] })).toEqual(restore);
    expect(dutyOf({ ...calm, inForce: published('other'), missing: [lost] })).toEqual(restore);
  });
});
