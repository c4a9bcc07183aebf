import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { freePort } from '../../stack/ports.ts';
import { until } from '../stack/support/until.ts';

const run = promisify(execFile);
const installed = spawnSync('nginx', ['-v']).status === 0;

interface Seen {
  readonly status: number;
  /** What Keycloak would have got; `null`: nothing arrived there. */
  readonly headers: IncomingHttpHeaders | null;
}

// A machine that only tests this project needs no NGINX. Where there is one, it runs the file of the page.
(installed ? describe : describe.skip)('docs/gateway.md, its file for NGINX', () => {
  let dir: string;
  let keycloak: Server;
  let nginx: ChildProcess;
  let port: number;
  let last: IncomingHttpHeaders | null = null;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vestibule-gateway-'));
    keycloak = createServer((incoming, response) => {
      last = incoming.headers;
      response.end();
    });
    await new Promise<void>((resolve) => keycloak.listen(0, '127.0.0.1', resolve));
    port = await freePort();
    await certificates(dir);
    const page = await readFile('docs/gateway.md', 'utf8');
    const site = (/```nginx\n([\s\S]*?)```/.exec(page)?.[1] ?? '')
      .replaceAll('/etc/nginx/tls', dir)
      .replaceAll('listen 8443', `listen 127.0.0.1:${port}`)
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${(keycloak.address() as AddressInfo).port}`);
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${dir}/${name};`,
    );
    const config = join(dir, 'nginx.conf');
    await writeFile(
      config,
      `daemon off; pid ${dir}/pid; error_log stderr warn; events {} http { access_log off; ${paths.join(' ')}\n${site} }`,
    );
    nginx = spawn('nginx', ['-p', dir, '-c', config], { stdio: ['ignore', 'inherit', 'inherit'] });
    await until('NGINX answers', () => ask('/realms/acme').catch(() => null), Boolean);
  }, 30_000);

  afterAll(async () => {
    if (nginx?.exitCode === null && nginx.kill('SIGTERM')) {
      await new Promise((resolve) => nginx.once('exit', resolve));
    }
    await new Promise((resolve) => keycloak?.close(resolve));
    await rm(dir, { recursive: true, force: true });
  });

  const read = (name: string) => readFile(join(dir, name));
  async function ask(path: string, headers: Record<string, string> = {}, certificate?: string): Promise<Seen> {
    const pair =
      certificate === undefined ? {} : { cert: await read(`${certificate}.crt`), key: await read('any.key') };
    last = null;
    const status = await new Promise<number>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path, headers, rejectUnauthorized: false, agent: false, ...pair };
      request(options, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      })
        .on('error', reject)
        .end();
    });
    return { status, headers: last };
  }

  it('takes away a header that the browser made up, and what it says of its address', async () => {
    const { headers } = await ask('/realms/acme/account', {
      'X-Partner-Id': 'forged',
      X_Partner_Id: 'forged',
      'X-Forwarded-For': '10.0.0.1',
      Forwarded: 'for=10.0.0.1',
    });
    expect(JSON.stringify(headers)).not.toMatch(/forged|10\.0\.0\.1/);
    expect(headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' });
  });

  it('names the partner whose certificate its authority signed, and no other', async () => {
    expect((await ask('/realms/acme/account', { 'X-Partner-Id': 'forged' }, 'partner')).headers).toMatchObject({
      'x-partner-id': 'partner-7',
    });
    const stranger = await ask('/realms/acme/account', {}, 'stranger');
    expect(stranger.headers?.['x-partner-id']).toBeUndefined();
  });

  it.each(['/admin/master/console/', '/metrics', '/', '/realms/acme;x/login-actions/registration'])(
    'does not hand %s on',
    async (path) => {
      expect(await ask(path)).toMatchObject({ headers: null });
    },
  );

  it('refuses who opens the form again and again, and serves everything else meanwhile', async () => {
    const answers = [];
    for (let count = 0; count < 40; count++) {
      answers.push((await ask('/realms/acme/login-actions/registration?execution=1')).status);
    }
    expect(answers.slice(0, 20)).not.toContain(429);
    expect(answers).toContain(429);
    expect((await ask('/realms/acme/login-actions/authenticate')).status).toBe(200);
  });
});

/** One authority that the gateway trusts and one that it does not, a server, a partner and a stranger. */
async function certificates(dir: string): Promise<void> {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: dir });
  await openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'any.key');
  const own = async (name: string, subject: string) =>
    openssl('req', '-x509', '-key', 'any.key', '-days', '1', '-subj', `/CN=${subject}`, '-out', `${name}.crt`);
  await own('partners-ca', 'Partners');
  await own('server', 'id.acme.com');
  await own('stranger', 'partner-7');
  await run('cp', ['any.key', 'server.key'], { cwd: dir });
  await openssl('req', '-new', '-key', 'any.key', '-subj', '/CN=partner-7', '-out', 'partner.csr');
  const signed = ['-CA', 'partners-ca.crt', '-CAkey', 'any.key', '-CAcreateserial', '-days', '1'];
  await openssl('x509', '-req', '-in', 'partner.csr', ...signed, '-out', 'partner.crt');
}
