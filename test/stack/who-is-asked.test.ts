import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { translator } from '../../src/messages/i18n/translate.ts';
import { press } from '../../stack/press.ts';
import { mailsTo, type ReceivedMail } from './support/inbox.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

let acme: TestRealm;
let service: TestService;

beforeAll(async () => {
  acme = await createRealm({
    prefix: 'who',
    clients: ['roles', 'changing', 'leads', 'handing', 'german'].map((clientId) => ({ clientId, roles: ['approver'] })),
    groups: ['/desk', '/leads'],
    setup: { clientRoleApprovers: true },
  });
  const { admin, realm } = acme;
  await admin.realms.update({ realm }, { internationalizationEnabled: true, supportedLocales: ['en', 'de'] });
  await person('ann', { group: '/desk' });
  await person('dan', { group: '/desk' });
  await person('lea', { group: '/leads', attributes: { locale: ['de'] } });
  await person('gerd', { attributes: { locale: ['de'] } });
  await person('rolf', {});
  const [client] = await admin.clients.find({ clientId: 'roles' });
  const role = await admin.clients.findRole({ id: client?.id ?? '', roleName: 'approver' });
  const roles = [{ id: role?.id ?? '', name: 'approver' }];
  await admin.users.addClientRoleMappings({ id: await idOf('rolf'), clientUniqueId: client?.id ?? '', roles });
  service = await startService({
    secret: acme.secret,
    rules: {
      'roles.yaml': rule('roles', 'approvers: { client: roles, role: approver }'),
      // A machine that is slow comes to the second reminder, or to the third.
      'changing.yaml': rule('changing', 'approvers: { group: /desk }, remind-after: [6s, 20s, 60s]'),
      'leads.yaml': rule('leads', `approvers: ${address('gerd')}, escalate: { after: 2s, to: { group: /leads } }`),
      'handing.yaml': rule('handing', `approvers: ${address('rolf')}, delegate: /leads`),
      'german.yaml': rule('german', `approvers: [${address('gerd')}, ${address('nobody')}]`),
    },
  });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await acme?.dispose();
});

const address = (name: string): string => `${name}@${acme.realm}.test`;
const idOf = async (name: string): Promise<string> => (await acme.userNamed(name))?.id ?? '';
const rule = (client: string, request: string): string =>
  `version: 1\nrealm: ${acme.realm}\nclients: [${client}]\nrules:\n  - name: ${client}\n    then: [{ request-approval: { ${request} } }]\n`;

async function groupId(path: string): Promise<string> {
  const [group] = await acme.admin.groups.find({ search: path.slice(1) });
  return group?.id ?? '';
}

async function person(
  username: string,
  { group, attributes = {} }: { group?: string; attributes?: Record<string, string[]> },
): Promise<void> {
  const { admin } = acme;
  const names = { firstName: username, lastName: 'Desk' };
  const { id } = await admin.users.create({ username, email: address(username), enabled: true, attributes, ...names });
  if (group !== undefined) {
    await admin.users.addToGroup({ id, groupId: await groupId(group) });
  }
}

/** Registers, and answers with what the audit says of the person so far and later. */
async function register(client: string, username: string) {
  await acme.register(client, username, address(username));
  const userId = await idOf(username);
  const lines = () => service.log.filter((line) => line['msg'] === 'audit' && line['userId'] === userId);
  return {
    isEnabled: async () => (await acme.userNamed(username))?.enabled === true,
    /** Waits for an entry of that kind, to that person where one is named. */
    audited: (kind: string, to?: string) =>
      until(
        `${kind} ${to ?? ''}`,
        async () => lines().filter((line) => line['kind'] === kind && (to === undefined || line['to'] === address(to))),
        (found) => found.length > 0,
        120_000,
      ),
    kinds: () => lines().map(({ kind }) => kind),
  };
}

/** Mails to an approver about a person. */
function mails(to: string, about: string): Promise<readonly ReceivedMail[]> {
  return until(
    `a mail to ${to} about ${about}`,
    async () => (await mailsTo(address(to))).filter(({ text }) => text.includes(address(about).split('@')[0] ?? '')),
    (found) => found.length > 0,
    60_000,
  );
}

async function linkTo(approver: string, about: string): Promise<string> {
  const [mail] = await mails(approver, about);
  return /https?:\/\/\S+?\/approvals\/[\w.-]+/.exec(mail?.text ?? '')?.[0] ?? '';
}

describe('who is asked', () => {
  it('are the holders of a role of a client', async () => {
    const { audited, isEnabled } = await register('roles', 'mara');
    await audited('asked', 'rolf');
    await press(await linkTo('rolf', 'mara'), 'approve');
    await audited('settled');
    expect(await isEnabled()).toBe(true);
  }, 120_000);

  it('are, at a reminder, who is in the group by then: the vote of one who left counts no more', async () => {
    const { audited, isEnabled, kinds } = await register('changing', 'nora');
    await Promise.all([audited('asked', 'ann'), audited('asked', 'dan')]);
    await person('cem', { group: '/desk' });
    await acme.admin.users.delFromGroup({ id: await idOf('ann'), groupId: await groupId('/desk') });
    await Promise.all([audited('retired', 'ann'), audited('asked', 'cem'), audited('reminded', 'dan')]);
    await press(await linkTo('ann', 'nora'), 'approve');
    expect(kinds()).not.toContain('voted');
    expect(await isEnabled()).toBe(false);
    await press(await linkTo('cem', 'nora'), 'approve');
    await audited('settled');
    expect(await isEnabled()).toBe(true);
  }, 240_000);

  it('are more people when nobody decided, each in their language', async () => {
    const { audited, isEnabled } = await register('leads', 'olga');
    await Promise.all([audited('escalated'), audited('asked', 'lea')]);
    const [mail] = await mails('lea', 'olga');
    expect(mail?.text).toContain(translator('de')('ask.button'));
    await press(await linkTo('lea', 'olga'), 'approve');
    await audited('settled');
    expect(await isEnabled()).toBe(true);
  }, 180_000);

  it('is a colleague to whom an approver handed the question over', async () => {
    const { audited, isEnabled, kinds } = await register('handing', 'pia');
    const link = await linkTo('rolf', 'pia');
    const page = await (await fetch(`${link}/delegate`)).text();
    expect(page).toContain(`lea Desk (${address('lea')})`);
    const nonceOf = (text: string) => /name="nonce"\s+value="([^"]+)"/.exec(text)?.[1] ?? '';
    const to = await idOf('lea');
    const send = (fields: Record<string, string>) =>
      fetch(`${link}/delegate`, { method: 'POST', body: new URLSearchParams({ to, ...fields }) });
    const sure = await (await send({ nonce: nonceOf(page) })).text();
    expect(kinds()).not.toContain('handed-over');
    const done = await (await send({ nonce: nonceOf(sure), sure: 'yes' })).text();
    expect(done).toContain(address('lea'));
    const [entry] = await audited('handed-over', 'lea');
    expect(entry).toMatchObject({ by: address('rolf') });
    await audited('asked', 'lea');
    await press(link, 'approve');
    expect(kinds()).not.toContain('voted');
    await press(await linkTo('lea', 'pia'), 'approve');
    await audited('settled');
    expect(await isEnabled()).toBe(true);
  }, 180_000);

  it('reads German where Keycloak says so of the address, and English where nobody has it', async () => {
    const { audited } = await register('german', 'quinn');
    await Promise.all([audited('asked', 'gerd'), audited('asked', 'nobody')]);
    const [german] = await mails('gerd', 'quinn');
    const [english] = await mails('nobody', 'quinn');
    expect(german?.text).toContain(translator('de')('ask.button'));
    expect(english?.text).toContain(translator('en')('ask.button'));
  }, 120_000);
});
