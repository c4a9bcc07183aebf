import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type KeycloakAdminEnv, provisionRealm, redirectUri } from '../../stack/realm.ts';
import { startOwnKeycloak } from '../../test/stack/support/own-keycloak.ts';
import { stackEnv } from '../../test/stack/support/realm.ts';
import { Visit } from '../../test/stack/support/visit.ts';
import { requireStack } from '../bench-realm.ts';
import { median } from '../figures.ts';
import { rotated } from '../turns.ts';
import { doorRealm, ruleFile, startAtDoor } from './scene.ts';

const usage = 'npm run bench -- saved-rule [TIMES]';
const file = 'portal.yaml';

/** The ways to save a file: what has to be there before, and then the moment itself. */
const ways = {
  'renamed into place': async (dir: string, text: string) => {
    const elsewhere = `${dir}.new`;
    await writeFile(elsewhere, text);
    await sleep(50); // the file system's clock ticks: a rename in the tick of the write looks like a write
    return () => rename(elsewhere, join(dir, file));
  },
  // It may be half written: the service waits until it rests.
  'written in place': async (dir: string, text: string) => () => writeFile(join(dir, file), text),
} as const;
type Way = keyof typeof ways;
const names = Object.keys(ways) as Way[];

/**
 * From saving a rule file to the door of two Keycloak nodes, as a visitor sees it: the form is there, or the page that
 * says that nobody registers here.
 */
export async function run([times = '50']: readonly string[]): Promise<void> {
  requireStack(usage);
  const realm = await doorRealm('bench-saved-rule', ['portal']);
  const other = await startOwnKeycloak(stackEnv.KAFKA_BROKERS);
  try {
    await provisionRealm(other.env, { realm: realm.realm, clients: [{ clientId: 'portal' }], setup: { door: true } });
    const open = ruleFile(realm, 'portal', ['then: [log-out-user]'], false);
    const closed = ruleFile(realm, 'portal', ['then: [refuse-registration]']);
    const service = await startAtDoor(realm, { [file]: open });
    try {
      const nodes = [stackEnv, other.env];
      const seen = (status: number) => Promise.all(nodes.map((node) => untilStatus(node, realm.realm, status)));
      await seen(200);
      const took: Record<Way, number[]> = { 'renamed into place': [], 'written in place': [] };
      for (let round = 0; round < Number(times); round += 1) {
        for (const [turn, way] of rotated(names, round).entries()) {
          const closes = turn === 0;
          const save = await ways[way](service.settings.RULES_DIR, closes ? closed : open);
          const begun = performance.now();
          await save();
          await seen(closes ? 403 : 200);
          took[way].push(performance.now() - begun);
        }
      }
      console.log(`from saving a rule file to the door of ${nodes.length} nodes, ${times} times each`);
      for (const way of names) {
        const worst = Math.max(...took[way]);
        console.log(`  ${way.padEnd(20)} median ${median(took[way]).toFixed(0)} ms, worst ${worst.toFixed(0)} ms`);
      }
    } finally {
      await service.dispose();
    }
  } finally {
    await other.dispose();
    await realm.dispose();
  }
}

/** Opens the form again and again, as a visitor without cookies. */
async function untilStatus({ KEYCLOAK_URL }: KeycloakAdminEnv, realm: string, wanted: number): Promise<void> {
  const target = { keycloakUrl: KEYCLOAK_URL, realm, clientId: 'portal', redirectUri };
  for (const deadline = Date.now() + 60_000; ; await sleep(10)) {
    const { status } = await new Visit(target).open({ prompt: 'create' });
    if (status === wanted) {
      return;
    }
    if (Date.now() > deadline) {
      throw new Error(`${KEYCLOAK_URL} still answers ${status}, and not ${wanted}`);
    }
  }
}
