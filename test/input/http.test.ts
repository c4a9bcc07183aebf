import { type AddressInfo, connect, type Socket } from 'node:net';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';

import { Links } from '../../src/approvals/links.ts';
import { ask } from '../../src/approvals/open.ts';
import type { Voting } from '../../src/approvals/voting.ts';
import { buildApprovalsApp } from '../../src/http/approvals.ts';
import { buildOpsApp } from '../../src/http/ops.ts';
import { createLog } from '../../src/platform/log.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { context, registeredAt } from '../fakes/registrations.ts';
import { noRetry } from '../fakes/outcome-queue.ts';
import { nothingToReview } from '../fakes/review.ts';
import { shownNames } from '../fakes/shown-names.ts';
import { tryAll } from './support/cases.ts';
import { formulas, hostileTexts, naughtyStrings } from './support/corpora.ts';

const keys = [1, 2, 3].map((nth) => ({ id: `k${nth}`, secret: Buffer.alloc(32, nth) }));
const links = new Links(keys.slice(0, 2));
const approvers = ['ann@acme.com', 'bob@acme.com'];
const approval = ask({ context, request: requestOf(), approvers, now: registeredAt });
const token = links.tokenFor(approval, 0);
const form = 'application/x-www-form-urlencoded';

/** Votes that were counted: what is no press of a button adds none. */
const votes: string[] = [];
const logged: string[] = [];

/** The real links, before one approval that stays open. */
const voting: Voting = {
  view: async (given) => {
    const { approver } = links.verify(given, approval);
    const person = { kind: 'unread' as const };
    return {
      approval,
      approver: approvers[approver] ?? '',
      zone: 'UTC',
      person,
      shown: 'shown',
      recorded: true,
      trouble: [],
      nonce: links.nonceFor(given, 'shown'),
    };
  },
  decide: async (given, { shown, nonce, verdict }) => {
    links.verify(given, approval);
    if (!links.isNonce(nonce, given, shown)) {
      throw new ServiceError('FORM_INVALID', 'this does not come from the page');
    }
    votes.push(verdict);
    return { kind: 'counted', approval, recorded: true };
  },
};

let pages: FastifyInstance;
let ops: FastifyInstance;
const portOf = (app: FastifyInstance): number => (app.server.address() as AddressInfo).port;

beforeAll(async () => {
  const log = createLog('debug', { write: (line: string) => void logged.push(line) });
  pages = await buildApprovalsApp({
    voting,
    retry: noRetry,
    names: shownNames,
    log,
    now: () => registeredAt,
    trustedProxies: [],
    badLinksPerMinute: 1_000_000,
    requestMs: 1_000,
  });
  ops = buildOpsApp({
    review: nothingToReview,
    checks: async () => ({ redis: { ok: true } }),
    registry: new Registry(),
    queues: async () => ({ mail: { waiting: 0 } }),
    loopback: true,
  });
  await Promise.all([pages, ops].map((app) => app.listen({ host: '127.0.0.1', port: 0 })));
});

afterAll(() => Promise.all([pages.close(), ops.close()]));

beforeEach(() => {
  votes.length = 0;
  logged.length = 0;
});

function* wrongTokens(): Generator<readonly [name: string, token: string]> {
  const [key = '', body = ''] = token.split('.');
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  for (const [index, letter] of [...token].entries()) {
    const other = alphabet[(alphabet.indexOf(letter) + 1) % 64] ?? 'A';
    yield [`letter ${index} changed`, `${token.slice(0, index)}${other}${token.slice(index + 1)}`];
    yield [`cut after ${index}`, token.slice(0, index)];
  }
  const bytes = Buffer.from(body, 'base64url');
  const other = Buffer.from(links.tokenFor(approval, 1).split('.')[1] ?? '', 'base64url');
  const signed = (of: Buffer, by: Buffer) =>
    `${key}.${Buffer.concat([of.subarray(0, 23), by.subarray(23)]).toString('base64url')}`;
  yield ['the claim of another approver under this signature', signed(other, bytes)];
  yield ['the signature of another approver under this claim', signed(bytes, other)];
  yield [
    'signed by a key that is none of ours',
    new Links([keys[2] ?? { id: '', secret: Buffer.alloc(0) }]).tokenFor(approval, 0),
  ];
  yield ['signed by a key of ours under the name of another', `k2.${body}`];
  yield ['of another realm', links.tokenFor({ ...approval, realm: 'other' }, 0)];
  yield ['of another approval', links.tokenFor({ ...approval, id: 'f'.repeat(32) }, 0)];
  yield ['of an approver who is not there', links.tokenFor(approval, 7)];
  yield ['padded', `${token}=`];
  yield ['in standard base64', `${key}.${bytes.toString('base64')}`];
  yield ['in hex', `${key}.${bytes.toString('hex')}`];
  yield ['twice', `${token}${token}`];
  yield ['in capitals', token.toUpperCase()];
  yield ['without a key', body];
  yield ['with an empty key', `.${body}`];
  yield ['with a key for JavaScript', `__proto__.${body}`];
  yield ['with a path for a key', `../${key}.${body}`];
  yield ['a JWT without a signature', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.'];
  yield ['8 kB', 'x'.repeat(8_000)];
}

describe('bad input K: links of approvers', () => {
  it('answers each link that is not genuine in one and the same way, to GET and to POST, and counts no vote', async () => {
    const texts = [...naughtyStrings, ...hostileTexts, ...formulas].filter(
      ([, text]) => !/\p{Cs}/u.test(text) && text !== '' && text.length < 1_000,
    );
    const answers = new Set<string>();
    await tryAll('K', [...wrongTokens(), ...texts], async (wrong) => {
      const url = `/approvals/${encodeURIComponent(wrong)}`;
      const payload = new URLSearchParams({
        decision: 'approve',
        shown: 'shown',
        nonce: links.nonceFor(token, 'shown'),
      });
      const seen = await pages.inject({ url });
      const sent = await pages.inject({
        method: 'POST',
        url,
        headers: { 'content-type': form },
        payload: payload.toString(),
      });
      if (!['.', '..', ''].includes(wrong)) {
        expect([seen.statusCode, sent.statusCode]).toEqual([404, 404]);
        answers.add(seen.body.replace(/[0-9a-f-]{36}/, 'ID')).add(sent.body.replace(/[0-9a-f-]{36}/, 'ID'));
      }
      expect(votes).toEqual([]);
    });
    expect(answers.size).toBe(1);
    expect(logged.join('')).not.toContain(token.slice(10));
  });

  it('takes decision, nonce and digest only from the form, once each, and as text', () => {
    const nonce = links.nonceFor(token, 'shown');
    const good = `decision=approve&shown=shown&nonce=${nonce}`;
    return tryAll(
      'K',
      Object.entries({
        'all in the address': ['', `?${good}`],
        'decision twice': [`${good}&decision=reject`, ''],
        'nonce twice': [`${good}&nonce=x`, ''],
        'decision in the address': [`shown=shown&nonce=${nonce}`, '?decision=approve'],
        'decision as a list': [good.replace('decision', 'decision[]'), ''],
        'decision as an object': [good.replace('decision', 'decision[a]'), ''],
        'another decision': [good.replace('approve', 'APPROVE'), ''],
        'a decision with a blank': [good.replace('approve', 'approve%20'), ''],
        'a decision with a zero byte': [good.replace('approve', 'approve%00'), ''],
        'keys for JavaScript': ['__proto__[decision]=approve&constructor[prototype][nonce]=x', ''],
        'a nonce of another digest': [good.replace('shown=shown', 'shown=other'), ''],
        'an empty nonce': [`decision=approve&shown=shown&nonce=`, ''],
        'a nonce that is longer': [`${good}x`, ''],
        'a nonce of another alphabet': [good.replace(nonce, 'é'.repeat(nonce.length)), ''],
        'broken escapes': ['decision=%&shown=%ff&nonce=%u0041', ''],
        'a thousand keys': [Array.from({ length: 1_000 }, (_, n) => `a${n}=b`).join('&'), ''],
        nothing: ['', ''],
      }),
      async ([payload = '', query = '']) => {
        const url = `/approvals/${token}${query}`;
        const { statusCode } = await pages.inject({ method: 'POST', url, headers: { 'content-type': form }, payload });
        expect([400, 403, 413, 415]).toContain(statusCode);
        expect(votes).toEqual([]);
      },
    );
  });
});

/** Sends bytes as they are, and waits for the end of the connection; the service ends it at the latest when its time is over. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    socket.on('data', (chunk) => (answer += String(chunk))).on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

/** With the headers of our pages, or without anything to show: Node answers a request without a host by itself. */
function isSafe(answer: string): boolean {
  return (
    /content-security-policy: default-src 'none'/i.test(answer) || ['', '0'].includes(answer.split('\r\n\r\n')[1] ?? '')
  );
}

const host = 'host: localhost\r\nconnection: close\r\n';
const press = `decision=approve&shown=shown&nonce=${links.nonceFor(token, 'shown')}`;
const path = `/approvals/${token}`;
const post = (headers: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\n${host}content-type: ${form}\r\n${headers}\r\n${body}`;

/** What is no request of a browser for this service, and which answers are right. No answer: the connection is closed. */
const requests: Readonly<Record<string, readonly [bytes: string, right: RegExp]>> = {
  'content-length and chunks': [
    post('content-length: 4\r\ntransfer-encoding: chunked\r\n', `0\r\n\r\n${press}`),
    /^400$/,
  ],
  'two lengths': [post('content-length: 4\r\ncontent-length: 99\r\n', press), /^400$/],
  'a length below nothing': [post('content-length: -1\r\n', press), /^400$/],
  'a length that is no number': [post('content-length: 1e2\r\n', press), /^400$/],
  'a length of 10 GB': [post('content-length: 10000000000\r\n', press), /^413$/],
  'chunks of no size': [post('transfer-encoding: chunked\r\n', 'zz\r\nabc\r\n'), /^400$/],
  'chunks without end': [post('transfer-encoding: chunked\r\n', '5\r\nabcde\r\n'), /^(408)?$/],
  'a coding that nobody knows': [post('transfer-encoding: xchunked\r\n', press), /^(400|403|501)$/],
  'a body that is packed': [
    post('content-encoding: gzip\r\ncontent-length: 4\r\n', '\x1f\x8b\x08\x00'),
    /^(400|403|415)$/,
  ],
  'a method that overrides': [
    `GET ${path}?_method=POST HTTP/1.1\r\n${host}x-http-method-override: POST\r\n\r\n`,
    /^200$/,
  ],
  TRACE: [`TRACE ${path} HTTP/1.1\r\n${host}\r\n`, /^40[45]$/],
  CONNECT: [`CONNECT evil.test:443 HTTP/1.1\r\n${host}\r\n`, /^(40[045])?$/],
  'a method that nobody knows': [`PRESS ${path} HTTP/1.1\r\n${host}\r\n`, /^400$/],
  'a method in small letters': [`post ${path} HTTP/1.1\r\n${host}\r\n`, /^400$/],
  'an address of a proxy': [`GET http://evil.test${path} HTTP/1.1\r\n${host}\r\n`, /^(200|40[04])$/],
  'a zero byte in the path': [`GET /approvals/\x00 HTTP/1.1\r\n${host}\r\n`, /^400$/],
  'a line break in the path': [`GET ${path}\r\nx: y HTTP/1.1\r\n${host}\r\n`, /^(200|400)$/],
  'dots in the path': [`GET /assets/../approvals/../../etc/passwd HTTP/1.1\r\n${host}\r\n`, /^40[04]$/],
  'dots in the path, encoded': [`GET /assets/%2e%2e%2f%2e%2e%2fetc/passwd HTTP/1.1\r\n${host}\r\n`, /^40[04]$/],
  'two slashes': [`GET //evil.test/ HTTP/1.1\r\n${host}\r\n`, /^404$/],
  'no host': [`GET ${path} HTTP/1.1\r\nconnection: close\r\n\r\n`, /^400$/],
  'two hosts': [`GET ${path} HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n`, /^(200|400|403)$/],
  'HTTP/0.9': [`GET ${path}\r\n\r\n`, /^(400|200)?$/],
  'HTTP/1.0': [`GET ${path} HTTP/1.0\r\n\r\n`, /^(200|403)$/],
  'HTTP/2 without asking': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^(400|505)?$/],
  'an upgrade': [`GET ${path} HTTP/1.1\r\n${host.replace('close', 'upgrade')}upgrade: websocket\r\n\r\n`, /^(200)?$/],
  'a header without a name': [`GET ${path} HTTP/1.1\r\n${host}: x\r\n\r\n`, /^400$/],
  'a header with a zero byte': [`GET ${path} HTTP/1.1\r\n${host}x: a\x00b\r\n\r\n`, /^400$/],
  'a header that is folded': [`GET ${path} HTTP/1.1\r\n${host}x: a\r\n b\r\n\r\n`, /^(200|400)$/],
  'lines that end with a line feed': [`GET ${path} HTTP/1.1\n${host.replaceAll('\r', '')}\n`, /^(200|400)?$/],
  '9 kB of headers': [`GET ${path} HTTP/1.1\r\n${host}x: ${'x'.repeat(9_000)}\r\n\r\n`, /^431$/],
  '3,000 headers': [`GET ${path} HTTP/1.1\r\n${host}${'a: b\r\n'.repeat(3_000)}\r\n`, /^(200|431)$/],
  'a path of 100 kB': [`GET /${'x'.repeat(100_000)} HTTP/1.1\r\n${host}\r\n`, /^431$/],
  'a body of 10 MB': [post('content-length: 10000000\r\n', 'x'.repeat(200_000)), /^413$/],
  'bytes of TLS': ['\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03', /^400$/],
  'bytes of Redis': ['*1\r\n$4\r\nPING\r\n', /^400$/],
  'a language of 7 kB': [`GET ${path} HTTP/1.1\r\n${host}accept-language: ${'de;q=0.1,'.repeat(800)}\r\n\r\n`, /^200$/],
  'a language for JavaScript': [
    `GET ${path} HTTP/1.1\r\n${host}accept-language: __proto__, constructor\r\n\r\n`,
    /^200$/,
  ],
  'a page of somebody else that sends': [
    post(`sec-fetch-site: cross-site\r\ncontent-length: ${press.length}\r\n`, press),
    /^403$/,
  ],
};

/** The port for operators gives it ten seconds, as any client: `slowClientLimits`. */
const waits = 'chunks without end';

describe('bad input L: HTTP requests', () => {
  it('answers each as it should, on the port for approvers, and counts no vote', () =>
    tryAll('L', Object.entries(requests), async ([bytes, right]) => {
      const answer = await raw(portOf(pages), bytes);
      expect(answer.split(' ')[1] ?? '').toMatch(right);
      expect(isSafe(answer)).toBe(true);
      expect(answer).not.toMatch(/\n\s+at |node_modules|root:x/);
      expect(votes).toEqual([]);
      expect((await pages.inject({ url: path })).statusCode).toBe(200);
    }));

  it('answers each on the port for operators, and that port answers others after it', () =>
    tryAll(
      'L',
      Object.entries(requests).filter(([name]) => name !== waits),
      async ([bytes]) => {
        const answer = await raw(portOf(ops), bytes.replaceAll(path, '/healthz'));
        expect(answer.split(' ')[1] ?? '').toMatch(/^((200|4\d\d|501|505))?$/);
        expect(isSafe(answer)).toBe(true);
        expect(answer).not.toMatch(/\n\s+at |node_modules|root:x/);
        expect((await ops.inject({ url: '/healthz', headers: { host: 'localhost' } })).statusCode).toBe(200);
      },
    ));

  it.each([
    'localhost.evil.test',
    'evil.test',
    '127.0.0.1.evil.test',
    'localhost@evil.test',
    'evil.test#localhost',
    '0',
    '[::ffff:127.0.0.1]',
    'localhost:1:2',
    'LOCALHOST.',
    '2130706433',
    '127.1',
  ])('answers operators only under a name of this machine, not under %j', (name) =>
    tryAll('L', [[name, name]], async (host) => {
      expect((await ops.inject({ url: '/metrics', headers: { host } })).statusCode).toBe(403);
    }),
  );

  it.each(['pages', 'ops'] as const)(
    'serves others while 500 slow clients hold connections to the %s, and cuts those off',
    async (which) => {
      const app = which === 'pages' ? pages : ops;
      const before = process.memoryUsage().rss;
      const cut: Promise<void>[] = [];
      const sockets: Socket[] = [];
      await Promise.all(
        Array.from({ length: 500 }, async () => {
          const socket = connect(portOf(app), '127.0.0.1');
          sockets.push(socket);
          cut.push(new Promise((resolve) => socket.on('close', () => resolve())));
          socket.on('error', () => undefined).resume();
          await new Promise<void>((resolve) => socket.on('connect', () => resolve()));
          socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-slow: ');
        }),
      );
      const answer = await raw(portOf(app), `GET ${which === 'pages' ? path : '/healthz'} HTTP/1.1\r\n${host}\r\n`);
      expect(answer.split(' ')[1]).toBe('200');
      expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
      if (which === 'pages') {
        await Promise.all(cut); // after requestMs; the ops server has the same limits and ten seconds
      }
      sockets.forEach((socket) => socket.destroy());
    },
  );
});
