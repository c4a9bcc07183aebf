import { describe, expect, it } from '@jest/globals';

import { zoneOf, zoneOfClient } from '../../src/approvals/time-zone.ts';
import { inBerlin, noRules } from '../fakes/rule-books.ts';
import { mia } from '../fakes/registrations.ts';

describe('src/approvals/time-zone', () => {
  it('takes the zone of the approver, else that of the rule file, else UTC', () => {
    const zones = ['Asia/Kolkata', null];
    expect(zoneOf({ zones }, 0, zoneOfClient(inBerlin, mia))).toBe('Asia/Kolkata');
    expect(zoneOf({ zones }, 1, zoneOfClient(inBerlin, mia))).toBe('Europe/Berlin');
    expect(zoneOf({}, 0, zoneOfClient(inBerlin, mia))).toBe('Europe/Berlin');
    expect(zoneOf({ zones }, 1, zoneOfClient(noRules, mia))).toBe('UTC');
    expect(zoneOf({}, 0, zoneOfClient(inBerlin, { ...mia, clientId: 'shop' }))).toBe('UTC');
  });
});
