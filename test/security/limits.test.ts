import { connect, type Socket } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';

import { type Answer, formType, raw, send, sendForm } from './support/client.ts';
import { press, read } from './support/forms.ts';
import { openScene, type Scene } from './support/scene.ts';

let scene: Scene;

afterEach(() => scene.close());

const wrongLink = (nth: number): string => `k1.${String(nth).padStart(74, 'A')}`;

describe('who tries links', () => {
  it('S11: of a thousand wrong links all but thirty are told to wait; valid links work, from there and from elsewhere', async () => {
    scene = await openScene({ app: { badLinksPerMinute: 30 } });
    const attempt = (nth: number): Promise<Answer> => {
      const url = scene.at(wrongLink(nth));
      const headers = { 'x-forwarded-for': `198.51.100.${nth % 250}`, forwarded: `for=198.51.100.${nth % 250}` };
      return nth % 2 === 0 ? send(url, { headers }) : sendForm(url, {}, { headers });
    };
    const answers: Answer[] = [];
    for (let nth = 0; nth < 1_000; nth += 50) {
      answers.push(...(await Promise.all(Array.from({ length: 50 }, (_, more) => attempt(nth + more)))));
    }
    const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length;
    // A form without a vote is refused before the link is looked at.
    expect(count(404) + count(403) + count(429)).toBe(1_000);
    expect(count(404)).toBe(30);
    const waiting = answers.filter(({ status }) => status === 429);
    expect(waiting.every(({ headers }) => Number(headers['retry-after']) > 0)).toBe(true);
    expect((await send(scene.bobs, { from: '127.0.0.2' })).status).toBe(200);
    expect((await press(scene.url, 'approve')).status).toBe(303);
  }, 60_000);

  it('S11: one who has many addresses of IPv6 is still one: a provider gives each customer a whole network', async () => {
    scene = await openScene({ app: { badLinksPerMinute: 3, trustedProxies: ['127.0.0.1'] } });
    const from = async (address: string) =>
      (await send(scene.at(wrongLink(1)), { headers: { 'x-forwarded-for': address } })).status;
    const own: number[] = [];
    for (let nth = 1; nth <= 5; nth++) {
      own.push(await from(`2001:db8:1:2:${nth}::${nth}`));
    }
    expect(own).toEqual([404, 404, 404, 429, 429]);
    expect(await from('2001:db8:1:3::1')).toBe(404);
    expect(await from('::ffff:203.0.113.9')).toBe(404);
  });
});

describe('who sends too much, or too slowly', () => {
  it('S36: a body of 10 kB is read, and no larger one; headers of 8 kB are not', async () => {
    scene = await openScene();
    const form = await read(scene.url, 'approve');
    const post = (length: number) =>
      send(scene.url, { method: 'POST', headers: { 'content-type': formType }, body: 'x'.repeat(length) });
    expect([(await post(10_240)).status, (await post(10_241)).status]).toEqual([403, 413]);
    // Nor where the length is not said beforehand.
    const chunk = 'x'.repeat(1_000);
    const chunked = await raw(
      scene.port,
      `POST ${new URL(scene.url).pathname} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: ${formType}\r\ntransfer-encoding: chunked\r\n\r\n${`3e8\r\n${chunk}\r\n`.repeat(12)}0\r\n\r\n`,
    );
    expect(chunked.split(' ')[1]).toBe('413');
    expect((await send(scene.url, { headers: { x: 'x'.repeat(8_200) } })).status).toBe(431);
    expect((await sendForm(scene.url, form)).status).toBe(303);
  });

  it('S36: a client that goes on byte by byte is cut off when its time is over', async () => {
    scene = await openScene({ app: { requestMs: 500 } });
    const socket = connect(scene.port, '127.0.0.1');
    const ended = new Promise<string>((resolve) => {
      let answer = '';
      socket.on('data', (bytes) => (answer += String(bytes))).on('error', () => undefined);
      socket.on('close', () => resolve(answer));
    });
    socket.write('GET / HTTP/1.1\r\nhost: a\r\nx: ');
    const timer = setInterval(() => socket.write('x'), 20);
    expect(await ended).toMatch(/^(HTTP\/1\.1 408 |$)/);
    clearInterval(timer);
  });

  it('S36: five hundred slow clients keep nobody else waiting, and are cut off', async () => {
    scene = await openScene({ app: { requestMs: 5_000 } });
    const starts = [
      'GET / HTTP/1.1\r\nhost: a\r\nx-slow: ',
      `POST ${new URL(scene.url).pathname} HTTP/1.1\r\nhost: a\r\ncontent-type: ${formType}\r\ncontent-length: 90\r\n\r\ndec`,
      '',
    ];
    const cut: Promise<void>[] = [];
    await Promise.all(
      Array.from({ length: 500 }, (_, nth) => {
        const socket: Socket = connect(scene.port, '127.0.0.1');
        cut.push(new Promise((resolve) => socket.on('close', () => resolve())));
        socket.on('error', () => undefined).resume();
        return new Promise<void>((resolve) =>
          socket.on('connect', () => (socket.write(starts[nth % starts.length] ?? ''), resolve())),
        );
      }),
    );
    expect((await press(scene.url, 'approve')).status).toBe(303);
    await Promise.all(cut);
    expect((await scene.current()).state).toBe('approved');
  }, 60_000);
});
