import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';

import { checkRedis, connectRedis, infoOf } from '../../../src/adapters/redis/connect.ts';
import { createLog } from '../../../src/platform/log.ts';

const good = ['redis_version:7.0.15', 'role:master', 'maxmemory_policy:noeviction', 'aof_enabled:1'];
const info = (...changes: string[]) =>
  [...good.filter((line) => !changes.some((change) => change.startsWith(line.split(':')[0] ?? ''))), ...changes].join(
    '\r\n',
  );
const silent = createLog('fatal');

/** A server that has this one answer to every command. */
async function answering(reply: string) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', () => socket.write(reply.repeat(4)));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `redis://127.0.0.1:${port}`,
    close: () => {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}

describe('src/adapters/redis/connect', () => {
  it('is content with noeviction and an append-only file', () => {
    expect(checkRedis(info())).toEqual([]);
  });

  it('warns of a Redis that forgets its jobs when it is killed', () => {
    expect(checkRedis(info('aof_enabled:0'))).toEqual([expect.stringContaining('appendonly yes')]);
  });

  it.each([
    ['maxmemory_policy:allkeys-lru', 'set maxmemory-policy noeviction'],
    ['redis_version:6.0.16', 'use 6.2 or newer'],
    ['redis_version:5.0.7', 'use 6.2 or newer'],
    ['role:slave', 'give the address of the primary'],
  ])('refuses %s and says what to do', (line, remedy) => {
    expect(() => checkRedis(info(line))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(remedy) }),
    );
  });

  it('names all faults at once', () => {
    expect(() => checkRedis('')).toThrow(/version unknown.*maxmemory-policy/);
  });

  it('gives up when there is no Redis within its patience', async () => {
    await expect(connectRedis({ url: 'redis://127.0.0.1:1', log: silent, patienceMs: 150 })).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('does not wait when Redis refuses the login', async () => {
    const { url, close } = await answering('-WRONGPASS invalid username-password pair\r\n');

    await expect(
      connectRedis({ url: url.replace('//', '//user:wrong@'), log: silent, patienceMs: 60_000 }),
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    close();
  });

  it('names the setting and the right when INFO is refused', async () => {
    const info = () => Promise.reject(new Error("NOPERM this user has no permissions to run the 'info' command"));
    await expect(infoOf({ info })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/REDIS_URL lacks a right .*'info'/),
    });
  });
});
