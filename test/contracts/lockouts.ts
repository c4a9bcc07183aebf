import { randomUUID } from 'node:crypto';

import { expect, it } from '@jest/globals';

import type { Lockouts, Registered } from '../../src/jobs/payloads.ts';

/** What holds for the marks of accounts, wherever they are kept. */
export function lockoutsContract(made: () => Lockouts): void {
  const somebody = (): Registered => ({ realm: 'acme', userId: randomUUID(), time: Date.now() });

  it('knows nothing of an account before it is claimed', async () => {
    const who = somebody();
    expect(await made().mark(who)).toEqual({ disabled: null, finished: false });
    expect(await made().claimed(who)).toBe(false);
  });

  it('lets an account be claimed once, also by several at once', async () => {
    const who = somebody();
    const claims = await Promise.all(Array.from({ length: 10 }, () => made().claim(who)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await made().claimed(who)).toBe(true);
    expect(await made().mark(who)).toEqual({ disabled: 'claimed', finished: false });
  });

  it('claims in one realm, and not in another that has the same user id', async () => {
    const who = somebody();
    await made().claim(who);
    expect(await made().claimed({ ...who, realm: 'other' })).toBe(false);
  });

  it('tells an account that is disabled from one that is about to be', async () => {
    const who = somebody();
    await made().claim(who);
    await made().disabled(who);
    expect(await made().mark(who)).toEqual({ disabled: 'done', finished: false });
    expect(await made().claimed(who)).toBe(true);
  });

  it('notes no disable of an account that was not claimed', async () => {
    const who = somebody();
    await made().disabled(who);
    expect(await made().mark(who)).toEqual({ disabled: null, finished: false });
  });

  it('lets nobody claim the account of a registration that is finished', async () => {
    const who = somebody();
    await made().open([who]);
    await made().finish(who);
    expect(await made().claim(who)).toBe(false);
    expect(await made().mark(who)).toEqual({ disabled: null, finished: true });
  });

  it('keeps that the account was disabled when the registration is finished', async () => {
    const who = somebody();
    await made().claim(who);
    await made().disabled(who);
    await made().finish(who);
    expect(await made().mark(who)).toEqual({ disabled: 'done', finished: true });
  });

  it('is claimed once, and let go by the decision; then nothing claims it any more', async () => {
    const who = somebody();
    await expect(made().claim(who)).resolves.toBe(true);
    await expect(made().wasLetGo(who)).resolves.toBe(false);
    await expect(made().letGo(who)).resolves.toBe(true);
    await expect(made().letGo(who)).resolves.toBe(true); // a repeat must know as well
    await expect(made().claimed(who)).resolves.toBe(false);
    await expect(made().wasLetGo(who)).resolves.toBe(true);
    await expect(made().claim(who)).resolves.toBe(false);
    await expect(made().mark(who)).resolves.toEqual({ disabled: null, finished: false });
  });

  it('cannot be claimed after it was let go unclaimed', async () => {
    const who = somebody();
    await expect(made().letGo(who)).resolves.toBe(false);
    await expect(made().letGo(who)).resolves.toBe(false);
    await expect(made().wasLetGo(who)).resolves.toBe(false);
    await expect(made().claim(who)).resolves.toBe(false);
    await expect(made().claimed(who)).resolves.toBe(false);
  });

  it('is taken by a decision, whatever it was', async () => {
    const who = somebody();
    await made().letGo(who);
    await made().take(who);
    await expect(made().claimed(who)).resolves.toBe(true);
    await made().disabled(who);
    await made().take(who);
    await expect(made().mark(who)).resolves.toEqual({ disabled: 'done', finished: false });
    await expect(made().letGo(who)).resolves.toBe(true);
  });

  it('is no longer let go when something locks out later', async () => {
    const who = somebody();
    await made().claim(who);
    await made().letGo(who);
    await made().takeBack(who);
    await expect(made().wasLetGo(who)).resolves.toBe(false);
    await expect(made().claimed(who)).resolves.toBe(true);
  });

  it('takes nothing back that was not let go', async () => {
    const [unknown, unclaimed] = [somebody(), somebody()];
    await made().letGo(unclaimed);
    await made().takeBack(unknown);
    await made().takeBack(unclaimed);
    await expect(made().claimed(unknown)).resolves.toBe(false);
    await expect(made().claimed(unclaimed)).resolves.toBe(false);
  });
}
