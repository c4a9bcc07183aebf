import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
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
      nothing → disable-user
      user ${userId}: e-mail domain "b.example" is among a.example, b.example
`);
  });

  it('shows long plans below each other, with the outcomes of an approval', async () => {
    const approval = 'request-approval: { approvers: desk@acme.com, approved: [{ join-group: /customers }] }';
    const asked = Object.values(rules('a.example')).map((text) => text.replace('[disable-user]', `[{ ${approval} }]`));
    const { io, out } = fakeIo({ stdin: people.join('\n') });
    const against = await folder(rules('a.example'));
    const proposed = await folder({ 'shop.yaml': asked[0] ?? '' });
    const args = ['--against', against, '--rules', proposed, '--events', '-'];
    expect(await simulateRules.run(args, io)).toBe(1);
    expect(out()).toContain(`  1: shop.yaml: shut out, with other steps
      from:
        disable-user
      to:
        request-approval
            asks desk@acme.com: one must agree
            the account stays disabled until then
            expires after 7 days
            approved: join-group /customers
            rejected: no steps
            expired: no steps
      user ${userId}: `);
  });

  it('says how many more there are, and of whom it cannot tell', async () => {
    const { code, out } = await run(
      'b.example, email-verified: true',
      Array.from({ length: 7 }, (_, index) => event(`${index}@b.example`)).join('\n'),
    );
    expect(code).toBe(1);
    expect(out).toContain('0 of 7 registrations would be treated differently\n');
    expect(out).toContain('7 might be, but cannot be judged on what is known here; --users asks Keycloak\n');
    expect(out).toContain('  7: no rule → undecided\n');
    expect(out).toContain('      and 2 more\n');
  });

  it('is told the realm of events that have only its id, as those of the Admin API', async () => {
    const stored = people.join('\n').replaceAll('"realmName":"acme",', '');
    expect((await run('b.example', stored)).out).toContain('0 of 3');
    expect((await run('b.example', stored, '--realm', 'acme')).out).toContain('2 of 3');
  });

  it('reads a list as the Admin API gives it, and writes JSON', async () => {
    const { out } = await run('[b.example]', `[${people.join(',')}]`, '--format', 'json');
    expect(JSON.parse(out)).toMatchObject({ registrations: 3, different: 2, undecided: 0, moves: { length: 2 } });
  });

  it('takes the rules in force from a git revision, as the folder was then', async () => {
    const repository = await folder({});
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@y', ...args], { cwd: repository });
    const dir = join(repository, 'some', 'rules');
    await mkdir(join(dir, 'lists'), { recursive: true });
    const rule = (domain: string) => rules(domain)['shop.yaml'] ?? '';
    await writeFile(join(dir, 'shop.yaml'), rule('{ list: lists/shut out.txt }'));
    await writeFile(join(dir, 'lists', 'shut out.txt'), 'a.example\n');
    await symlink('lists/shut out.txt', join(dir, 'linked.txt'));
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'first');
    await writeFile(join(dir, 'shop.yaml'), rule('{ list: linked.txt }'));
    git('commit', '-qam', 'second');
    await writeFile(join(dir, 'shop.yaml'), rule('[a.example, b.example]'));
    const simulated = async (...against: string[]) => {
      const { io, out } = fakeIo({ stdin: people.join('\n') });
      const code = await simulateRules.run(['--rules', dir, '--events', '-', ...against], io);
      return [code, out().split('\n')[0]];
    };
    const one = [1, '1 of 3 registrations would be treated differently'];
    expect(await simulated('--against-git', 'HEAD~1')).toEqual(one);
    expect(await simulated('--against', 'HEAD')).toEqual(one);
    await expect(simulated('--against', 'nowhere')).rejects.toThrow('git knows no revision nowhere');
    await expect(simulated('--against-git=--help')).rejects.toThrow('git knows no revision --help');
    expect((await simulated('--against', dir, '--against-git', 'HEAD'))[0]).toBe(2);
  });

  it('says that there is no repository, and what is wrong with rules that were in force', async () => {
    const dir = await folder(rules('a.example'));
    const { io } = fakeIo();
    await expect(simulateRules.run(['--rules', dir, '--events', '-', '--against-git', 'HEAD'], io)).rejects.toThrow(
      `${dir} lies in no repository that git can read`,
    );
    await expect(
      simulateRules.run(['--rules', dir, '--events', '-', '--against', await folder({})], io),
    ).rejects.toThrow('holds no *.yaml file');
  });

  it('wants one source of registrations', async () => {
    const against = ['--against', await folder(rules('a.example'))];
    for (const sources of [
      [],
      ['--events', '-', '--topic'],
      ['--realm', 'acme', '--topic', 'x'],
      ['--realm', 'acme', '--since', 'ever'],
    ]) {
      expect(await simulateRules.run([...against, ...sources], fakeIo().io)).toBe(2);
    }
    await expect(
      simulateRules.run([...against, '--rules', against[1] ?? '', '--topic', '--since', '1d'], fakeIo().io),
    ).rejects.toThrow('KAFKA_BROKERS is not set');
  });

  it('says what is wrong with what it is given', async () => {
    await expect(run('"@"', '')).rejects.toThrow(/shop\.yaml:6:27 .*must be a domain/);
    await expect(run('a.example', '{')).rejects.toThrow('not JSON');
    expect(await simulateRules.run(['--events', join('no', 'where')], fakeIo().io)).toBe(2);
  });
});
