import { Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { LockoutMetrics } from '../execute/lockout-metrics.ts';
import type { QueueName, StoppedRule } from '../jobs/payloads.ts';

export interface Metrics extends LockoutMetrics {
  readonly registry: Registry;
  events(outcome: string, records: number): void;
  outcome(queue: QueueName, outcome: string): void;
  givenUp(queue: QueueName): void;
  /** Asked at each scrape. */
  watchQueues(depths: () => Promise<Readonly<Record<string, number>>>): void;
  refused(realm: string, guard: string): void;
  snapshotRefused(why: string): void;
  /** Asked at each scrape. */
  watchStoppedRules(stopped: () => Promise<readonly StoppedRule[]>): void;
  /** Asked at each scrape. */
  watchAudit(
    backlog: () => Promise<{ readonly entries: number; readonly oldestMs: number; readonly refused: number }>,
  ): void;
  /** How far Keycloak's clock is ahead, in ms; asked at each scrape. */
  watchClock(skewMs: () => number): void;
  rules(loaded: { readonly ok: boolean; readonly version: string }): void;
}

/** @param namedClients client ids that rules name: the browser chooses the client, so others share one label */
export function createMetrics(namedClients: () => ReadonlySet<string>): Metrics {
  const registry = new Registry();
  const { lockouts, events, jobs, givenUp, refused, snapshots } = counters([registry]);
  const { rules, rulesOk } = ruleGauges([registry]);

  return {
    registry,
    lockedOut({ realm, clientId }, ms) {
      lockouts.observe({ realm, client: namedClients().has(clientId) ? clientId : 'other' }, ms / 1_000);
    },
    events: (outcome, records) => events.inc({ outcome }, records),
    outcome: (queue, outcome) => jobs.inc({ queue, outcome: outcome.replace(/\d+ /, '') }),
    givenUp: (queue) => givenUp.inc({ queue }),
    snapshotRefused: (why) => snapshots.inc({ why }),
    refused: (realm, guard) => refused.inc({ realm, guard }),
    watchQueues: (depths) => registry.registerMetric(queueGauge(depths)),
    watchStoppedRules: (stopped) => registry.registerMetric(stoppedRuleGauge(stopped)),
    watchAudit: (backlog) => auditGauges(backlog).forEach((gauge) => registry.registerMetric(gauge)),
    watchClock: (skewMs) => registry.registerMetric(clockGauge(skewMs)),
    rules({ ok, version }) {
      rulesOk.set(ok ? 1 : 0);
      rules.reset();
      rules.set({ version }, 1);
    },
  };
}

function counters(registers: Registry[]) {
  return {
    lockouts: new Histogram({
      name: 'vestibule_lockout_seconds',
      help: 'From the registration to the moment when the person is locked out',
      labelNames: ['realm', 'client'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    }),
    events: new Counter({
      name: 'vestibule_events_total',
      help: 'Records of the events topic',
      labelNames: ['outcome'],
      registers,
    }),
    jobs: new Counter({
      name: 'vestibule_jobs_total',
      help: 'Jobs done',
      labelNames: ['queue', 'outcome'],
      registers,
    }),
    givenUp: new Counter({
      name: 'vestibule_jobs_given_up_total',
      help: 'Jobs that an operator has to look at',
      labelNames: ['queue'],
      registers,
    }),
    refused: new Counter({
      name: 'vestibule_refused_total',
      help: 'People whom a guard kept from what a rule would have done to them',
      labelNames: ['realm', 'guard'],
      registers,
    }),
    snapshots: new Counter({
      name: 'vestibule_snapshots_refused_total',
      help: 'Records of the approvals topic that are not believed',
      labelNames: ['why'],
      registers,
    }),
  };
}

function ruleGauges(registers: Registry[]) {
  return {
    rules: new Gauge({
      name: 'vestibule_rules_info',
      help: '1 for the rules in force',
      labelNames: ['version'],
      registers,
    }),
    rulesOk: new Gauge({
      name: 'vestibule_rules_ok',
      help: '0 while the rule files have an error and older rules are in force',
      registers,
    }),
  };
}

function queueGauge(depths: Parameters<Metrics['watchQueues']>[0]): Gauge {
  return new Gauge({
    name: 'vestibule_queue_jobs',
    help: 'Jobs that wait or run',
    labelNames: ['queue'],
    registers: [], // not the library's global registry
    async collect() {
      for (const [queue, jobs] of Object.entries(await depths())) {
        this.set({ queue }, jobs);
      }
    },
  });
}

function clockGauge(skewMs: () => number): Gauge {
  return new Gauge({
    name: 'vestibule_clock_skew_seconds',
    help: "How far Keycloak's clock is ahead of ours; 0 while they agree",
    registers: [], // not the library's global registry
    collect() {
      this.set(skewMs() / 1_000);
    },
  });
}

function stoppedRuleGauge(stopped: Parameters<Metrics['watchStoppedRules']>[0]): Gauge {
  return new Gauge({
    name: 'vestibule_rule_stopped',
    help: '1 for a rule that has reached its limit and waits for an operator',
    labelNames: ['realm', 'file', 'rule'],
    registers: [], // not the library's global registry
    async collect() {
      this.reset();
      for (const { realm, file, rule } of await stopped()) {
        this.set({ realm, file, rule }, 1);
      }
    },
  });
}

function auditGauges(backlog: Parameters<Metrics['watchAudit']>[0]): Gauge[] {
  const gauge = (name: string, help: string, value: (now: Awaited<ReturnType<typeof backlog>>) => number): Gauge =>
    new Gauge({
      name,
      help,
      registers: [], // not the library's global registry
      async collect() {
        this.set(value(await backlog()));
      },
    });
  return [
    gauge('vestibule_audit_waiting', 'Audit entries that wait in Redis for Kafka', ({ entries }) => entries),
    gauge('vestibule_audit_waiting_seconds', 'How long the first of them waits', ({ oldestMs }) => oldestMs / 1_000),
    gauge('vestibule_audit_refused', 'Audit entries that Kafka refuses', ({ refused }) => refused),
  ];
}
