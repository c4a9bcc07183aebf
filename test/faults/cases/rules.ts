import { appendFile, rename, rm, writeFile } from 'node:fs/promises';
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
    fast: true,
    async run(scene) {
      const half = `version: 1\nrealm: ${scene.realm.realm}\nclients: [closed]\nrules:\n  - name: friends\n    then: [{ join-group: /partners }]\n`;
      const first = half.replace('    then', '    when: { username: nobody }\n    then');
      const service = await scene.service();
      await scene.register('closed', 1);
      const file = join(service.rulesDir, 'closed.yaml');
      await writeFile(file, first);
      let registering: Promise<unknown> = Promise.resolve();
      // The writer is slow, and never done: a comment each time.
      for (let line = 0; line < 16; line++) {
        await appendFile(file, `# ${line}\n`);
        await scene.pass(300);
        registering = line === 7 ? scene.register('closed', 3) : registering;
      }
      await registering;
      await appendFile(file, '  - name: the rest\n    then: [disable-user]\n');
      await scene.register('closed', 1);
    },
  },
  {
    name: 'rule-file-broken',
    breaks: 'a rule file becomes one that cannot be read, and then a folder',
    proves: ['P9'],
    fast: true,
    async run(scene) {
      const service = await scene.service();
      const file = join(service.rulesDir, 'closed.yaml');
      await writeFile(file, 'version: 1\nrealm: [');
      await scene.comes('the service says that the rules of before stay in force', () =>
        service.lines.some(({ level }) => /error|50/.test(String(level))),
      );
      await scene.register('closed', 2);
      await writeFile(`${file}.new`, scene.rulesOf('closed'));
      await rename(`${file}.new`, file);
      await scene.register('closed', 1);
    },
  },
];
