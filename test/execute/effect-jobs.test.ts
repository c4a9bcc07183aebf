import { describe, expect, it } from '@jest/globals';

import { notifyMails, personMails, ruleStoppedMails, webhookCall } from '../../src/execute/effect-jobs.ts';
import { context, mia, registeredAt } from '../fakes/registrations.ts';

const { eventId, realm, clientId, userId } = mia;
const about = {
  eventId,
  registeredAt,
  realm,
  clientId,
  userId,
  source: 'form',
  application: 'Partner Portal',
  rule: 'the desk decides',
};
const hex = '[0-9a-f]{32}';

describe('src/execute/effect-jobs', () => {
  it('writes to the person, and says about whom the mail is and what becomes of the account', () => {
    const fate = { closed: true, deleted: 'never' } as const;
    expect(personMails({ ...context, fate }, 'rejected')).toEqual([
      {
        id: expect.stringMatching(new RegExp(`^tell-${hex}$`)),
        data: {
          kind: 'person',
          key: expect.stringMatching(new RegExp(`^${hex}$`)),
          to: { address: 'mia@example.test', locale: 'de' },
          who: { realm, clientId, userId, eventId },
          message: 'rejected',
          application: 'Partner Portal',
          fate,
        },
      },
    ]);
  });

  it('tells the reason of a rejection in the mail about it, and in no other', () => {
    const why = { ...context, rejectedBecause: 'not ours' };
    expect(personMails(why, 'rejected')).toMatchObject([{ data: { reason: 'not ours' } }]);
    for (const [data] of [personMails(why, 'deleted'), personMails(context, 'rejected')]) {
      expect(data?.data).not.toHaveProperty('reason');
    }
  });

  it('promises nothing about the account where nothing is known of it', () => {
    expect(personMails(context, 'pending').map(({ data }) => Object.keys(data))).toEqual([
      ['kind', 'key', 'to', 'who', 'message', 'application'],
    ]);
  });

  it('writes to nobody whose address is not known', () => {
    expect(personMails({ ...context, person: null }, 'rejected')).toEqual([]);
  });

  it('writes to each administrator, in ids only', () => {
    const mails = notifyMails(context, ['desk@acme.com', 'boss@acme.com'], 'New partner');
    expect(mails.map(({ data }) => data)).toEqual(
      ['desk@acme.com', 'boss@acme.com'].map((to) => ({
        kind: 'notify',
        key: expect.stringMatching(new RegExp(`^${hex}$`)),
        to,
        subject: 'New partner',
        about,
      })),
    );
    expect(new Set(mails.map(({ id }) => id)).size).toBe(2);
    expect(JSON.stringify(mails)).not.toMatch(/mia|Meyer|192\.0\.2/);
  });

  it('calls a webhook in ids only, and by a key that is the same for each attempt', () => {
    const call = webhookCall(context, 'https://crm.test');
    expect(call).toEqual({
      id: expect.stringMatching(new RegExp(`^call-${hex}$`)),
      data: { key: call.id.slice('call-'.length), url: 'https://crm.test', about },
    });
    expect(webhookCall(context, 'https://crm.test')).toEqual(call);
    expect(webhookCall(context, 'https://erp.test').id).not.toBe(call.id);
  });

  it('tells each operator once of a rule that stopped, and again if it stops again', () => {
    const stopped = { realm, file: 'portal.yaml', rule: 'the rule', at: registeredAt };
    const to = ['ops@acme.com', 'boss@acme.com'];
    const mails = ruleStoppedMails(stopped, 60, to);
    expect(mails.map(({ data }) => data)).toEqual(
      mails.map(({ id }, index) => ({ kind: 'rule-stopped', key: id, to: to[index], stopped, limit: 60 })),
    );
    expect(mails).toHaveLength(2);
    const ids = [mails, ruleStoppedMails({ ...stopped, at: registeredAt + 1 }, 60, to)].flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
  });
});
