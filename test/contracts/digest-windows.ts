import { randomUUID } from 'node:crypto';

import { expect, it } from '@jest/globals';

import type { DigestWindows } from '../../src/approvals/digest-windows.ts';
import type { Asked } from '../../src/jobs/questions.ts';

const minute = 60_000;
const span = 15 * minute;
const question = (id: string): Asked => ({ id, approvalId: `of-${id}`, approver: 0, reminder: false });

/** What every keeper of windows does, the real one and the tests' own. @param windows by a clock that the test sets */
export function digestWindowsContract(windows: (now: () => number) => DigestWindows): void {
  function setup() {
    const time = { now: 1_700_000_000_000 };
    return { time, store: windows(() => time.now), reader: randomUUID() };
  }

  it('lets the first question go, and collects those that come before the time is over', async () => {
    const { time, store, reader } = setup();
    await expect(store.enter(reader, question('a'), span)).resolves.toBe('at-once');
    const opened = time.now;
    time.now += minute;
    await expect(store.enter(reader, question('b'), span)).resolves.toEqual({ window: opened, until: opened + span });
    await expect(store.enter(reader, question('c'), span)).resolves.toEqual({ window: opened, until: opened + span });
    await expect(store.enter(randomUUID(), question('d'), span)).resolves.toBe('at-once');
  });

  it('gives a question the same answer again', async () => {
    const { store, reader } = setup();
    await store.enter(reader, question('a'), span);
    const collected = await store.enter(reader, question('b'), span);
    await expect(store.enter(reader, question('a'), span)).resolves.toBe('at-once');
    await expect(store.enter(reader, question('b'), span)).resolves.toEqual(collected);
    if (collected !== 'at-once') {
      await expect(store.close({ reader, ...collected }, 'digest', span)).resolves.toEqual([question('b')]);
    }
  });

  it('lets a question go when nothing was sent for as long as the rule says', async () => {
    const { time, store, reader } = setup();
    await store.enter(reader, question('a'), span);
    time.now += span;
    await expect(store.enter(reader, question('b'), span)).resolves.toBe('at-once');
  });

  it('opens the next window where one is closed, and tells the closing job the same twice', async () => {
    const { time, store, reader } = setup();
    await store.enter(reader, question('a'), span);
    const window = time.now;
    await store.enter(reader, question('b'), span);
    await store.enter(reader, question('c'), span);
    time.now += span;
    const which = { reader, window };
    await expect(store.close(which, 'digest-1', span)).resolves.toEqual([question('b'), question('c')]);
    const closed = time.now;
    time.now += minute;
    await expect(store.enter(reader, question('d'), span)).resolves.toEqual({ window: closed, until: closed + span });
    await expect(store.close(which, 'digest-1', span)).resolves.toEqual([question('b'), question('c')]);
    await expect(store.enter(reader, question('e'), span)).resolves.toEqual({ window: closed, until: closed + span });
  });

  it('goes on collecting while the message of a window is late, but not for ever', async () => {
    const { time, store, reader } = setup();
    await store.enter(reader, question('a'), span);
    const opened = time.now;
    await store.enter(reader, question('b'), span);
    time.now += span + minute;
    await expect(store.enter(reader, question('c'), span)).resolves.toEqual({ window: opened, until: opened + span });
    time.now += span;
    await expect(store.enter(reader, question('d'), span)).resolves.toBe('at-once');
  });

  it('knows what was sent', async () => {
    const { time, store, reader } = setup();
    await store.enter(reader, question('a'), span);
    const which = { reader, window: time.now };
    await store.enter(reader, question('b'), span);
    await store.enter(reader, question('c'), span);
    await expect(store.wasSent(reader, 'b')).resolves.toBe(false);
    await store.done(which, ['b']);
    await expect(Promise.all(['b', 'c'].map((id) => store.wasSent(reader, id)))).resolves.toEqual([true, false]);
    await expect(store.wasSent(randomUUID(), 'b')).resolves.toBe(false);
    await expect(store.close(which, 'digest-1', span)).resolves.toEqual([]);
  });

  it('forgets a window after which nothing was sent, unless it has collected something', async () => {
    const { time, store, reader } = setup();
    await store.enter(reader, question('a'), span);
    await store.enter(reader, question('b'), span);
    const which = { reader, window: time.now };
    time.now += span;
    await store.close(which, 'digest-1', span);
    await store.withdraw(reader, 'digest-2');
    await expect(store.enter(reader, question('c'), span)).resolves.not.toBe('at-once');
    await store.withdraw(reader, 'digest-1');
    await expect(store.enter(reader, question('d'), span)).resolves.not.toBe('at-once');
    await store.close({ reader, window: time.now }, 'digest-2', span);
    await store.withdraw(reader, 'digest-2');
    await expect(store.enter(reader, question('e'), span)).resolves.toBe('at-once');
  });
}
