import { createServer, type Server } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';
import fastify from 'fastify';

import { assertListenable, listen, placesOf } from '../../src/http/listen.ts';

const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))));

async function takenPort(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const port = await takenPort();
  await new Promise((resolve) => servers.pop()?.close(resolve));
  return port;
}

const loopback = { HTTP_HOST: '127.0.0.1', OPS_HOST: '127.0.0.1', HTTP_PORT: 0, OPS_PORT: 0 };

describe('src/http/listen', () => {
  it('names the port that is taken, and the setting to change', async () => {
    const port = await takenPort();
    await expect(assertListenable(placesOf({ ...loopback, HTTP_PORT: port }))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `the approval pages cannot listen on 127.0.0.1:${port}: another program has this port: set HTTP_PORT to a free one, or stop that program`,
    });
    await expect(assertListenable(placesOf({ ...loopback, OPS_PORT: port }))).rejects.toMatchObject({
      message: expect.stringMatching(/^health and metrics cannot listen .* set OPS_PORT to a free one/),
    });
  });

  it('says the same when the port is taken between the first look and the start', async () => {
    const { ops } = placesOf({ ...loopback, OPS_PORT: await takenPort() });
    await expect(listen(fastify(), ops)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('set OPS_PORT'),
    });
  });

  it('tells one port for both from a port of somebody else', async () => {
    const port = await freePort();
    await expect(assertListenable(placesOf({ ...loopback, HTTP_PORT: port, OPS_PORT: port }))).rejects.toMatchObject({
      message: expect.stringContaining(`HTTP_PORT and OPS_PORT are both ${port}`),
    });
  });

  it.each([
    [
      'an address of another machine',
      '192.0.2.1',
      'this machine does not have the address 192.0.2.1: correct OPS_HOST',
    ],
    ['a host name that nobody knows', 'no-such-host.invalid', 'correct OPS_HOST'],
  ])('names the setting for %s', async (_, OPS_HOST, remedy) => {
    await expect(assertListenable(placesOf({ ...loopback, OPS_HOST }))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(remedy),
    });
  });

  it('leaves the ports free for the servers', async () => {
    const places = placesOf({ ...loopback, HTTP_PORT: await freePort() });
    await assertListenable(places);
    const app = fastify();
    await listen(app, places.pages);
    await app.close();
  });
});
