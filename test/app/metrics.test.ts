import { describe, expect, it } from '@jest/globals';

import { createMetrics } from '../../src/app/metrics.ts';

describe('src/app/metrics', () => {
  it('shows from the start how many jobs were given up, so that an alert sees the first one as an increase', async () => {
    const metrics = createMetrics(() => new Set());
    expect(await metrics.registry.metrics()).toContain('vestibule_jobs_given_up_total{queue="mail"} 0');
    metrics.givenUp('mail');
    expect(await metrics.registry.metrics()).toContain('vestibule_jobs_given_up_total{queue="mail"} 1');
  });

  it('shows how many registrations are open, by age, also when there are none', async () => {
    const metrics = createMetrics(() => new Set());
    const olderThan = { '10s': 3, '1m': 2, '10m': 1, '1h': 0 };
    metrics.watchOpenRegistrations(async () => [
      { queue: 'registrations', state: 'waiting', jobs: 4, olderThan },
      { queue: 'registrations', state: 'given-up', jobs: 0, olderThan: { '10s': 0, '1m': 0, '10m': 0, '1h': 0 } },
    ]);
    const text = await metrics.registry.metrics();
    expect(text).toContain('vestibule_open_registrations{queue="registrations",state="waiting",older_than="0s"} 4');
    expect(text).toContain('vestibule_open_registrations{queue="registrations",state="waiting",older_than="1m"} 2');
    expect(text).toContain('vestibule_open_registrations{queue="registrations",state="given-up",older_than="0s"} 0');
  });

  it('shows approvals in trouble by code, each once, and none any more once they are done', async () => {
    const metrics = createMetrics(() => new Set());
    const one = { step: 'join-group', name: '/a', code: 'GROUP_MISSING', since: 1, attempts: 1, givenUp: false };
    let troubles = [[one, one], [{ ...one, givenUp: true }], [one]];
    metrics.watchTroubles(async () => troubles);
    const lines = async () => (await metrics.registry.metrics()).match(/^vestibule_approvals_in_trouble.*$/gm);
    expect(await lines()).toEqual([
      'vestibule_approvals_in_trouble{code="GROUP_MISSING",state="tried-again"} 2',
      'vestibule_approvals_in_trouble{code="GROUP_MISSING",state="given-up"} 1',
    ]);
    troubles = [];
    expect(await lines()).toBeNull();
  });

  it('counts registrations by the way they came, from 0 on', async () => {
    const metrics = createMetrics(
      () => new Set(),
      () => ['acme'],
    );
    metrics.registered('acme', 'event-store');
    expect((await metrics.registry.metrics()).match(/^vestibule_registrations_total.*$/gm)?.toSorted()).toEqual([
      'vestibule_registrations_total{realm="acme",via="event-store"} 1',
      'vestibule_registrations_total{realm="acme",via="kafka"} 0',
      'vestibule_registrations_total{realm="acme",via="kafka-unproven"} 0',
    ]);
  });

  it('counts what the door refused, by clients that rules name', async () => {
    const metrics = createMetrics(() => new Set(['portal']));
    for (const clientId of ['portal', 'made-up-1', 'made-up-2']) {
      metrics.refusedAtDoor({ realm: 'acme', clientId, rule: 'throwaway mail' });
    }
    expect((await metrics.registry.metrics()).match(/^vestibule_door_refusals_total.*$/gm)).toEqual([
      'vestibule_door_refusals_total{realm="acme",client="portal",rule="throwaway mail"} 1',
      'vestibule_door_refusals_total{realm="acme",client="other",rule="throwaway mail"} 2',
    ]);
  });

  it('shows which policy the door has, and whether it is that of the rules here', async () => {
    const metrics = createMetrics(() => new Set());
    const state = { inForce: 'v0', own: 'v1', agrees: false };
    metrics.watchDoor(() => state);
    expect(await metrics.registry.metrics()).toContain('vestibule_door_policy_info{version="v0"} 1');
    Object.assign(state, { inForce: 'v1', agrees: true });
    const text = await metrics.registry.metrics();
    expect(text).toContain('vestibule_door_policy_info{version="v1"} 1');
    expect(text).toContain('vestibule_door_policy_ok 1');
    expect(text).not.toContain('v0');
  });

  it('shows a system while it is away, and not after', async () => {
    const metrics = createMetrics(() => new Set());
    let away = [{ system: 'mail' }, { system: 'keycloak acme' }];
    metrics.watchOutages(async () => away.map((outage) => ({ ...outage, confirmed: true, since: 1 })));
    const text = await metrics.registry.metrics();
    expect(text).toContain('vestibule_system_away{system="mail",realm=""} 1');
    expect(text).toContain('vestibule_system_away{system="keycloak",realm="acme"} 1');
    away = [];
    expect(await metrics.registry.metrics()).not.toContain('vestibule_system_away{');
  });

  it('shows a safety net while it is off, and how old the last look is', async () => {
    const metrics = createMetrics(() => new Set());
    metrics.watchSafetyNet(async () => [
      { realm: 'acme', fault: 'refused', since: 1, readAgoMs: 90_000 },
      { realm: 'blog', fault: null, since: 1, readAgoMs: 5_000 },
      { realm: 'new', fault: null, since: 1, readAgoMs: null },
    ]);
    const text = await metrics.registry.metrics();
    expect(text.match(/^vestibule_safety_net_off\{.*$/gm)).toEqual([
      'vestibule_safety_net_off{realm="acme",why="refused"} 1',
    ]);
    expect(text.match(/^vestibule_event_store_read_seconds\{.*$/gm)).toEqual([
      'vestibule_event_store_read_seconds{realm="acme"} 90',
      'vestibule_event_store_read_seconds{realm="blog"} 5',
    ]);
  });
});
