import { Gauge } from 'prom-client';

import type { DoorState } from '../adapters/kafka/door-publisher.ts';
import type { OpenRegistrations } from '../adapters/queue/open-registrations.ts';
import type { AuditBacklog } from '../adapters/redis/audit-spool.ts';
import type { Trouble } from '../approvals/trouble.ts';
import type { RealmNet } from '../ingest/safety-net.ts';
import { type Outage, realmOf } from '../jobs/outages.ts';
import type { StoppedRule } from '../jobs/payloads.ts';
import type { Flood } from '../jobs/questions.ts';

// Each of these asks its system when it is scraped. They are of no registry until the metrics take them up.

export function queueGauge(depths: () => Promise<Readonly<Record<string, number>>>): Gauge {
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

export function stoppedRuleGauge(stopped: () => Promise<readonly StoppedRule[]>): Gauge {
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

export function floodGauge(floods: () => Promise<readonly Flood[]>): Gauge {
  return new Gauge({
    name: 'vestibule_approval_flood',
    help: '1 for an hour for a rule that asked approvers about very many people',
    labelNames: ['realm', 'file', 'rule'],
    registers: [], // not the library's global registry
    async collect() {
      this.reset();
      for (const { realm, file, rule } of await floods()) {
        this.set({ realm, file, rule }, 1);
      }
    },
  });
}

export function openRegistrationsGauge(open: () => Promise<readonly OpenRegistrations[]>): Gauge {
  return new Gauge({
    name: 'vestibule_open_registrations',
    help: 'Registrations that are not handled yet, by the time since they were queued',
    labelNames: ['queue', 'state', 'older_than'],
    registers: [],
    async collect() {
      for (const { queue, state, jobs, olderThan } of await open()) {
        this.set({ queue, state, older_than: '0s' }, jobs);
        for (const [age, count] of Object.entries(olderThan)) {
          this.set({ queue, state, older_than: age }, count);
        }
      }
    },
  });
}

export function troubleGauge(inTrouble: () => Promise<readonly (readonly Trouble[])[]>): Gauge {
  return new Gauge({
    name: 'vestibule_approvals_in_trouble',
    help: 'Approvals that are decided, and of which a step fails',
    labelNames: ['code', 'state'],
    registers: [],
    async collect() {
      this.reset();
      for (const troubles of await inTrouble()) {
        const state = troubles.some(({ givenUp }) => givenUp) ? 'given-up' : 'tried-again';
        new Set(troubles.map(({ code }) => code)).forEach((code) => this.inc({ code, state }));
      }
    },
  });
}

export function outageGauge(confirmed: () => Promise<readonly Outage[]>): Gauge {
  return new Gauge({
    name: 'vestibule_system_away',
    help: '1 for a system that work waits for',
    labelNames: ['system', 'realm'],
    registers: [],
    async collect() {
      this.reset();
      for (const { system } of await confirmed()) {
        const realm = realmOf(system);
        this.set({ system: realm === undefined ? system : 'keycloak', realm: realm ?? '' }, 1);
      }
    },
  });
}

export function safetyNetGauges(states: () => Promise<readonly RealmNet[]>): readonly Gauge[] {
  return [
    new Gauge({
      name: 'vestibule_safety_net_off',
      help: '1 for a realm where nothing makes up for what Kafka misses',
      labelNames: ['realm', 'why'],
      registers: [],
      async collect() {
        this.reset();
        for (const { realm, fault } of await states()) {
          if (fault !== null) {
            this.set({ realm, why: fault }, 1);
          }
        }
      },
    }),
    new Gauge({
      name: 'vestibule_event_store_read_seconds',
      help: 'Since the event store of a realm was read',
      labelNames: ['realm'],
      registers: [],
      async collect() {
        this.reset();
        for (const { realm, readAgoMs } of await states()) {
          if (readAgoMs !== null) {
            this.set({ realm }, readAgoMs / 1_000);
          }
        }
      },
    }),
  ];
}

export function doorGauges(state: () => DoorState): readonly Gauge[] {
  return [
    new Gauge({
      name: 'vestibule_door_policy_info',
      help: '1 for the policy that is published to the door of Keycloak',
      labelNames: ['version'],
      registers: [],
      collect() {
        this.reset();
        const { inForce } = state();
        if (inForce !== null) {
          this.set({ version: inForce }, 1);
        }
      },
    }),
    new Gauge({
      name: 'vestibule_door_policy_ok',
      help: '0 while the policy that is published is not that of the rules in force here',
      registers: [],
      collect() {
        this.set(state().agrees ? 1 : 0);
      },
    }),
  ];
}

export function clockGauge(skewMs: () => number): Gauge {
  return new Gauge({
    name: 'vestibule_clock_skew_seconds',
    help: "How far Keycloak's clock is ahead of ours; 0 while they agree",
    registers: [], // not the library's global registry
    collect() {
      this.set(skewMs() / 1_000);
    },
  });
}

export function auditGauges(backlog: () => Promise<AuditBacklog>): Gauge[] {
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
