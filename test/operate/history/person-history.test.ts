import { describe, expect, it } from '@jest/globals';

import type { AuditRecord } from '../../../src/jobs/audit.ts';
import {
  approvalAsJson,
  approvalAsText,
  entriesAsText,
  entryAsText,
  PersonHistory,
  withoutAddresses,
} from '../../../src/operate/history/person-history.ts';
import { mia } from '../../fakes/registrations.ts';
import { asked } from '../../fakes/stored-approvals.ts';

const { realm, clientId, userId, eventId } = mia;
const rule = { file: 'portal.yaml', line: 4, rule: 'the desk decides' };

function entry(change: Partial<AuditRecord> & Pick<AuditRecord, 'kind'>): AuditRecord {
  return { id: '1', at: '2026-11-24T10:00:00.000Z', realm, clientId, userId, eventId, ...change };
}

function told(...records: [key: string, value: unknown][]): PersonHistory {
  const history = new PersonHistory({ realm, userId });
  for (const [key, value] of records) {
    history.add(key, Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
  }
  return history;
}

describe('src/operate/history/person-history', () => {
  it('shows a forged entry as plain lines', () => {
    const evil = '\u001b[2J\u009b0m\u202e';
    const forged = { ...entry({ kind: 'step', step: evil, by: evil, because: evil }), kind: evil, at: evil };
    const [found] = told([userId, forged]).entries();
    expect(entryAsText(found as AuditRecord)).not.toMatch(/[^\P{C}\n]/u);
  });

  it('takes the entries of one person of one realm, each once, by their times', () => {
    const first = entry({ kind: 'decided' });
    const second = entry({ kind: 'step', id: '2', at: '2026-11-24T10:00:01.000Z' });
    const history = told(
      [userId, second],
      [userId, first],
      [userId, first],
      [userId, entry({ kind: 'step', id: '3', realm: 'copy' })],
      ['another', entry({ kind: 'step', id: '4', userId: 'another' })],
      [userId, 'no JSON'],
      [userId, { kind: 'step' }],
    );
    expect(history.entries().map(({ id }) => id)).toEqual(['1', '2']);
    expect(history.unreadable).toBe(2);
  });

  it('tells once what the attempts of one job did alike', () => {
    const decided = (second: number) => entry({ kind: 'decided', rule, at: `2026-11-24T10:00:0${second}.000Z` });
    const step = entry({ kind: 'step', step: 'join-group', outcome: 'changed' });
    expect(entriesAsText([decided(1), decided(2), decided(3), step, decided(4)])).toBe(
      `${entryAsText(decided(1))}${' '.repeat(26)}the same 3 times, the last at 2026-11-24T10:00:03.000Z
${entryAsText(step)}${entryAsText(decided(4))}`,
    );
  });

  it('says what, by which rule and version, and why', () => {
    const decided = entry({
      kind: 'decided',
      rule,
      version: '5f0c',
      outcome: 'request-approval',
      because: 'no condition',
    });
    expect(entryAsText(decided)).toBe(
      `2026-11-24T10:00:00.000Z  decided   request-approval, rule portal.yaml:4 "the desk decides", rules 5f0c, client ${clientId}
                          because: no condition
`,
    );
    const later = entry({ kind: 'step', step: 'delete-user', outcome: 'scheduled', dueAt: '2026-12-24T10:00:00.000Z' });
    expect(entryAsText(later)).toContain('step      delete-user, scheduled, due 2026-12-24T10:00:00.000Z\n');
  });

  it('masks the addresses of approvers, and no name of an operator', () => {
    const voted = entry({ kind: 'voted', by: 'desk@acme.test', to: 'boss@acme.test', approval: 'abcdefghijk' });
    expect(entryAsText(withoutAddresses(voted))).toContain('by d…@acme.test, to b…@acme.test, approval abcdefgh\n');
    expect(withoutAddresses(entry({ kind: 'retried', by: 'olga' })).by).toBe('olga');
    expect(entryAsText(voted)).toContain('by desk@acme.test');
  });

  it('tells of an approval how far it is', () => {
    const approval = asked({
      need: 2,
      approvers: ['desk@acme.test', 'boss@acme.test'],
      votes: [{ approver: 'desk@acme.test', verdict: 'approve', at: 0, ip: '192.0.2.1', userAgent: 'x' }],
      askedAt: 0,
      expiresAt: 1_000,
    });
    expect(approvalAsText(approval)).toBe(
      `approval ${approval.id}: waiting, 1 of 2 needed votes of 2 approvers, asked 1970-01-01T00:00:00.000Z, ` +
        'expires 1970-01-01T00:00:01.000Z\n',
    );
    expect(approvalAsText(asked({ waitFor: 'email-verified' }))).toContain(
      'not asked yet: the address is not verified',
    );
    expect(approvalAsText(asked({ state: 'approved' }))).toContain('its steps are not done yet');
    expect(JSON.stringify(approvalAsJson(approval, false))).not.toMatch(/desk@|192\.0\.2/);
    expect(approvalAsJson(approval, true)).toMatchObject({ votes: [{ approver: 'desk@acme.test' }] });
  });
});
