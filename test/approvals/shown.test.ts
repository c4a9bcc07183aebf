import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { Shown, shownFields } from '../../src/approvals/shown.ts';
import type { UserFacts } from '../../src/ingest/user.ts';

const older = { id: 'old', secret: Buffer.alloc(32, 1) };
const newer = { id: 'new', secret: Buffer.alloc(32, 2) };
const text = fc.string({ unit: 'binary' });
const users: fc.Arbitrary<UserFacts> = fc.record({
  username: text,
  email: fc.option(text),
  emailVerified: fc.boolean(),
  enabled: fc.boolean(),
  createdAt: fc.nat(),
  firstName: fc.option(text),
  lastName: fc.option(text),
  locale: fc.option(text),
  attributes: fc.constant({}),
});
const approval = { id: 'a'.repeat(32) };

describe('src/approvals/shown', () => {
  it('names exactly the fields that differ', () => {
    fc.assert(
      fc.property(users, users, (before, after) => {
        const shown = new Shown([newer]);
        const name = before.firstName === after.firstName && before.lastName === after.lastName;
        const differs = {
          username: before.username !== after.username,
          email: before.email !== after.email,
          verified: before.emailVerified !== after.emailVerified,
          name: !name,
          enabled: before.enabled !== after.enabled,
        };
        const changed = shown.changed(shown.digest(approval, before), approval, after);
        expect(changed).toEqual(shownFields.filter((field) => differs[field]));
      }),
    );
  });

  it('covers the attributes that the rule shows, and no others', () => {
    const shown = new Shown([newer]);
    const [person] = fc.sample(users, 1) as [UserFacts];
    const showing = { ...approval, show: ['company_name'] };
    const before = { ...person, attributes: { company_name: ['ACME'], other: ['1'] } };
    const digest = shown.digest(showing, before);
    const after = (attributes: UserFacts['attributes']) => ({ ...person, attributes });
    expect(shown.changed(digest, showing, after({ company_name: ['ACME'], other: ['2'] }))).toEqual([]);
    expect(shown.changed(digest, showing, after({ company_name: ['Evil'] }))).toEqual(['attributes']);
    expect(shown.isSamePerson(digest, showing, after({ company_name: ['Evil'] }))).toBe(false);
    expect(shown.isSamePerson(digest, showing, after({}))).toBe(false);
  });

  it('covers the attribute with the reason for joining', () => {
    const shown = new Shown([newer]);
    const [person] = fc.sample(users, 1) as [UserFacts];
    for (const asked of [
      { ...approval, reason: 'why' },
      { ...approval, reason: 'why', show: ['why'] },
    ]) {
      const digest = shown.digest(asked, { ...person, attributes: { why: ['to sell'] } });
      expect(shown.changed(digest, asked, { ...person, attributes: { why: ['to sell'] } })).toEqual([]);
      expect(shown.changed(digest, asked, { ...person, attributes: { why: ['to buy'] } })).toEqual(['attributes']);
    }
  });

  it('tells a first name from a last name', () => {
    const shown = new Shown([newer]);
    const [person] = fc.sample(users, 1) as [UserFacts];
    const digest = shown.digest(approval, { ...person, firstName: 'Ann Bob', lastName: null });
    expect(shown.changed(digest, approval, { ...person, firstName: 'Ann', lastName: 'Bob' })).toEqual(['name']);
  });

  it('survives a change of keys while the old one is known, and takes all for changed after that', () => {
    const [person] = fc.sample(users, 1) as [UserFacts];
    const digest = new Shown([older]).digest(approval, person);
    expect(new Shown([newer, older]).changed(digest, approval, person)).toEqual([]);
    expect(new Shown([newer]).changed(digest, approval, person)).toEqual(shownFields);
    expect(new Shown([newer]).isSamePerson(digest, approval, person)).toBe(false);
  });

  it.each(['', 'new', 'new.a.b.c.d', 'new.a.b.c.d.e', 'x.a.b.c.d.e', '....'])(
    'takes all for changed by %j',
    (digest) => {
      const [person] = fc.sample(users, 1) as [UserFacts];
      expect(new Shown([newer]).changed(digest, approval, person)).toEqual(shownFields);
    },
  );

  it('says nothing of one approval about another, nor of what it covers', () => {
    const shown = new Shown([newer]);
    const [person] = fc.sample(users, 1) as [UserFacts];
    const named = { ...person, username: 'mia', email: 'mia@example.test' };
    const digest = shown.digest(approval, named);
    expect(shown.changed(digest, { id: 'b' }, named)).toEqual(shownFields);
    expect(digest).not.toContain('mia');
  });

  it('takes all for changed by a digest of more fields than there are, and by one that was made without a key', () => {
    const [person] = fc.sample(users, 1) as [UserFacts];
    const shown = new Shown([newer]);
    expect(shown.changed(`${shown.digest(approval, person)}.more`, approval, person)).toEqual(shownFields);
    const without = new Shown([]).digest(approval, person);
    expect(without).toBe('');
    expect(shown.changed(without, approval, person)).toEqual(shownFields);
  });
});
