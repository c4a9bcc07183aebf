import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

/** The rules as the running service and its files have them, to be read. */
export interface RulesInForce {
  /** Version, and what is wrong with the files as they are now, in the service's own words. */
  readonly state: string;
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

const readiness = z.object({ checks: z.object({ rules: z.object({ detail: z.string() }) }) });

export async function rulesInForce(dir: string, opsUrl: string): Promise<RulesInForce> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'));
  const files = names.toSorted().map(async (name) => ({ name, text: await readFile(join(dir, name), 'utf8') }));
  return { state: await stateOf(opsUrl), files: await Promise.all(files) };
}

/** In the service's own words. */
export async function stateOf(opsUrl: string): Promise<string> {
  try {
    const answer: unknown = await (await fetch(`${opsUrl}/readyz`)).json();
    return readiness.parse(answer).checks.rules.detail;
  } catch {
    return 'the service does not say which rules are in force';
  }
}
