import { Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { DoorState } from '../adapters/kafka/door-publisher.ts';
import type { OpenRegistrations } from '../adapters/queue/open-registrations.ts';
import type { AuditBacklog } from '../adapters/redis/audit-spool.ts';
import type { Trouble } from '../approvals/trouble.ts';
import type { LockoutMetrics } from '../execute/lockout-metrics.ts';
import { type Via, ways } from '../ingest/arrivals.ts';
import type { RealmNet } from '../ingest/safety-net.ts';
import type { Outage } from '../jobs/outages.ts';
import type { QueueName, StoppedRule } from '../jobs/payloads.ts';
import type { Flood } from '../jobs/questions.ts';
import { queueNames } from '../jobs/queues.ts';
import {
  auditGauges,
  clockGauge,
  doorGauges,
  floodGauge,
  openRegistrationsGauge,
  outageGauge,
  queueGauge,
  safetyNetGauges,
  stoppedRuleGauge,
  troubleGauge,
} from './gauges.ts';

export interface Metrics extends LockoutMetrics {
  readonly registry: Registry;
  events(outcome: string, records: number): void;
  /** A registration was handled. */
  registered(realm: string, via: Via): void;
  outcome(queue: QueueName, outcome: string): void;
  givenUp(queue: QueueName): void;
  /** Asked at each scrape. */
  watchQueues(depths: () => Promise<Readonly<Record<string, number>>>): void;
  refused(realm: string, guard: string): void;
  /** The door of Keycloak refused a registration. */
  refusedAtDoor(refusal: { readonly realm: string; readonly clientId: string; readonly rule: string }): void;
  /** A template of an operator made no mail. */
  templateFailed(template: string): void;
  snapshotRefused(why: string): void;
  /** Asked at each scrape. */
  watchStoppedRules(stopped: () => Promise<readonly StoppedRule[]>): void;
  /** Asked at each scrape. */
  watchFloods(floods: () => Promise<readonly Flood[]>): void;
  /** Asked at each scrape. */
  watchAudit(backlog: () => Promise<AuditBacklog>): void;
  /** How far Keycloak's clock is ahead, in ms; asked at each scrape. */
  watchClock(skewMs: () => number): void;
  /** Asked at each scrape. */
  watchOpenRegistrations(open: () => Promise<readonly OpenRegistrations[]>): void;
  /** Asked at each scrape. */
  watchTroubles(inTrouble: () => Promise<readonly (readonly Trouble[])[]>): void;
  /** Asked at each scrape. */
  watchOutages(confirmed: () => Promise<readonly Outage[]>): void;
  /** Asked at each scrape. */
  watchSafetyNet(states: () => Promise<readonly RealmNet[]>): void;
  /** Asked at each scrape. */
  watchDoor(state: () => DoorState): void;
  rules(loaded: { readonly ok: boolean; readonly version: string }): void;
}

/**
 * @param namedClients client ids that rules name: the browser chooses the client, so others share one label
 * @param realms those of the rules: their counters begin at 0, so that their first increase is seen
 */
export function createMetrics(
  namedClients: () => ReadonlySet<string>,
  realms: () => readonly string[] = () => [],
): Metrics {
  const registry = new Registry();
  const { lockouts, events, jobs, givenUp, refused, snapshots } = counters([registry]);
  const { rules, rulesOk } = ruleGauges([registry]);
  const refusals = refusalCounter([registry]);
  const labelOf = (clientId: string): string => (namedClients().has(clientId) ? clientId : 'other');
  const registrations = registrationCounter([registry], realms);
  const templates = templateCounter([registry]);
  // A counter that appears with its first job would show no increase, and the alert on it would keep silent.
  queueNames.forEach((queue) => givenUp.inc({ queue }, 0));

  return {
    registry,
    lockedOut({ realm, clientId }, ms) {
      lockouts.observe({ realm, client: labelOf(clientId) }, ms / 1_000);
    },
    registered: (realm, via) => registrations.inc({ realm, via }),
    events: (outcome, records) => events.inc({ outcome }, records),
    outcome: (queue, outcome) => jobs.inc({ queue, outcome: outcome.replace(/\d+ /, '') }),
    givenUp: (queue) => givenUp.inc({ queue }),
    refusedAtDoor: ({ realm, clientId, rule }) => refusals.inc({ realm, client: labelOf(clientId), rule }),
    templateFailed: (template) => templates.inc({ template }),
    snapshotRefused: (why) => snapshots.inc({ why }),
    refused: (realm, guard) => refused.inc({ realm, guard }),
    watchQueues: (depths) => registry.registerMetric(queueGauge(depths)),
    watchStoppedRules: (stopped) => registry.registerMetric(stoppedRuleGauge(stopped)),
    watchFloods: (floods) => registry.registerMetric(floodGauge(floods)),
    watchAudit: (backlog) => auditGauges(backlog).forEach((gauge) => registry.registerMetric(gauge)),
    watchClock: (skewMs) => registry.registerMetric(clockGauge(skewMs)),
    watchOpenRegistrations: (open) => registry.registerMetric(openRegistrationsGauge(open)),
    watchTroubles: (inTrouble) => registry.registerMetric(troubleGauge(inTrouble)),
    watchOutages: (confirmed) => registry.registerMetric(outageGauge(confirmed)),
    watchSafetyNet(states) {
      safetyNetGauges(states).forEach((gauge) => registry.registerMetric(gauge));
    },
    watchDoor(state) {
      doorGauges(state).forEach((gauge) => registry.registerMetric(gauge));
    },
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
      help: 'Records of the topics for approvals, state and door that are not believed',
      labelNames: ['why'],
      registers,
    }),
  };
}

function refusalCounter(registers: Registry[]) {
  return new Counter({
    name: 'vestibule_door_refusals_total',
    help: 'Registrations that the door of Keycloak refused',
    labelNames: ['realm', 'client', 'rule'],
    registers,
  });
}

function registrationCounter(registers: Registry[], realms: () => readonly string[]) {
  return new Counter({
    name: 'vestibule_registrations_total',
    help: 'Registrations that were handled, by the way they came',
    labelNames: ['realm', 'via'],
    registers,
    collect() {
      realms().forEach((realm) => ways.forEach((via) => this.inc({ realm, via }, 0)));
    },
  });
}

function templateCounter(registers: Registry[]): Counter<'template'> {
  return new Counter({
    name: 'vestibule_mail_template_failures_total',
    help: 'Mails with the built-in text, because the template of an operator made no mail',
    labelNames: ['template'],
    registers,
  });
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
