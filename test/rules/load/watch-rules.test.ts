import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';

import { watchRules, type WatchedRules, type RulesOptions } from '../../../src/rules/load/watch-rules.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) {
    await cleanUp();
  }
});

const rules = (name: string): string =>
  `version: 1\nrealm: acme\nclients: [shop]\nrules:\n  - name: ${name}\n    then: []\n`;

async function setup({ cannot }: Partial<RulesOptions> = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-in-force-'));
  cleanUps.push(() => rm(dir, { recursive: true, force: true }));
  const log: string[] = [];
  const states: boolean[] = [];
  return {
    dir,
    log,
    states,
    start: async (): Promise<WatchedRules> => {
      const kept = await watchRules({
        dir,
        log: pino({}, { write: (line: string) => void log.push(line) }),
        everyMs: 10,
        ...(cannot === undefined ? {} : { cannot }),
        onChange: ({ ok }) => void states.push(ok),
      });
      cleanUps.push(() => kept.stop());
      return kept;
    },
  };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > deadline) {
      throw new Error(`still not so: ${condition.toString()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const nameIn = (kept: WatchedRules): string | undefined => kept.current().files[0]?.rules[0]?.name;

describe('src/rules/load/watch-rules', () => {
  it('takes up a change without a restart', async () => {
    const { dir, states, start } = await setup();
    await writeFile(join(dir, 'a.yaml'), rules('old'));
    const kept = await start();
    expect(nameIn(kept)).toBe('old');
    await writeFile(join(dir, 'a.yaml'), rules('newer'));
    await until(() => nameIn(kept) === 'newer');
    expect(states).toEqual([true, true]);
  });

  it('keeps the last good rules when a file turns bad, says so, and recovers', async () => {
    const { dir, states, log, start } = await setup();
    await writeFile(join(dir, 'a.yaml'), rules('good'));
    const kept = await start();
    await writeFile(join(dir, 'a.yaml'), rules('half').slice(0, -3));
    await until(() => states.at(-1) === false);
    expect(nameIn(kept)).toBe('good');
    expect(kept.problems()).toHaveLength(1);
    expect(log.at(-1)).toContain('a.yaml:6:11');
    await writeFile(join(dir, 'a.yaml'), rules('better'));
    await until(() => nameIn(kept) === 'better');
    expect(kept.problems()).toEqual([]);
  });

  it('takes up a list file, an added file and a removed one', async () => {
    const { dir, start } = await setup();
    const other = rules('other').replace('shop', 'blog');
    await writeFile(
      join(dir, 'a.yaml'),
      rules('a').replace('then', 'when: { email-domain: { list: l.txt } }\n    then'),
    );
    await writeFile(join(dir, 'l.txt'), 'a.example');
    const kept = await start();
    const { version } = kept.current();
    await writeFile(join(dir, 'l.txt'), 'b.example.org');
    await until(() => kept.current().version !== version);
    await writeFile(join(dir, 'b.yaml'), other);
    await until(() => kept.current().files.length === 2);
    await rm(join(dir, 'a.yaml'));
    await until(() => kept.current().files.length === 1);
    expect(kept.current().files[0]?.file).toBe('b.yaml');
  });

  it('notices the swap of a link, as Kubernetes updates a mounted folder, also when only a list is another', async () => {
    const { dir, start } = await setup();
    const listed = (name: string): string =>
      rules(name).replace('then', 'when: { email-domain: { list: lists/l.txt } }\n    then');
    for (const [version, name, list] of [
      ['one', 'first', 'a.example'],
      ['two', 'second', 'a.example'],
      ['three', 'second', 'b.example'],
    ] as const) {
      await mkdir(join(dir, `..${version}`, 'lists'), { recursive: true });
      await writeFile(join(dir, `..${version}`, 'a.yaml'), listed(name));
      await writeFile(join(dir, `..${version}`, 'lists', 'l.txt'), list);
    }
    await symlink('..one', join(dir, '..data'));
    await symlink('..data/a.yaml', join(dir, 'a.yaml'));
    await symlink('..data/lists', join(dir, 'lists'));
    const kept = await start();
    const swap = async (target: string): Promise<void> => {
      await symlink(target, join(dir, '..next'));
      await rename(join(dir, '..next'), join(dir, '..data'));
    };
    expect(nameIn(kept)).toBe('first');
    await swap('..two');
    await until(() => nameIn(kept) === 'second');
    const { version } = kept.current();
    await swap('..three');
    await until(() => kept.current().version !== version);
    expect(nameIn(kept)).toBe('second');
  });

  it('keeps the last good rules when the swapped-in folder has an error, and when the link leads nowhere', async () => {
    const { dir, states, log, start } = await setup();
    await mkdir(join(dir, '..one'));
    await mkdir(join(dir, '..bad'));
    await writeFile(join(dir, '..one', 'a.yaml'), rules('one'));
    await writeFile(join(dir, '..bad', 'a.yaml'), rules('bad').replace('name', 'nmae'));
    await symlink('..one', join(dir, '..data'));
    await symlink('..data/a.yaml', join(dir, 'a.yaml'));
    const kept = await start();
    for (const [target, why] of [
      ['..bad', 'did you mean \\"name\\"'],
      ['..gone', 'a.yaml cannot be read: ENOENT'],
    ] as const) {
      await symlink(target, join(dir, '..next'));
      await rename(join(dir, '..next'), join(dir, '..data'));
      await until(() => log.at(-1)?.includes(why) === true);
      expect(states.at(-1)).toBe(false);
      expect(nameIn(kept)).toBe('one');
    }
  });

  it('keeps the last good rules while the folder is away, and takes it up when it is back', async () => {
    const { dir, states, log, start } = await setup();
    await writeFile(join(dir, 'a.yaml'), rules('good'));
    const kept = await start();
    await rename(dir, `${dir}-away`);
    cleanUps.push(() => rm(`${dir}-away`, { recursive: true, force: true }));
    await until(() => states.at(-1) === false);
    expect(nameIn(kept)).toBe('good');
    expect(log.at(-1)).toContain('cannot be read: ENOENT');
    await rename(`${dir}-away`, dir);
    await writeFile(join(dir, 'a.yaml'), rules('better'));
    await until(() => nameIn(kept) === 'better' && states.at(-1) === true);
  });

  it('keeps the last good rules when a list file goes away, and when all files do', async () => {
    const { dir, states, log, start } = await setup();
    await writeFile(
      join(dir, 'a.yaml'),
      rules('good').replace('then', 'when: { email-domain: { list: l.txt } }\n    then'),
    );
    await writeFile(join(dir, 'l.txt'), 'a.example');
    const kept = await start();
    await rm(join(dir, 'l.txt'));
    await until(() => states.at(-1) === false);
    expect(log.at(-1)).toContain('l.txt cannot be read: ENOENT');
    await rm(join(dir, 'a.yaml'));
    await until(() => log.at(-1)?.includes('holds no *.yaml file') === true);
    expect(nameIn(kept)).toBe('good');
  });

  it('keeps the last good rules when a file may not be read', async () => {
    const { dir, states, log, start } = await setup();
    await writeFile(join(dir, 'a.yaml'), rules('good'));
    const kept = await start();
    await rm(join(dir, 'a.yaml'));
    // The superuser may read every file; a link out of the folder is refused to everybody.
    const superuser = process.getuid?.() === 0;
    if (superuser) {
      await symlink('/etc/hostname', join(dir, 'a.yaml'));
    } else {
      await writeFile(join(dir, 'a.yaml'), rules('hidden'));
      await chmod(join(dir, 'a.yaml'), 0o000);
    }
    const why = superuser ? 'a.yaml lies outside the rules folder' : 'a.yaml cannot be read: EACCES';
    await until(() => log.at(-1)?.includes(why) === true);
    expect(states.at(-1)).toBe(false);
    expect(nameIn(kept)).toBe('good');
  });

  it('keeps the last good rules when new ones ask for what this service cannot do, at the start refuses them', async () => {
    const fault = { file: 'a.yaml', line: 5, col: 1, severity: 'error', message: 'no can do' } as const;
    const { dir, states, log, start } = await setup({
      cannot: (book) => (book.files[0]?.rules[0]?.name === 'too much' ? [fault] : []),
    });
    await writeFile(join(dir, 'a.yaml'), rules('good'));
    const kept = await start();
    await writeFile(join(dir, 'a.yaml'), rules('too much'));
    await until(() => states.at(-1) === false);
    expect(nameIn(kept)).toBe('good');
    expect(kept.problems()).toEqual([fault]);
    expect(log.at(-1)).toContain('a.yaml:5:1 no can do');
    await expect(start()).rejects.toMatchObject({
      code: 'RULES_INVALID',
      message: expect.stringContaining('no can do'),
    });
  });

  it('does not start without good rules', async () => {
    const { start } = await setup();
    await expect(start()).rejects.toMatchObject({ code: 'RULES_INVALID' });
  });

  it('says so when looking at the files fails, and looks again', async () => {
    const { dir, log, start } = await setup({
      cannot: (book) => {
        if (book.files[0]?.rules[0]?.name === 'boom') {
          throw new Error('a fault of ours');
        }
        return [];
      },
    });
    await writeFile(join(dir, 'a.yaml'), rules('good'));
    const kept = await start();
    await writeFile(join(dir, 'a.yaml'), rules('boom'));
    await until(() => log.at(-1)?.includes('the rule files could not be looked at') === true);
    expect(log.at(-1)).toContain('a fault of ours');
    expect(nameIn(kept)).toBe('good');
    await writeFile(join(dir, 'a.yaml'), rules('better'));
    await until(() => nameIn(kept) === 'better');
  });

  it('remembers the rules in force', async () => {
    const { dir, start } = await setup();
    await writeFile(join(dir, 'a.yaml'), rules('good'));
    const kept = await start();
    const saved: string[] = [];
    await kept.remember({
      load: async () => [],
      save: async (sources) => void saved.push(...sources.map(({ file }) => file)),
    });
    expect(saved).toEqual(['a.yaml']);
  });
});
