import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { simulateRules } from '../../src/cli/simulate.ts';
import { fakeIo, folder } from './io.ts';

const userId = 'de2a9363-1d67-4ac1-ac73-5ce556f0bec9';
const event = (email: string, type = 'REGISTER') =>
  JSON.stringify({
    id: 'bce3463e-13d0-403a-b2c3-67d73239fd4a',
    time: 1_795_479_557_788,
    type,
    realmName: 'acme',
    realmId: 'x',
    clientId: 'shop',
    userId,
    details: { register_method: 'form', email, username: 'x' },
  });
const rules = (domain: string): Record<string, string> => ({
  'shop.yaml': `version: 1\nrealm: acme\nclients: [shop]\nrules:\n  - name: shut out\n    when: { email-domain: ${domain} }\n    then: [disable-user]\n`,
});

async function run(proposed: string, stdin: string, ...more: string[]) {
  const { io, out, err } = fakeIo({ stdin });
  const args = [
    '--against',
    await folder(rules('a.example')),
    '--rules',
    await folder(rules(proposed)),
    '--events',
    '-',
  ];
  return { code: await simulateRules.run([...args, ...more], io), out: out(), err: err() };
}

const people = [event('x@a.example'), event('y@b.example'), event('z@c.example'), event('x', 'LOGIN')];

describe('src/cli/simulate', () => {
  it('answers 0 when nobody would be treated differently', async () => {
    expect(await run('[a.example, d.example]', people.join('\n'))).toEqual({
      code: 0,
      out: '0 of 3 registrations would be treated differently\n',
      err: '',
    });
  });

  it('answers 1 and says who would be, and why', async () => {
    const { code, out } = await run('[a.example, b.example]', people.join('\n'));
    expect(code).toBe(1);
    expect(out).toBe(`1 of 3 registrations would be treated differently
  1: no rule → shop.yaml: shut out
    user ${userId}: nothing → disable-user (e-mail domain "b.example" is among a.example, b.example)
`);
  });

  it('reads a list as the Admin API gives it, and writes JSON', async () => {
    const { out } = await run('[b.example]', `[${people.join(',')}]`, '--format', 'json');
    expect(JSON.parse(out)).toMatchObject({ registrations: 3, different: 2, undecided: 0, moves: { length: 2 } });
  });

  it('says what is wrong with what it is given', async () => {
    await expect(run('"@"', '')).rejects.toThrow(/shop\.yaml:6:27 .*must be a domain/);
    await expect(run('a.example', '{')).rejects.toThrow('not JSON');
    expect(await simulateRules.run(['--events', join('no', 'where')], fakeIo().io)).toBe(2);
  });
});
