import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { explain } from '../../src/cli/explain.ts';
import { simulateRules } from '../../src/cli/simulate.ts';
import { fakeIo, folder } from './io.ts';

const eventOf = (name: string) =>
  JSON.stringify({
    id: `bce3463e-13d0-403a-b2c3-67d73239fd4${name.length}`,
    time: 1_795_479_557_788,
    type: 'REGISTER',
    realmName: 'acme',
    realmId: 'x',
    clientId: 'shop',
    userId: `de2a9363-1d67-4ac1-ac73-5ce556f0bec${name.length}`,
    details: { register_method: 'form', email: `${name}@acme.com`, username: name },
  });
const userFile = '{"username":"mia","email":"mia@acme.com","emailVerified":true}';
const env = { WEBHOOK_SECRET: 'w'.repeat(32), WEBHOOK_ALLOW_PRIVATE: 'true' };

describe('src/cli: systems that rules ask', () => {
  let server: Server;
  let url: string;
  let asked: { type: string; data: Record<string, unknown> }[];
  let bad: boolean;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        const question = JSON.parse(body) as (typeof asked)[number];
        asked.push(question);
        const partner = question.data['email'] === 'mia@acme.com';
        response.end(bad ? 'mia@acme.com is no partner' : JSON.stringify({ partner, level: 'gold', note: 'private' }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/check`;
  });

  beforeEach(() => {
    asked = [];
    bad = false;
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const rules = (wanted = 'partner: true') => `version: 1
realm: acme
clients: [shop]
rules:
  - name: strangers
    when: { email-domain: trash.example }
    then: [disable-user]
  - name: known to the CRM
    when: { external: { url: "${url}?key=s3cret", answer: { ${wanted} }, send: email }, email-verified: true }
    then: [{ join-group: /partners }]
  - name: the rest
    then: []
`;

  async function explained(args: readonly string[], given: Record<string, string> = env) {
    const dir = await folder({ 'app.yaml': rules(), 'user.json': userFile });
    const { io, out, err } = fakeIo({ stdin: eventOf('mia') });
    const code = await explain.run(['--rules', dir, ...args.map((arg) => arg.replace('DIR', dir))], {
      ...io,
      env: given,
    });
    return { code, out: out(), err: err() };
  }
  const recorded = ['--event', '-', '--user', 'DIR/user.json'];

  it('are not asked by explain, which says so and does not decide', async () => {
    const { code, out } = await explained(recorded);
    expect(code).toBe(1);
    expect(out).toContain(`  ✘ 5: strangers: e-mail domain "acme.com" is not among trash.example
  ? 8: known to the CRM: depends on what ${url} answers, which was not asked
  · 11: the rest: depends on what ${url} answers, which was not asked
    → depends on what ${url} answers, which was not asked
`);
    const json = JSON.parse((await explained([...recorded, '--format', 'json'])).out) as object;
    expect(json).toMatchObject({ undecided: expect.stringContaining(url), trace: [{}, { verdict: 'unknown' }, {}] });
    expect(json).not.toHaveProperty('matched');
    expect(asked).toEqual([]);
  });

  it('are not asked where the rest of a rule says no', async () => {
    const { code, out } = await explained(['--client', 'shop', '--email', 'mia@acme.com']);
    expect({ code, asked }).toEqual({ code: 0, asked: [] });
    expect(out).toContain('✔ 11: the rest');
  });

  it('are asked by explain --ask, about somebody who registered', async () => {
    const { code, out } = await explained([...recorded, '--ask']);
    expect(code).toBe(0);
    expect(out).toContain(`  ${url} was asked\n`);
    expect(out).toContain(`✔ 8: known to the CRM: ${url} answers partner: true`);
    expect(out).not.toMatch(/private|s3cret/);
    expect(asked).toMatchObject([{ type: 'registration.asked', data: { email: 'mia@acme.com' } }]);
  });

  it('are never asked about somebody who is described', async () => {
    const { code, err } = await explained(['--client', 'shop', '--email', 'mia@acme.com', '--verified', '--ask']);
    expect({ code, asked }).toEqual({ code: 2, asked: [] });
    expect(err).toContain('--ask asks about somebody who registered');
    const without = await explained(['--client', 'shop', '--email', 'mia@acme.com', '--verified']);
    expect(without).toMatchObject({ code: 1, out: expect.stringContaining('which was not asked') });
  });

  it('are not asked without a secret that signs, and a bad answer decides nothing', async () => {
    await expect(explained([...recorded, '--ask'], {})).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(asked).toEqual([]);
    bad = true;
    const error: unknown = await explained([...recorded, '--ask']).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'EXTERNAL_UNUSABLE' });
    expect(String(error)).not.toMatch(/mia|s3cret/);
  });

  async function simulated(...more: string[]) {
    const open = rules().replace(', email-verified: true', '');
    const against = await folder({ 'app.yaml': open });
    const changed = await folder({ 'app.yaml': open.replace('partner: true', 'partner: true, level: silver') });
    const { io, out } = fakeIo({ stdin: [eventOf('mia'), eventOf('other')].join('\n') });
    const args = ['--against', against, '--rules', changed, '--events', '-', ...more];
    return { code: await simulateRules.run(args, { ...io, env }), out: out() };
  }

  it('are not asked by simulate, which counts who depends on them', async () => {
    const { code, out } = await simulated();
    expect({ code, asked }).toEqual({ code: 1, asked: [] });
    expect(out).toContain('2 might be, but cannot be judged on what is known here; --users asks Keycloak; --ask asks');
    expect(out).toContain(`depends on what ${url} answers, which was not asked`);
  });

  it('are asked by simulate --ask, once about each person', async () => {
    const { code, out } = await simulated('--ask');
    expect(code).toBe(1);
    expect(out).toContain('1 of 2 registrations would be treated differently');
    expect(out).toContain('user de2a9363-1d67-4ac1-ac73-5ce556f0bec3');
    expect(asked.map(({ data }) => data['email'])).toEqual(['mia@acme.com', 'other@acme.com']);
  });
});
