import { afterEach, describe, expect, it } from '@jest/globals';

import { mia } from '../fakes/registrations.ts';
import { send } from './support/client.ts';
import { buttonsOf, pressOn, read } from './support/forms.ts';
import { openScene, type Scene } from './support/scene.ts';

// What became of the account between the mail, the page and the press. On the real Keycloak: test/stack/voting.test.ts and
// test/stack/security/approver.test.ts.

let scene: Scene;

afterEach(() => scene.close());

const alerts = (page: string): number => page.split('role="alert"').length - 1;

describe('an account that is not as it was', () => {
  it('S9: deleted between page and press: nothing is counted', async () => {
    scene = await openScene();
    const form = await read(scene.url, 'approve');
    await scene.accounts.apply(mia, { kind: 'delete' });
    const answer = await pressOn(scene.url, form, 'approve');
    expect([answer.status, buttonsOf(answer.body)]).toEqual([409, []]);
    expect(scene.votes()).toEqual([]);
    expect((await scene.current()).state).toBe('waiting');
  });

  it.each([
    ['e-mail', { email: 'ceo@acme.com' }],
    ['name', { firstName: 'Clara' }],
    ['user name', { username: 'clara' }],
    ['shown attribute', { attributes: { company: ['Acme'] } }],
    ['state', { enabled: true }],
  ])('S9: another %s between page and press: nothing is counted, and the page asks again', async (_, change) => {
    const user = { enabled: false, firstName: 'Mia', lastName: 'Meyer', attributes: { company: ['Umbrella'] } };
    scene = await openScene({ user, request: { show: ['company'] } });
    const form = await read(scene.url, 'approve');
    scene.accounts.add(mia.userId, { ...user, ...change });
    const answer = await pressOn(scene.url, form, 'approve');
    expect(answer.status).toBe(409);
    expect(alerts(answer.body)).toBeGreaterThan(0);
    expect(scene.votes()).toEqual([]);
    expect((await pressOn(scene.url, await read(scene.url, 'approve'), 'approve')).status).toBe(303);
  });

  it.each([
    ['e-mail', { email: 'ceo@acme.com' }],
    ['name', { lastName: 'Chief' }],
    ['user name', { username: 'clara' }],
    ['shown attribute', { attributes: { company: ['Acme'] } }],
  ])('S9: another %s since the mail was sent: the page says so, and what it shows is decided', async (_, change) => {
    const user = { enabled: false, firstName: 'Mia', lastName: 'Meyer', attributes: { company: ['Umbrella'] } };
    scene = await openScene({ user, request: { show: ['company'] } });
    const link = await scene.mailed();
    const before = alerts((await send(link)).body);
    scene.accounts.add(mia.userId, { ...user, ...change });
    expect(alerts((await send(link)).body)).toBe(before + 1);
    // A mail that is sent now shows the person as they are.
    expect(alerts((await send(await scene.mailed())).body)).toBe(before);
    expect((await pressOn(link, await read(link, 'approve'), 'approve')).status).toBe(303);
    expect(scene.votes()).toHaveLength(1);
  });

  it.each(['', 'k1.', 'k1.AAAA', 'k9.AAAAAAAAAAAA', 'x'.repeat(3_000), '__proto__.AAAAAAAAAAAA', '<script>', '%00'])(
    'S9: what a link says of its mail is no key to anything: %j',
    async (mailed) => {
      scene = await openScene();
      const before = scene.all();
      for (const query of [`mailed=${encodeURIComponent(mailed)}`, `mailed=a&mailed=${encodeURIComponent(mailed)}`]) {
        const { status, body } = await send(`${scene.url}?${query}`);
        expect([status, alerts(body)]).toEqual([200, 0]);
        expect(body).not.toContain('<script');
      }
      expect(scene.all()).toBe(before);
    },
  );

  it('S9: verified since the mail was sent, or enabled by hand: that is no other person', async () => {
    scene = await openScene({ user: { emailVerified: false } });
    const link = await scene.mailed();
    const before = alerts((await send(link)).body);
    scene.accounts.add(mia.userId, { enabled: false, firstName: 'Mia', lastName: 'Meyer', emailVerified: true });
    expect(alerts((await send(link)).body)).toBe(before);
  });
});
