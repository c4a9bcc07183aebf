import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from 'undici';

import { createApplicationLinks } from '../../../src/adapters/keycloak/application-links.ts';

let server: Server;
let url: string;
let asked: string[] = [];
let reply: (response: ServerResponse) => void;
const dispatcher = new Agent();

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    reply(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await dispatcher.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const to =
  (location: string, status = 303) =>
  (response: ServerResponse) =>
    void response.writeHead(status, { location }).end();

function links(answer: (response: ServerResponse) => void, clock = { now: 0 }) {
  asked = [];
  reply = answer;
  return createApplicationLinks({ url, dispatcher, now: () => clock.now, patienceMs: 200 });
}

describe('src/adapters/keycloak/application-links', () => {
  it('reads where Keycloak would send a browser, and does not go there', async () => {
    expect(await links(to('https://partners.acme.com/start?x=1'))('acme', 'portal')).toBe(
      'https://partners.acme.com/start?x=1',
    );
    expect(asked).toEqual(['/realms/acme/clients/portal/redirect']);
  });

  it.each([
    ['plain http', 'http://partners.acme.com/'],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/html,x'],
    ['a login in the address', 'https://acme.com@evil.test/'],
    ['a path alone', '/start'],
    ['another host without a scheme', '//evil.test/'],
    ['no address', 'https://'],
    ['nothing', ''],
    ['a very long address', `https://acme.com/${'x'.repeat(500)}`],
  ])('takes no link from %s', async (_, location) => {
    expect(await links(to(location))('acme', 'portal')).toBeNull();
  });

  it('takes http on this machine, and no page of Keycloak’s own', async () => {
    expect(await links(to('http://127.0.0.1:4000/'))('acme', 'portal')).toBe('http://127.0.0.1:4000/');
    expect(await links(to(`${url}/start`))('acme', 'portal')).toBeNull();
  });

  it('writes a link so that markup and line breaks in it do nothing', async () => {
    const strange = `https://acme.com/"><script>x</script>`;
    expect(await links(to(strange))('acme', 'portal')).toBe('https://acme.com/%22%3E%3Cscript%3Ex%3C/script%3E');
  });

  it.each([
    ['no link', (response: ServerResponse) => void response.writeHead(204).end()],
    ['another redirect', to('https://login.acme.com/', 302)],
    ['a page', (response: ServerResponse) => void response.end('<html>')],
    ['an error', (response: ServerResponse) => void response.writeHead(500).end()],
    ['a broken connection', (response: ServerResponse) => void response.destroy()],
    ['silence', () => undefined],
  ])('goes without a link when the answer is %s', async (_, answer) => {
    expect(await links(answer)('acme', 'portal')).toBeNull();
  });

  it('asks for the client that is meant, whatever its id is made of', async () => {
    const linkOf = links(to('https://acme.com/'));
    await linkOf('a/b', 'c?d#e/../f');
    expect(asked).toEqual(['/realms/a%2Fb/clients/c%3Fd%23e%2F..%2Ff/redirect']);
    expect([await linkOf('..', 'portal'), await linkOf('acme', '..'), await linkOf('acme', '')]).toEqual([
      null,
      null,
      null,
    ]);
    expect(asked).toHaveLength(1);
  });

  it('keeps an answer for a while, one call for all who ask at once, and looks again soon where there was none', async () => {
    const clock = { now: 0 };
    const linkOf = links(to('https://acme.com/'), clock);
    await Promise.all([linkOf('acme', 'portal'), linkOf('acme', 'portal'), linkOf('acme', 'shop')]);
    clock.now = 599_999;
    await linkOf('acme', 'portal');
    expect(asked).toHaveLength(2);
    clock.now = 600_001;
    reply = to('https://new.acme.com/');
    expect(await linkOf('acme', 'portal')).toBe('https://new.acme.com/');

    const missing = links((response) => void response.writeHead(503).end(), clock);
    expect(await missing('acme', 'portal')).toBeNull();
    reply = to('https://acme.com/');
    expect(await missing('acme', 'portal')).toBeNull();
    clock.now += 30_001;
    expect(await missing('acme', 'portal')).toBe('https://acme.com/');
  });
});
