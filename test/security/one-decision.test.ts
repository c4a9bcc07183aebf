import { afterEach, describe, expect, it } from '@jest/globals';

import { expire } from '../../src/approvals/transitions.ts';
import { send, sendForm } from './support/client.ts';
import { buttonsOf, press, pressOn, read } from './support/forms.ts';
import { openScene, type Scene, type SceneOptions } from './support/scene.ts';

// One question, one decision. The same on the real Redis, Kafka and Keycloak: test/stack/security/races.test.ts.

let scene: Scene;

afterEach(() => scene.close());

async function open(options: SceneOptions = {}): Promise<Scene> {
  scene = await openScene(options);
  return scene;
}

describe('one press decides, and no later one', () => {
  it.each(['approve', 'reject'] as const)(
    'S4: %s decides once; sent again, reloaded, and from the page of before, it changes nothing',
    async (verdict) => {
      const { url, current, votes, outcomes } = await open();
      const other = verdict === 'approve' ? 'reject' : 'approve';
      const [form, opposite] = [await read(url, verdict), await read(url, other)];
      const first = await pressOn(url, form, verdict);
      expect([first.status, first.headers.location]).toEqual([303, new URL(url).pathname]);
      const decided = await current();
      expect(decided).toMatchObject({ state: verdict === 'approve' ? 'approved' : 'rejected' });

      const repeated = await pressOn(url, form, verdict);
      const turned = await pressOn(url, opposite, other);
      const reloaded = await send(url);

      expect([repeated.status, turned.status, reloaded.status]).toEqual([303, 409, 200]);
      for (const { body } of [turned, reloaded]) {
        expect(buttonsOf(body)).toEqual([]);
      }
      expect(await current()).toEqual(decided);
      expect(votes()).toHaveLength(1);
      expect(outcomes()).toHaveLength(1);
    },
  );

  it('S4: a vote that waits for others cannot be given twice, nor for somebody else', async () => {
    const { url, bobs, current, votes } = await open({ request: { need: 2 } });
    const [form, bobsForm] = [await read(url, 'approve'), await read(bobs, 'approve')];
    await pressOn(url, form, 'approve');
    await pressOn(url, form, 'approve');
    expect((await sendForm(bobs, form)).status).toBe(403);
    expect((await sendForm(url, bobsForm)).status).toBe(403);
    expect(await current()).toMatchObject({ state: 'waiting', votes: [{ approver: 'ann@acme.com' }] });
    expect(votes()).toHaveLength(1);
  });

  it('S5: of fifty presses at once, approve against reject, one wins, and all are told the same', async () => {
    const { url, bobs, at, tokens, serve, current, votes, outcomes } = await open();
    const second = await serve();
    const places = [url, bobs, at(tokens[0], second), at(tokens[1], second)];
    const presses = await Promise.all(
      places.flatMap((place) =>
        (['approve', 'reject'] as const).map(async (verdict) => ({ place, verdict, form: await read(place, verdict) })),
      ),
    );
    await Promise.all(
      Array.from({ length: 50 }, (_, nth) => presses[nth % presses.length]!).map(({ place, verdict, form }) =>
        pressOn(place, form, verdict),
      ),
    );
    const { state, revision } = await current();
    expect(['approved', 'rejected']).toContain(state);
    expect(revision).toBe(2);
    expect(votes()).toHaveLength(1);
    expect(outcomes()).toHaveLength(1);
    const outcome = (body: string) => /class="outcome (\w+)"/.exec(body)?.[1];
    const told = await Promise.all(places.map(async (place) => outcome((await send(place)).body)));
    expect(told).toEqual(places.map(() => state));
  });
});

describe('a link ends', () => {
  const hour = 3_600_000;

  it('S8: a second before its end a press counts; at its end, a second after it, and for good, none does', async () => {
    const { url, clock, approval, current, all } = await open({ request: { need: 2, expireAfter: hour } });
    clock.now = approval.expiresAt - 1_000;
    const form = await read(url, 'approve');
    const before = all();
    for (const late of [0, 1_000, 3_650 * 24 * hour]) {
      clock.now = approval.expiresAt + late;
      expect((await send(url)).status).toBe(410);
      expect((await sendForm(url, form)).status).toBe(410);
    }
    expect(all()).toBe(before);
    clock.now = approval.expiresAt - 1_000;
    await pressOn(url, form, 'approve');
    expect((await current()).votes).toHaveLength(1);
  });

  it('S8: the end of a link cannot be moved: it is under the signature', async () => {
    const { tokens, at, clock, approval, all } = await open({ request: { expireAfter: hour } });
    const [key = '', encoded = ''] = tokens[0].split('.');
    const bytes = Buffer.from(encoded, 'base64url');
    bytes.writeUIntBE(bytes.readUIntBE(18, 5) + 86_400, 18, 5);
    const later = `${key}.${bytes.toString('base64url')}`;
    const before = all();
    for (const now of [approval.expiresAt - 1, approval.expiresAt + 1]) {
      clock.now = now;
      expect((await send(at(later))).status).toBe(404);
    }
    expect(all()).toBe(before);
  });

  it('S8: an instance whose clock is five minutes behind turns no end into a decision', async () => {
    const { url, bobs, at, tokens, serve, clock, approval, approvals, current, votes } = await open();
    const behind = await serve({ now: () => clock.now - 300_000 });
    const form = await read(at(tokens[0], behind), 'approve');
    clock.now = approval.expiresAt + 1_000;
    // The instance whose clock is right ends it, as its sweep does.
    await approvals.replace(expire(approval, clock.now));
    expect((await pressOn(at(tokens[0], behind), form, 'approve')).status).toBe(409);
    expect((await current()).state).toBe('expired');
    expect(votes()).toEqual([]);
    for (const place of [url, bobs, at(tokens[1], behind)]) {
      expect(buttonsOf((await send(place)).body)).toEqual([]);
    }
  });

  it('S8: a press that was counted by a clock that is behind stays, and the end of the time does not undo it', async () => {
    const { at, tokens, serve, clock, approval, approvals, current } = await open();
    const behind = await serve({ now: () => clock.now - 300_000 });
    clock.now = approval.expiresAt + 1_000;
    expect((await press(at(tokens[0], behind), 'approve')).status).toBe(303);
    expect(await approvals.replace(expire(approval, clock.now))).toBe(false);
    expect((await current()).state).toBe('approved');
  });
});
