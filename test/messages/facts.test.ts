import { describe, expect, it } from '@jest/globals';

import { ask } from '../../src/approvals/open.ts';
import { factsFor } from '../../src/messages/facts.ts';
import { translator } from '../../src/messages/i18n/translate.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { context, registeredAt } from '../fakes/registrations.ts';
import { user } from '../rules/facts.ts';

const approval = ask({ context, request: requestOf(), approvers: ['desk@acme.com'], now: registeredAt });
const known = (changes: Partial<typeof user>, asked = approval): string[] =>
  factsFor(asked, { ...user, ...changes }, 'de', translator('de')).known.map(
    ({ label, value }) => `${label}: ${value}`,
  );

describe('src/messages/facts', () => {
  it('tells first, on page and in mail, which of what the person typed mixes alphabets', () => {
    const [first, second] = known({ username: 'аnna', lastName: 'Μeyer' });
    expect(first).toBe(
      'Genau hinsehen: Benutzername: mischt Buchstaben aus Lateinisch und Kyrillisch, von denen manche gleich aussehen',
    );
    expect(second).toContain('Genau hinsehen: Name: mischt Buchstaben aus Lateinisch und Griechisch');
    expect(known({ username: 'анна', lastName: 'Meyer' })[0]).toBe('Anwendung: Partner Portal');
  });

  it('shows the attributes that the rule names, among what the person typed, and says which are not there', () => {
    const asked = { ...approval, show: ['company_name', 'tags', 'vat_id', 'constructor'] };
    const attributes = { company_name: ['ACME\nInc\u202e'], tags: ['a', 'b'], secret: ['hidden'] };
    const { typed } = factsFor(asked, { ...user, attributes }, 'de', translator('de'));
    expect(typed.slice(3)).toEqual([
      { label: 'company_name', value: 'ACME Inc' },
      { label: 'tags', value: 'a, b' },
      { label: 'vat_id', value: 'keine Angabe' },
      { label: 'constructor', value: 'keine Angabe' },
    ]);
    expect(known({ attributes: { company_name: ['АСМE'] } }, asked)[0]).toContain(
      'Genau hinsehen: company_name: mischt',
    );
    expect(factsFor(approval, { ...user, attributes }, 'de', translator('de')).typed).toHaveLength(3);
  });

  it('tells from where only what is an address', () => {
    expect(known({})).toContain('Von wo: 192.0.2.7');
    expect(known({}, { ...approval, ip: 'https://evil.test' }).join('\n')).not.toMatch(/Von wo|evil/);
  });
});
