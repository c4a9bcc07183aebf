import { describe, expect, it } from '@jest/globals';

import { ask } from '../../src/approvals/open.ts';
import { factsFor } from '../../src/messages/facts.ts';
import { translator } from '../../src/messages/i18n/translate.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { context, registeredAt } from '../fakes/registrations.ts';
import { user } from '../rules/facts.ts';

const approval = ask({ context, request: requestOf(), approvers: ['desk@acme.com'], now: registeredAt });
const unknown = { fromAddress: null };
const known = (changes: Partial<typeof user>, asked = approval): string[] =>
  factsFor(asked, { ...user, ...changes }, unknown, 'de', translator('de')).known.map(
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
    const { typed } = factsFor(asked, { ...user, attributes }, unknown, 'de', translator('de'));
    expect(typed.slice(3)).toEqual([
      { label: 'company_name', value: 'ACME Inc' },
      { label: 'tags', value: 'a, b' },
      { label: 'vat_id', value: 'keine Angabe' },
      { label: 'constructor', value: 'keine Angabe' },
    ]);
    expect(known({ attributes: { company_name: ['АСМE'] } }, asked)[0]).toContain(
      'Genau hinsehen: company_name: mischt',
    );
    expect(factsFor(approval, { ...user, attributes }, unknown, 'de', translator('de')).typed).toHaveLength(3);
  });

  it('tells from where only what is an address', () => {
    expect(known({})).toContain('Netzwerkadresse: 192.0.2.7');
    expect(known({}, { ...approval, ip: 'https://evil.test' }).join('\n')).not.toMatch(/Netzwerkadresse|evil/);
  });

  it.each([
    [1, 'Netzwerkadresse: 192.0.2.7 (von dort keine weitere Registrierung in 24 Stunden)'],
    [13, 'Netzwerkadresse: 192.0.2.7 (weitere Registrierungen von dort in 24 Stunden: 12)'],
  ])('tells how many registrations came from there lately: %s', (fromAddress, told) => {
    const { known: facts } = factsFor(approval, user, { fromAddress }, 'de', translator('de'));
    expect(facts.map(({ label, value }) => `${label}: ${value}`)).toContain(told);
  });

  it('tells apart the name, which nobody checked, from an address that is verified and one that is only stated', () => {
    const typed = (changes: Partial<typeof user>) =>
      factsFor(approval, { ...user, firstName: 'Mia', lastName: 'Meyer', ...changes }, unknown, 'en', translator('en'))
        .typed;
    expect(typed({ email: 'mia@example.test', emailVerified: true }).slice(0, 2)).toEqual([
      { label: 'Name', value: 'Mia Meyer' },
      { label: 'Verified address', value: 'mia@example.test' },
    ]);
    expect(typed({ email: 'mia@example.test', emailVerified: false })[1]?.label).toBe('Stated address, not verified');
    expect(typed({ email: null })[1]).toEqual({ label: 'E-mail', value: 'not given' });
  });

  it('shows the reason for joining once, apart from the rest, up to 500 characters of it', () => {
    const asked = { ...approval, show: ['join_reason'], reason: 'join_reason' };
    const facts = (values: readonly string[]) =>
      factsFor(asked, { ...user, attributes: { join_reason: values } }, unknown, 'en', translator('en'));
    expect(facts(['I sell\nyour \u202ebooks']).reason).toEqual({
      label: 'Reason for joining',
      value: 'I sell your books',
    });
    expect(facts(['I sell']).typed).toHaveLength(3);
    expect([...(facts(['x'.repeat(3_000)]).reason?.value ?? '')]).toHaveLength(501);
    expect(facts([]).reason?.value).toBe('not given');
    expect(factsFor(approval, user, unknown, 'en', translator('en')).reason).toBeNull();
  });

  it('tells when somebody registered in the zone of the reader', () => {
    const { known: facts } = factsFor(approval, user, unknown, 'de', translator('de'), 'Europe/Berlin');
    expect(facts.find(({ label }) => label === 'Registriert')?.value).toMatch(/ MEZ$/);
  });
});
