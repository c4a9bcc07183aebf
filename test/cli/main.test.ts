import { createServer } from 'node:net';

import { describe, expect, it } from '@jest/globals';

import { main } from '../../src/cli/main.ts';
import { packageFacts } from '../../src/platform/package-facts.ts';
import { colored } from '../../src/platform/paint.ts';
import { fakeIo, folder } from './io.ts';

describe('src/cli/main', () => {
  it.each(['--version', '-v', 'version'])('prints the version: %s', async (asked) => {
    const { io, out } = fakeIo();
    expect(await main([asked], io)).toBe(0);
    expect(out()).toBe(`vestibule ${packageFacts().version}\n`);
  });

  it.each(['run', 'explain', 'simulate', 'policy', 'schema', 'doctor', 'setup', 'settings', 'history'])(
    'names what it cannot take, and says how the command is used: %s',
    async (command) => {
      const { io, err } = fakeIo();
      expect(await main([command, 'rules/'], io)).toBe(2);
      expect(err()).toMatch(
        new RegExp(`^vestibule ${command}: Unexpected argument "rules/"\n\nUsage:\n  vestibule ${command}`),
      );
    },
  );

  it.each([
    [['chek'], 'Unknown command "chek". Did you mean "check"?\n"vestibule help" lists the commands.\n'],
    [['help', 'chek'], 'Unknown command "chek". Did you mean "check"?\n'],
    [['check', '--formt', 'x'], 'vestibule check: Unknown option "--formt". Did you mean "--format"?\n\nUsage:\n'],
    [['check', '-x'], 'vestibule check: Unknown option "-x"\n'],
    [['check', '--format', 'xml'], 'vestibule check: --format must be text, json or github, not "xml"\n'],
    [['check', '--rules'], 'vestibule check: --rules needs a value: --rules DIR\n'],
    [['check', '--rules', '--live'], 'vestibule check: --rules needs a value: --rules DIR\n'],
    [['check', '--live=yes'], 'vestibule check: --live takes no value\n'],
    [['check', 'a', 'b'], 'vestibule check: One argument at a time: "b" came after "a"\n'],
    [['check', '--realm', 'acme'], 'vestibule check: --realm goes with --live\n'],
    [['setup'], 'vestibule setup: --realm is missing\n\nUsage:\n  vestibule setup --realm REALM [OPTIONS]\n'],
    [['setup', '--realm', 'x'], 'KEYCLOAK_URL and KEYCLOAK_ADMIN_USER and KEYCLOAK_ADMIN_PASSWORD are missing\n'],
    [['setup', '--realm', 'x', '--keycloak-url='], '--keycloak-url needs a value: --keycloak-url URL\n'],
    [['explain'], 'vestibule explain: Nothing to explain: --client, or --event, or --realm with --user is missing\n'],
    [['explain', '--email', 'a@b.example'], 'vestibule explain: --client is missing\n'],
    [['explain', '--user', 'ann'], 'vestibule explain: --realm is missing\n'],
    [['explain', '--realm', 'acme'], 'vestibule explain: --user is missing\n'],
    [['explain', '--event', 'x', '--ip', '::1'], 'vestibule explain: --ip goes with --client, not with --event\n'],
    [['explain', '--event', 'x', '--client', 'y'], '--client describes a registration and --event reads one'],
    [['explain', '--client', 'x', '--user', 'y', '--verified'], '--verified describes the user that --user reads'],
    [['simulate', '--realm', 'acme'], 'vestibule simulate: --against is missing\n'],
    [['simulate', '--against', 'x'], 'vestibule simulate: The registrations are missing: name them with --events,'],
    [
      ['simulate', '--against', 'x', '--since', '7'],
      '--since must be a duration such as 90s, 15m, 12h, 30d or 2w, not "7"',
    ],
    [['jobs'], 'vestibule jobs: Say what to do: list, show, retry, drop\n\nUsage:\n  vestibule jobs list|show|'],
    [['jobs', 'lst'], 'vestibule jobs: Unknown word "lst". Did you mean "list"?\n'],
    [['jobs', 'toString'], 'vestibule jobs: Unknown word "toString"\n'],
    [
      ['jobs', 'list', '--queue', 'mails'],
      '--queue must be registrations, confirmations, outcomes, deadlines, mail, chat or',
    ],
    [['jobs', 'list', '--since', 'yesterday'], 'or a time such as 2026-11-24T10:00:00Z, not "yesterday"\n'],
    [['jobs', 'list', '--since', '2026-13-45'], 'not "2026-13-45"\n'],
    [['jobs', 'list', '--limit', '0'], '--limit must be a whole number from 1, not "0"\n'],
    [['jobs', 'list', '--user', 'ann'], 'vestibule jobs list: --realm is missing\n'],
    [['jobs', 'list', '--code', 'MAIL_REFUSD'], 'no error has the code "MAIL_REFUSD". Did you mean "MAIL_REFUSED"?\n'],
    [['dead-letters', 'list', '--code', 'x'], '--code: no error has the code "x"\n'],
    [['jobs', 'show'], 'vestibule jobs show: QUEUE/ID is missing\n'],
    [['jobs', 'retry'], 'vestibule jobs retry: Name a job, or give --all\n'],
    [['jobs', 'drop', 'mail/x', '--all'], 'vestibule jobs drop: Name a job or give --all, not both\n'],
    [['dead-letters', 'repaly'], 'Unknown word "repaly". Did you mean "replay"?\n'],
    [['dead-letters', 'show'], 'vestibule dead-letters show: PARTITION/OFFSET is missing\n'],
    [['dead-letters', 'replay'], 'vestibule dead-letters replay: Name a dead letter, or give --all\n'],
    [['dead-letters', 'drop', '0/1', '--all'], 'Name a dead letter or give --all, not both\n'],
    [['dead-letters', 'list', '--user', 'ann'], 'vestibule dead-letters list: --realm is missing\n'],
    [['history', '--user', 'ann'], 'vestibule history: --realm is missing\n'],
    [['history', '--realm', 'a', '--user', 'b', '--since', 'x'], '--since must be a duration such as'],
  ])('names the fault before the usage: %j', async (argv, message) => {
    const { io, out, err } = fakeIo();
    expect(await main(argv, io)).toBe(2);
    expect(err()).toContain(message);
    expect(out()).toBe('');
  });

  it.each([
    'run',
    'check',
    'explain',
    'simulate',
    'policy',
    'schema',
    'doctor',
    'setup',
    'settings',
    'history',
    'jobs',
    'jobs list',
    'jobs show',
    'jobs retry',
    'jobs drop',
    'dead-letters',
    'dead-letters list',
    'dead-letters show',
    'dead-letters replay',
    'dead-letters drop',
  ])('shows the same help in every way that somebody may ask for it: %s', async (command) => {
    const [first, ...others] = await Promise.all(
      [
        ['help', ...command.split(' ')],
        [...command.split(' '), '--help'],
        [...command.split(' '), '-h'],
      ].map(async (argv) => {
        const { io, out } = fakeIo();
        expect(await main(argv, io)).toBe(0);
        return out();
      }),
    );
    expect(first).toMatch(new RegExp(`^vestibule ${command}: [^]*\n\nUsage:\n  vestibule ${command}`));
    expect(others).toEqual([first, first]);
    expect(first?.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  it('lists the commands, and leaves colours out where none are shown', async () => {
    const { io, out } = fakeIo();
    expect(await main(['help'], io)).toBe(0);
    expect(out()).toContain('  check           check the rule files');
    const colors = fakeIo({ paint: colored });
    await main(['help'], colors.io);
    expect(colors.out()).toContain('  \u001b[36mcheck\u001b[39m           check the rule files');
    expect((await main([], fakeIo().io)) === 2).toBe(true);
  });

  it('colours problems and decisions in a terminal', async () => {
    const rules = 'version: 1\nrealm: acme\nclients: [shop]\nrules:\n  - name: one\n    then: [disable-user]\n';
    const good = await folder({ 'shop.yaml': rules });
    const { io, out } = fakeIo({ paint: colored });
    await main(['check', good], io);
    await main(['explain', '--rules', good, '--client', 'shop'], io);
    await main(['check', await folder({ 'shop.yaml': rules.replace('user', 'usr') })], io);
    expect(out()).toContain('\u001b[32m1 file, 1 rule, 0 tests: good');
    expect(out()).toContain('\u001b[32m✔\u001b[39m 5: one: no condition');
    expect(out()).toMatch(/\u001b\[31m.*shop\.yaml:6:12\u001b\[39m rules\[0\]/);
  });

  it.each([
    [['jobs', 'list'], 'REDIS_URL is not set'],
    [['jobs', 'retry', 'mail/x'], 'REDIS_URL is not set'],
    [['dead-letters', 'list'], 'KAFKA_BROKERS is not set'],
    [['history', '--realm', 'a', '--user', 'ann'], 'KEYCLOAK_URL is not set'],
    [['history', '--realm', 'a', '--user', 'de2a9363-1d67-4ac1-ac73-5ce556f0bec9'], 'KAFKA_BROKERS is not set'],
  ])('needs the settings of what it reads, and no others: %j', async (argv, message) => {
    const { io, err } = fakeIo();
    expect(await main(argv, io)).toBe(2);
    expect(err()).toContain(message);
    expect(err()).not.toMatch(/SMTP|LINK_KEYS|PUBLIC_URL/);
  });

  it('ends "run" with 2 on a taken port, before it asks any system for anything', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const nowhere = '127.0.0.1:9';
    const env = {
      KEYCLOAK_URL: `http://${nowhere}`,
      KEYCLOAK_CLIENT_SECRET: 's',
      KAFKA_BROKERS: nowhere,
      REDIS_URL: `redis://${nowhere}`,
      SMTP_URL: `smtp://${nowhere}`,
      MAIL_FROM: 'vestibule@acme.com',
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      LINK_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
      RULES_DIR: '/nowhere',
      HTTP_PORT: String(port),
      LOG_LEVEL: 'fatal',
    };
    expect(await main(['run'], fakeIo({ env }).io)).toBe(2);
    await new Promise((resolve) => taken.close(resolve));
  });
});
