import { findPostgres } from '../../../stack/servers/postgres.ts';
import type { BreakableStack } from './breakable.ts';
import type { FaultCase } from './fault-case.ts';
import { type Findings, judge } from './judge.ts';
import { type OwnKeycloak, startOwnKeycloak } from './own-keycloak.ts';
import { Scene } from './scene.ts';

export interface CaseResult extends Findings {
  readonly name: string;
  readonly seed: number;
  /** Times that the service ended by itself, and rejections that nothing handled. */
  readonly unhandled: number;
  /** What had to hold besides, and did not. */
  readonly broken: readonly string[];
  /** What the case wants to be read besides. */
  readonly notes: readonly string[];
  /** Faults by kind, where chance makes them. */
  readonly faults: Readonly<Record<string, number>>;
  readonly verdict: 'holds' | 'broken' | 'skipped';
  readonly seconds: number;
}

const nothing: Findings = {
  registrations: 0,
  lost: [],
  doubled: [],
  longestExposureMs: null,
  longestHealthyMs: null,
  givenUp: 0,
  repeats: 0,
};

/** Breaks, heals, waits until all rests, and judges. A case that cannot even be run is broken. */
export async function runCase(fault: FaultCase, seed: number, stack: BreakableStack | null): Promise<CaseResult> {
  const since = Date.now();
  const { name } = fault;
  const elapsed = (): number => Math.round((Date.now() - since) / 100) / 10;
  const postgres = fault.ownKeycloak === true ? await findPostgres() : null;
  const missing =
    fault.ownStack === true && stack === null
      ? 'it crashes servers of the stack, which are not the suite’s own here'
      : postgres;
  if (typeof missing === 'string') {
    return {
      name,
      seed,
      ...nothing,
      unhandled: 0,
      broken: [missing],
      notes: [],
      faults: {},
      verdict: 'skipped',
      seconds: 0,
    };
  }
  let own: OwnKeycloak | null = null;
  let scene: Scene | null = null;
  const broken: string[] = [];
  let findings = nothing;
  let unhandled = 0;
  try {
    own = missing === null ? null : await startOwnKeycloak(missing);
    scene = await Scene.open(seed, stack, own);
    await fault.run(scene).catch((error: unknown) => broken.push(`the case ended early: ${inShort(error)}`));
    findings = judge(await scene.evidence(fault.mailTwice === true ? 2 : 1));
    unhandled = scene.instances.reduce((sum, one) => sum + one.crashes + one.logged(/unhandled/i), 0);
    broken.push(...scene.claims.filter(({ holds }) => !holds).map(({ text }) => `not so: ${text}`));
    broken.push(...faultsOf(findings, unhandled, fault));
  } catch (error) {
    broken.push(inShort(error));
  } finally {
    await (broken.length > 0 ? scene?.keepLogs(name) : undefined);
    await scene?.close().catch((error: unknown) => broken.push(`not left tidy: ${inShort(error)}`));
    await own?.dispose();
  }
  return {
    name,
    seed,
    ...findings,
    unhandled,
    broken,
    notes: scene?.notes ?? [],
    faults: scene?.faults ?? {},
    verdict: broken.length === 0 ? 'holds' : 'broken',
    seconds: elapsed(),
  };
}

function faultsOf(findings: Findings, unhandled: number, { exposureMs, givesUp = 0 }: FaultCase): string[] {
  const { lost, doubled, givenUp, longestExposureMs } = findings;
  return [
    ...lost.map((who) => `lost: ${who}`),
    ...doubled.map((what) => `twice: ${what}`),
    ...(givenUp === givesUp ? [] : [`${givenUp} jobs were given up, not ${givesUp}`]),
    ...(unhandled > 0 ? [`the service ended by itself, or left an error unhandled, ${unhandled} times`] : []),
    ...(exposureMs !== undefined && (longestExposureMs ?? 0) > exposureMs
      ? [`a door stood open for ${longestExposureMs} ms, more than ${exposureMs}`]
      : []),
  ];
}

function inShort(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 400);
}
