import { afterEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';

import { type HealthDeps, healthChecks } from '../../src/app/health.ts';
import { nothingToReview } from '../fakes/review.ts';
import { buildOpsApp } from '../../src/http/ops.ts';

const since = Date.parse('2026-03-02T09:00:00Z');

const good = {
  source: { health: () => ({ state: 'consuming', lag: 0, lastError: null }) },
  joining: { trouble: null },
  redis: { ping: async () => 'PONG' },
  materialiser: { ready: true, refusals: null },
  rules: { problems: () => [], current: () => ({ version: 'v1', files: [] }) },
  limit: { stopped: async () => [] },
  outages: { confirmed: async () => [] },
  net: { states: async () => [{ realm: 'acme', fault: null, since, readAgoMs: 1 }] },
  arrivals: { missed: async () => [] },
  realms: () => ['acme'],
  stateMaterialiser: { ready: true },
  stateRefusals: () => null,
  audit: { backlog: async () => ({ entries: 0, oldestMs: 0, refused: 0 }) },
  clock: { complaint: () => null },
  outcomesInTrouble: async () => [],
  dryRun: false,
  door: () => ({ inForce: 'v1', own: 'v1', agrees: true }),
};

let app: FastifyInstance | undefined;
afterEach(() => app?.close());

async function readyz(parts: object) {
  const deps = { ...good, ...parts } as unknown as HealthDeps;
  app = buildOpsApp({
    review: nothingToReview,
    checks: healthChecks(deps),
    registry: new Registry(),
    queues: async () => ({}),
    loopback: false,
  });
  const { statusCode, body } = await app.inject('/readyz');
  return { statusCode, ...(JSON.parse(body) as { status: string; checks: Record<string, object> }) };
}

describe('src/app/health', () => {
  it('is ready when all is well', async () => {
    expect(await readyz({})).toMatchObject({
      statusCode: 200,
      status: 'ready',
      checks: { systems: { ok: true }, safetyNet: { ok: true, detail: 'on in every realm' } },
    });
  });

  it('stays in service, and says so, while a system is away that every instance needs', async () => {
    const outages = { confirmed: async () => [{ system: 'keycloak acme', confirmed: true, since }] };
    expect(await readyz({ outages })).toMatchObject({
      statusCode: 200,
      status: 'ready, needs attention',
      checks: { systems: { ok: true, attention: true, detail: 'keycloak acme: since 2026-03-02T09:00:00.000Z' } },
    });
  });

  it('stays in service while Kafka is away: votes are taken, and doors closed, without it', async () => {
    const outages = { confirmed: async () => [{ system: 'kafka', confirmed: true, since }] };
    const detail = 'away since 2026-03-02T09:00:00.000Z';
    expect(await readyz({ outages })).toMatchObject({
      statusCode: 200,
      status: 'ready, needs attention',
      checks: { kafka: { ok: true, attention: true, detail } },
    });
    const source = { health: () => ({ state: 'connecting', lag: 0, lastError: 'no answer' }) };
    expect(await readyz({ outages, source })).toMatchObject({
      statusCode: 200,
      checks: { kafka: { ok: true, attention: true, detail: `${detail}: no answer` } },
    });
  });

  it('stays in service, and says so, while what follows an approval fails', async () => {
    const trouble = { step: 'join-group', name: '/partners', code: 'GROUP_MISSING', since, attempts: 3, givenUp: true };
    const outcomesInTrouble = async () => [[trouble], [{ ...trouble, since: since + 1, givenUp: false }]];
    expect(await readyz({ outcomesInTrouble })).toMatchObject({
      statusCode: 200,
      status: 'ready, needs attention',
      checks: {
        outcomes: {
          attention: true,
          detail:
            'what follows 2 approvals is not done, the first since 2026-03-02T09:00:00.000Z: GROUP_MISSING; ' +
            '1 of them are given up',
        },
      },
    });
  });

  it('stays in service, and says so, while the safety net of a realm is off', async () => {
    const net = { states: async () => [{ realm: 'acme', fault: 'event-store-off', since, readAgoMs: 1 }] };
    expect(await readyz({ net })).toMatchObject({
      statusCode: 200,
      status: 'ready, needs attention',
      checks: { safetyNet: { attention: true, detail: 'acme: event-store-off since 2026-03-02T09:00:00.000Z' } },
    });
  });

  it('stays in service, and says so, while the event store brings what Kafka should', async () => {
    const arrivals = { missed: async () => [{ realm: 'acme', registrations: 3 }] };
    expect(await readyz({ arrivals })).toMatchObject({
      statusCode: 200,
      status: 'ready, needs attention',
      checks: {
        safetyNet: {
          attention: true,
          detail: 'acme: 3 registrations of the last five minutes came by the event store alone',
        },
      },
    });
  });

  it.each([
    [
      'audit',
      { audit: { backlog: async () => ({ entries: 7, oldestMs: 61_000, refused: 0 }) } },
      /^7 of the audit entries wait for Kafka, the first for 61 s$/,
    ],
    ['clock', { clock: { complaint: () => 'ours is 90 s behind' } }, /90 s behind/],
    [
      'door',
      { door: () => ({ inForce: 'v0', own: 'v1', agrees: false }) },
      /^the policy published is v0, the rules in force here are v1$/,
    ],
    ['door', { door: () => ({ inForce: null, own: 'v1', agrees: false }) }, /^no policy is published, .* v1$/],
  ])('stays in service, and says so, while what concerns every instance is wrong: %s', async (check, parts, detail) => {
    const { statusCode, status, checks } = await readyz(parts);
    expect([statusCode, status]).toEqual([200, 'ready, needs attention']);
    expect(checks[check]).toMatchObject({ ok: true, attention: true, detail: expect.stringMatching(detail) });
  });

  it('says which policy the door has, and that there is none without a signing key', async () => {
    expect((await readyz({})).checks['door']).toEqual({ ok: true, detail: 'policy v1 is published' });
    expect(await readyz({ door: () => null })).toMatchObject({
      status: 'ready',
      checks: { door: { detail: expect.stringContaining('no EVENT_SIGNING_KEY') } },
    });
  });

  it('stays in service, and says so, while the rule files have an error', async () => {
    const rules = { ...good.rules, problems: () => [{ file: 'a', line: 1, col: 1, severity: 'error', message: 'no' }] };
    expect(await readyz({ rules })).toMatchObject({ statusCode: 200, status: 'ready, needs attention' });
  });

  it('says what keeps a service that started without Kafka from it', async () => {
    const parts = {
      source: { health: () => ({ state: 'connecting', lag: 0, lastError: null }) },
      joining: { trouble: 'could not connect to Kafka: nobody listens' },
    };
    expect(await readyz(parts)).toMatchObject({
      statusCode: 503,
      checks: { kafka: { ok: false, detail: 'connecting: could not connect to Kafka: nobody listens' } },
    });
  });

  it.each([
    ['kafka', { source: { health: () => ({ state: 'stopped', lag: 0, lastError: 'gone' }) } }],
    ['redis', { redis: { ping: () => Promise.reject(new Error('gone')) } }],
    ['approvals', { materialiser: { ready: false, refusals: null } }],
    ['state', { stateMaterialiser: { ready: false } }],
    ['audit', { audit: { backlog: () => Promise.reject(new Error('gone')) } }],
    ['systems', { outages: { confirmed: () => Promise.reject(new Error('gone')) } }],
    ['safetyNet', { net: { states: () => Promise.reject(new Error('gone')) } }],
  ])('is out of service when %s cannot be had', async (check, parts) => {
    expect(await readyz(parts)).toMatchObject({
      statusCode: 503,
      status: 'not ready',
      checks: { [check]: { ok: false } },
    });
  });
});
