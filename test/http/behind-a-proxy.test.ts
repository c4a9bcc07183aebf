import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';

import { ask } from '../../src/approvals/open.ts';
import type { Voting, ApprovalView } from '../../src/approvals/voting.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { buildApprovalsApp } from '../../src/http/approvals.ts';
import { createLog } from '../../src/platform/log.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { noRetry } from '../fakes/outcome-queue.ts';
import { context, registeredAt } from '../fakes/registrations.ts';
import { shownNames } from '../fakes/shown-names.ts';

// Over real sockets: the address of a connection, and what a header may add to it, is what is tested here.

const good = `k.${'t'.repeat(74)}`;
const form = 'application/x-www-form-urlencoded';
let app: FastifyInstance | undefined;

afterEach(async () => app?.close());

async function serve(trustedProxies: readonly string[], requestMs?: number) {
  const votes: (string | null)[] = [];
  const approval = ask({
    context,
    request: requestOf({ approved: [], rejected: [] }),
    approvers: ['ann@acme.com'],
    now: registeredAt,
  });
  const view = (token: string): ApprovalView => {
    if (token !== good) {
      throw new ServiceError('LINK_INVALID', 'this link is not valid');
    }
    return {
      approval,
      approver: 'ann@acme.com',
      zone: 'UTC',
      person: { kind: 'gone' },
      shown: '',
      nonce: 'the-nonce',
      recorded: true,
      trouble: [],
    };
  };
  const voting: Voting = {
    view: async (token) => view(token),
    decide: async (token, { ip }) => {
      votes.push(ip);
      return { kind: 'counted', approval: view(token).approval, recorded: true };
    },
  };
  const served = await buildApprovalsApp({
    voting,
    retry: noRetry,
    names: shownNames,
    now: () => registeredAt,
    log: createLog('fatal', process.stderr),
    trustedProxies,
    badLinksPerMinute: 3,
    ...(requestMs === undefined ? {} : { requestMs }),
  });
  app = served;
  await served.listen({ host: '127.0.0.1', port: 0 });
  const address = served.server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return { votes, port };
}

function send(
  port: number,
  { token, forwarded, body }: { token: string; forwarded?: string | undefined; body?: string },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port,
        path: `/approvals/${token}`,
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }),
          ...(body === undefined ? {} : { 'content-type': form, 'content-length': Buffer.byteLength(body) }),
        },
      },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const vote = (port: number, forwarded?: string) =>
  send(port, { token: good, forwarded, body: 'decision=approve&nonce=the-nonce&shown=' });

/** Waits for the end of a connection on which only `start` is sent. */
function cutOff(port: number, start: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => start !== '' && socket.write(start));
    socket.on('data', (chunk: Buffer) => (answer += String(chunk)));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer.split('\r\n')[0] ?? ''));
  });
}

describe('src/http/approvals, behind a proxy', () => {
  it.each([
    ['no proxy is named', [], '203.0.113.9', '127.0.0.1'],
    ['the peer is none of the proxies', ['10.0.0.0/8'], '203.0.113.9', '127.0.0.1'],
    ['the proxy adds the client', ['127.0.0.1'], '203.0.113.9', '203.0.113.9'],
    ['the client sent a header of its own', ['127.0.0.1'], '198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['two proxies stand in a row', ['127.0.0.0/8', '10.0.0.0/8'], '6.6.6.6, 203.0.113.9, 10.1.2.3', '203.0.113.9'],
    ['the client has IPv6', ['127.0.0.1'], '2001:DB8::1', '2001:db8::1'],
    ['IPv4 came mapped in IPv6', ['127.0.0.1'], '::ffff:203.0.113.9', '203.0.113.9'],
    ['the proxy passes on what is no address', ['127.0.0.1'], '203.0.113.9, <b>hi</b>', null],
  ])('notes the right address when %s', async (_, proxies, forwarded, expected) => {
    const { port, votes } = await serve(proxies);
    expect(await vote(port, forwarded)).toBe(303);
    expect(votes).toEqual([expected]);
  });

  it.each([
    ['without a proxy', [], (index: number) => `198.51.100.${index}`],
    ['behind a proxy', ['127.0.0.1'], (index: number) => `198.51.100.${index}, 203.0.113.9`],
    ['behind a proxy that passes on any text', ['127.0.0.1'], (index: number) => `text ${index}`],
  ])('counts bad links for one client %s, whatever it claims', async (_, proxies, claim) => {
    const { port } = await serve(proxies);
    const answers: number[] = [];
    for (let index = 0; index < 5; index++) {
      answers.push(await send(port, { token: `k.${index}`, forwarded: claim(index) }));
    }
    expect(answers).toEqual([404, 404, 404, 429, 429]);
  });

  it('lets one client of the proxy go on when another has to wait', async () => {
    const { port } = await serve(['127.0.0.1']);
    for (let index = 0; index < 5; index++) {
      await send(port, { token: `k.${index}`, forwarded: '198.51.100.7' });
    }
    expect(await send(port, { token: 'k.x', forwarded: '198.51.100.7' })).toBe(429);
    expect(await send(port, { token: 'k.x', forwarded: '203.0.113.9' })).toBe(404);
  });
});

describe('src/http/approvals, slow clients', () => {
  it.each([
    ['silent', ''],
    ['in the middle of its headers', 'GET / HTTP/1.1\r\nhost: a'],
    [
      'in the middle of its body',
      `POST /approvals/${good} HTTP/1.1\r\nhost: a\r\ncontent-type: ${form}\r\ncontent-length: 90\r\n\r\ndecision=`,
    ],
  ])('cuts off a client that falls silent: %s', async (_, start) => {
    const { port } = await serve([], 200);
    const began = Date.now();
    expect(await cutOff(port, start)).toMatch(/^(HTTP\/1\.1 408 Request Timeout)?$/);
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  it('refuses headers above 8 kB and a body above 10 kB', async () => {
    const { port } = await serve([]);
    expect(await cutOff(port, `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(9_000)}\r\n\r\n`)).toMatch(/ 431 /);
    expect(await send(port, { token: good, body: `decision=approve&nonce=${'x'.repeat(11_000)}` })).toBe(413);
  });
});
