import type { Redis } from 'ioredis';

import type { DoorState } from '../adapters/kafka/door-publisher.ts';
import type { KafkaAudit } from '../adapters/kafka/audit.ts';
import type { KafkaJoining } from '../adapters/kafka/joining.ts';
import type { KeycloakClock } from '../adapters/keycloak/clock.ts';
import type { ApprovalMaterialiser } from '../adapters/redis/approval-materialiser.ts';
import type { TopicMaterialiser } from '../adapters/redis/topic-materialiser.ts';
import type { LockoutLimit } from '../execute/lockout-limit.ts';
import type { Trouble } from '../approvals/trouble.ts';
import type { Check } from '../http/ops.ts';
import type { Arrivals } from '../ingest/arrivals.ts';
import type { EventSource } from '../ingest/consume.ts';
import type { SafetyNet } from '../ingest/safety-net.ts';
import type { Outage, Outages } from '../jobs/outages.ts';
import { begun } from '../platform/begun.ts';
import { formatProblem } from '../rules/load/problem.ts';
import type { WatchedRules } from '../rules/load/watch-rules.ts';

export interface HealthDeps {
  readonly source: EventSource;
  readonly joining: Pick<KafkaJoining, 'trouble'>;
  readonly redis: Redis;
  readonly materialiser: ApprovalMaterialiser;
  readonly stateMaterialiser: TopicMaterialiser;
  readonly stateRefusals: () => string | null;
  readonly rules: WatchedRules;
  readonly limit: LockoutLimit;
  readonly audit: Pick<KafkaAudit, 'backlog'>;
  readonly outages: Outages;
  readonly net: SafetyNet;
  readonly arrivals: Pick<Arrivals, 'missed'>;
  readonly realms: () => readonly string[];
  readonly dryRun: boolean;
  readonly clock: KeycloakClock;
  readonly door: () => DoorState | null;
  readonly outcomesInTrouble: () => Promise<readonly (readonly Trouble[])[]>;
}

/**
 * What `/readyz` answers: one check for each part that the service cannot do without, and what operators should see.
 */
export function healthChecks(deps: HealthDeps) {
  const { source, redis, materialiser, stateMaterialiser, stateRefusals, rules, limit, audit, outages, net } = deps;
  const { arrivals, joining, realms, dryRun, clock, door } = deps;
  return async (): Promise<Readonly<Record<string, Check>>> => {
    const away = begun(outages.confirmed());
    return {
      kafka: await kafkaCheck(source, away, joining.trouble),
      redis: await redisCheck(redis),
      approvals: topicCheck(materialiser.ready, materialiser.refusals),
      state: topicCheck(stateMaterialiser.ready, stateRefusals()),
      rules: rulesCheck(rules),
      door: doorCheck(door()),
      limit: await limitCheck(limit),
      audit: await auditCheck(audit),
      clock: clockCheck(clock),
      outcomes: await outcomesCheck(deps.outcomesInTrouble),
      systems: await systemsCheck(away),
      safetyNet: await safetyNetCheck(net, arrivals, realms()),
      ...(dryRun ? { mode: { ok: true, detail: 'dry run: nothing is changed, nothing is sent' } } : {}),
    };
  };
}

/**
 * A consumer without its partitions is a fault of this instance, unless Kafka is away: then all instances are alike.
 * @param trouble what keeps a service that started without Kafka from it
 */
async function kafkaCheck(
  source: EventSource,
  outages: Promise<readonly Outage[]>,
  trouble: string | null,
): Promise<Check> {
  const { state, lag, lastError } = source.health();
  const why = trouble !== null && state !== 'consuming' ? trouble : lastError;
  const away = await outages.then(
    (systems) => systems.find(({ system }) => system === 'kafka'),
    () => undefined, // the check of the systems says so
  );
  if (away !== undefined) {
    return { ok: true, attention: true, detail: `away since ${iso(away.since)}${why ? `: ${why}` : ''}` };
  }
  if (why !== null && why === trouble) {
    return { ok: false, detail: `connecting: ${why}` };
  }
  return {
    ok: state === 'consuming',
    detail: lastError === null ? `${state}, ${lag} behind` : `${state}: ${lastError}`,
  };
}

async function redisCheck(redis: Redis): Promise<Check> {
  try {
    await redis.ping();
    return { ok: true };
  } catch (error) {
    return noAnswer(error);
  }
}

function topicCheck(ready: boolean, refusals: string | null): Check {
  return { ok: ready, ...(refusals === null ? {} : { detail: refusals }) };
}

/**
 * Rule files with an error do not make the instance unready. The last good rules still work, and every instance reads
 * the same files: all of them would go out of service together.
 */
function rulesCheck(rules: WatchedRules): Check {
  const problems = rules.problems();
  const failed = problems.some(({ severity }) => severity === 'error');
  const version = `version ${rules.current().version}`;
  const state = failed ? `${version} stays in force, the files have errors` : version;
  return {
    ok: true,
    ...(failed ? { attention: true } : {}),
    detail: [state, ...problems.map(formatProblem)].join('; '),
  };
}

/** The service works without it, and Keycloak's door goes by the last policy that it has. */
function doorCheck(state: DoorState | null): Check {
  if (state === null) {
    return { ok: true, detail: 'no EVENT_SIGNING_KEY: no policy goes to the door of Keycloak' };
  }
  const { inForce, own, agrees } = state;
  if (agrees) {
    return { ok: true, detail: `policy ${own} is published` };
  }
  const there = inForce === null ? 'no policy is published' : `the policy published is ${inForce}`;
  return { ok: true, attention: true, detail: `${there}, the rules in force here are ${own}` };
}

/** An operator has to look at a stopped rule. The instance itself still works, so it stays ready. */
async function limitCheck(limit: LockoutLimit): Promise<Check> {
  try {
    const stopped = await limit.stopped();
    const texts = stopped.map(({ realm, file, rule, at }) => `${realm}: ${file} "${rule}" is stopped since ${iso(at)}`);
    return told(texts, 'no rule is stopped');
  } catch (error) {
    return noAnswer(error);
  }
}

/** What waits does so for all instances. None of them would mend it by going out of service. */
async function auditCheck(audit: HealthDeps['audit']): Promise<Check> {
  try {
    const { entries, oldestMs, refused } = await audit.backlog();
    const waiting =
      entries === 0
        ? []
        : [`${entries} of the audit entries wait for Kafka, the first for ${Math.round(oldestMs / 1_000)} s`];
    const apart = refused === 0 ? [] : [`Kafka refuses ${refused} of the entries`];
    return told([...waiting, ...apart], 'Kafka has all entries');
  } catch (error) {
    return noAnswer(error);
  }
}

/** What people decided, and what does not come about. Each is tried again by itself, or waits for somebody. */
async function outcomesCheck(inTrouble: HealthDeps['outcomesInTrouble']): Promise<Check> {
  try {
    const troubles = await inTrouble();
    const first = troubles.flat().toSorted((one, two) => one.since - two.since)[0];
    const givenUp = troubles.filter((those) => those.some((one) => one.givenUp)).length;
    const texts =
      first === undefined
        ? []
        : [
            `what follows ${troubles.length} approvals is not done, the first since ${iso(first.since)}: ${first.code}`,
            ...(givenUp > 0 ? [`${givenUp} of them are given up`] : []),
          ];
    return told(texts, 'what follows each decided approval is done, or about to be');
  } catch (error) {
    return noAnswer(error);
  }
}

/** Every instance meets the same systems. Work waits for them in the queues, and goes on by itself. */
async function systemsCheck(outages: Promise<readonly Outage[]>): Promise<Check> {
  try {
    const texts = (await outages).map(({ system, since }) => `${system}: since ${iso(since)}`);
    return told(texts, 'none is known to be away');
  } catch (error) {
    return noAnswer(error);
  }
}

/** What Kafka brings is handled without the net. To take instances out of service would stop that as well. */
async function safetyNetCheck(
  net: SafetyNet,
  arrivals: HealthDeps['arrivals'],
  realms: readonly string[],
): Promise<Check> {
  try {
    const off = (await net.states(realms)).filter(({ fault }) => fault !== null);
    const texts = off.map(({ realm, fault, since }) => `${realm}: ${fault} since ${iso(since)}`);
    const late = (await arrivals.missed(realms)).map(
      ({ realm, registrations }) =>
        `${realm}: ${registrations} registrations of the last five minutes came by the event store alone`,
    );
    return told([...texts, ...late], 'on in every realm');
  } catch (error) {
    return noAnswer(error);
  }
}

/** The service goes by Keycloak's clock, so a wrong one of its own stops nothing. */
function clockCheck(clock: KeycloakClock): Check {
  const complaint = clock.complaint();
  return told(complaint === null ? [] : [complaint], "agrees with Keycloak's");
}

function told(texts: readonly string[], none: string): Check {
  return texts.length === 0 ? { ok: true, detail: none } : { ok: true, attention: true, detail: texts.join('; ') };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function noAnswer(error: unknown): Check {
  return { ok: false, detail: error instanceof Error ? error.message : 'no answer' };
}
