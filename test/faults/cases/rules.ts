import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { FaultCase } from '../support/fault-case.ts';

export const ruleCases: readonly FaultCase[] = [
  {
    name: 'rule-versions-differ',
    breaks: 'one instance has the rules of yesterday, which shut people out; the other has newer ones that let them in',
    proves: ['P1', 'P2'],
    async run(scene) {
      const first = await scene.service();
      const newer = { ...scene.rules(), 'closed.yaml': scene.rulesOf('closed', '[{ join-group: /partners }]') };
      await scene.service({}, { rules: newer, beside: first });
      const names = await scene.register('closed', 16);
      const shutOut = new Set<string>();
      const decided = new Set<string>();
      await scene.comes('each of them is decided', async () => {
        for (const { kind, userId = '', step } of await scene.audit()) {
          if (kind === 'step') {
            decided.add(userId);
          }
          if (kind === 'step' && step === 'disable-user') {
            shutOut.add(userId);
          }
        }
        return decided.size >= names.length;
      });
      for (const name of names) {
        const id = (await scene.realm.userNamed(name))?.id ?? '';
        scene.expect(name, shutOut.has(id) ? 'disabled' : 'member');
      }
    },
  },
  {
    name: 'rule-file-deleted',
    breaks: 'the rule file that shuts people out is deleted',
    proves: ['P9'],
    fast: true,
    async run(scene) {
      const service = await scene.service();
      await scene.register('closed', 1);
      const before = service.lines.length;
      await rm(join(service.rulesDir, 'closed.yaml'));
      await scene.comes('the service says so at level warn or error', () =>
        service.lines
          .slice(before)
          .some(({ level, msg }) => /warn|error|40|50/.test(String(level)) && String(msg) !== ''),
      );
      await scene.register('closed', 3);
    },
  },
  {
    name: 'rule-file-half-written',
    breaks: 'a rule file is written slowly, and its first half is a valid file that lets people in',
    proves: ['P9'],
    async run(scene) {
      const half = `version: 1\nrealm: ${scene.realm.realm}\nclients: [closed]\nrules:\n  - name: nobody\n    when: { username: nobody }\n    then: [disable-user]\n`;
      const service = await scene.service();
      await scene.register('closed', 1);
      const file = join(service.rulesDir, 'closed.yaml');
      const writer = spawn('sh', ['-c', slowWriter], { env: { ...process.env, FILE: file, HALF: half } });
      const written = once(writer, 'exit');
      await scene.register('closed', 4);
      await written;
      await scene.comes('the whole file is in force', () => service.logged('rules in force') > 1);
      scene.claim('the half never was', service.logged('rules in force') === 2);
      await scene.register('closed', 1);
    },
  },
  {
    name: 'rule-file-broken',
    breaks: 'a rule file becomes one that cannot be parsed, a folder, a link to nothing, and one that may not be read',
    proves: ['P9'],
    fast: true,
    async run(scene) {
      const service = await scene.service();
      const file = join(service.rulesDir, 'closed.yaml');
      const stays = 'rule files have errors; the last good rules stay in force';
      const said = async (what: string, wrong: Promise<unknown>): Promise<void> => {
        const before = service.logged(stays);
        await wrong;
        await scene.comes(`the service says that it is ${what}`, () => service.logged(stays) > before);
        await scene.register('closed', 1);
      };
      await said('broken', writeFile(file, 'version: 1\nrealm: ['));
      await rm(file);
      await said('a folder', mkdir(file));
      await rm(file, { recursive: true });
      await said('a link to nothing', symlink('nowhere', file));
      await scene.comes('the rules of before shut each of them out', async () => {
        const steps = (await scene.audit()).filter(({ step }) => step === 'disable-user');
        return steps.length >= 3;
      });
      const good = join(service.rulesDir, 'later');
      await writeFile(good, scene.rulesOf('closed', '[{ join-group: /partners }]'));
      if (process.getuid?.() !== 0) {
        await said('not readable', swap(file, good, 0o000)); // root may read all
        await chmod(good, 0o600);
      }
      await swap(file, good, 0o600);
      await scene.comes('the file behind the link is in force', () => service.logged('rules in force') > 1);
      await scene.register('closed', 1, 'member');
    },
  },
];

/** Each stop is longer than a service that waits for a second of rest; it has to wait for two. */
const slowWriter =
  'printf %s "$HALF" > "$FILE"; for line in 1 2 3 4 5; do sleep 1.3; echo "# $line" >> "$FILE"; done; ' +
  'printf "  - name: the rest\\n    then: [disable-user]\\n" >> "$FILE"';

/** As Kubernetes does: the link leads to another file from one moment to the next. */
async function swap(link: string, target: string, mode: number): Promise<void> {
  await chmod(target, mode);
  await symlink(target, `${link}.new`);
  await rename(`${link}.new`, link);
}
