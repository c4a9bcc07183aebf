import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { doorSteps, stateOf, type Way } from '../../src/operate/door/steps.ts';
import { vestibule } from './support/command.ts';
import { addIdentityProvider, comeThrough, employ } from './support/identity-provider.ts';
import { createRealm, type TestRealm } from './support/realm.ts';

const closed = 'closed-portal';
const held = 'partner-portal';

interface Flows {
  readonly registrationFlow?: string;
  readonly firstBrokerLoginFlow?: string;
}

const setup = (realm: TestRealm, ...args: string[]) =>
  vestibule(['setup', '--realm', realm.realm, ...args], process.env);
const nothingToChange = (realm: TestRealm) => ({ code: 0, out: `Realm ${realm.realm}: nothing to change.\n`, err: '' });

/** All that Keycloak exports of the realm: flows with their steps, identity providers, settings. */
const everything = async ({ admin, realm }: TestRealm) =>
  admin.realms.export({ realm, exportClients: true, exportGroupsAndRoles: true });

async function boundFlows({ admin, realm }: TestRealm) {
  const settings: Flows | null | undefined = await admin.realms.findOne({ realm });
  const providers = await admin.identityProviders.find();
  return {
    registration: settings?.registrationFlow,
    brokers: settings?.firstBrokerLoginFlow,
    ...Object.fromEntries(providers.map(({ alias, firstBrokerLoginFlowAlias: flow }) => [alias, flow])),
  };
}

async function stepsOf(admin: KeycloakAdminClient, flow: string) {
  return (await admin.authenticationManagement.getExecutions({ flow })).map(
    ({ level = 0, requirement = '', providerId = null }) => ({ level, requirement, provider: providerId }),
  );
}

async function statesOf(admin: KeycloakAdminClient, way: Way, flow: string): Promise<readonly string[]> {
  const steps = await stepsOf(admin, flow);
  return doorSteps.filter((step) => step.way === way).map((step) => stateOf(steps, step));
}

async function hold(admin: KeycloakAdminClient, clientId: string, attributes: Record<string, string>): Promise<void> {
  const [client] = await admin.clients.find({ clientId });
  await admin.clients.update({ id: client?.id ?? '' }, { clientId, attributes });
}

describe('vestibule setup --door', () => {
  let realm: TestRealm;
  /** Another realm of the same server, as two identity providers. */
  let office: TestRealm;

  beforeAll(async () => {
    realm = await createRealm({ prefix: 'door', clients: [{ clientId: closed }, { clientId: held }] });
    office = await createRealm({ prefix: 'office', clients: [] });
    await hold(realm.admin, closed, { 'vestibule.registration': 'closed' });
    await hold(realm.admin, held, { 'vestibule.hold': 'gate' });
    await addIdentityProvider(realm, office, { alias: 'head-office' });
    await realm.admin.authenticationManagement.copyFlow({ flow: 'first broker login', newName: 'partners only' });
    await addIdentityProvider(realm, office, { alias: 'branch', flow: 'partners only' });
  }, 120_000);

  afterAll(async () => {
    await realm?.dispose();
    await office?.dispose();
  });

  it('shows with --plan each copy, step and binding, and changes nothing', async () => {
    const before = await everything(realm);
    const { code, out } = await setup(realm, '--door', '--plan');
    expect(code).toBe(0);
    for (const words of [
      'copy the flow "registration" to "registration with door"',
      'add the step "vestibule-door-form" to the flow "registration with door", required',
      'copy the flow "partners only" to "partners only with door"',
      'bind the flow "partners only with door" as the first login of the identity provider "branch"',
    ]) {
      expect(out).toContain(words);
    }
    expect(await everything(realm)).toEqual(before);
  }, 60_000);

  it('puts every step where it belongs, in copies, leaves what was there as it was, and finds nothing the second time', async () => {
    const before = await everything(realm);
    expect(await setup(realm, '--door', '--yes')).toMatchObject({ code: 0, err: '' });

    expect(await boundFlows(realm)).toEqual({
      registration: 'registration with door',
      brokers: 'first broker login with door',
      'head-office': 'first broker login with door',
      branch: 'partners only with door',
    });
    expect(await statesOf(realm.admin, 'form', 'registration with door')).toEqual(['on', 'on', 'on']);
    for (const flow of ['first broker login with door', 'partners only with door']) {
      expect(await statesOf(realm.admin, 'broker', flow)).toEqual(['on', 'on']);
    }
    const after = await everything(realm);
    expect(after.authenticationFlows).toEqual(expect.arrayContaining(before.authenticationFlows ?? []));

    expect(await setup(realm, '--door', '--yes')).toMatchObject(nothingToChange(realm));
    expect(await everything(realm)).toEqual(after);
  }, 60_000);

  it('closes a closed client to the form and to both identity providers, and holds at the gate of the other', async () => {
    await expect(realm.register(closed, 'cora')).rejects.toThrow();
    for (const [alias, name] of [
      ['head-office', 'carl'],
      ['branch', 'cleo'],
    ] as const) {
      await employ(office, name);
      expect((await comeThrough(realm, { clientId: closed, alias, username: name })).outcome).toBe('error');
      expect(await realm.userNamed(name)).toBeUndefined();

      expect((await comeThrough(realm, { clientId: held, alias, username: name })).page).toContain('vestibule');
      expect((await realm.userNamed(name))?.requiredActions).toEqual(['vestibule-pending']);
    }
    expect((await realm.register(held, 'hugo')).outcome).toBe('page');
    expect((await realm.userNamed('hugo'))?.requiredActions).toEqual(['vestibule-pending']);
  }, 60_000);

  it('mends its copies: steps that somebody moved, switched off or took out, and the required action', async () => {
    const whole = await everything(realm);
    const { authenticationManagement: flows } = realm.admin;
    const listed = await flows.getExecutions({ flow: 'registration with door' });
    const named = (id: string) => listed.find(({ providerId }) => providerId === id);
    await flows.lowerPriorityExecution({ id: named('vestibule-door')?.id ?? '' });
    await flows.raisePriorityExecution({ id: named('vestibule-gate')?.id ?? '' });
    await flows.raisePriorityExecution({ id: named('vestibule-gate')?.id ?? '' });
    for (let times = 0; times < 4; times += 1) {
      await flows.raisePriorityExecution({ id: named('vestibule-gate')?.id ?? '' });
    }
    await flows.delExecution({ id: named('vestibule-door-form')?.id ?? '' });
    const broker = await flows.getExecutions({ flow: 'partners only with door' });
    const gate = broker.find(({ providerId }) => providerId === 'vestibule-gate-broker');
    await flows.updateExecution({ flow: 'partners only with door' }, { ...gate, requirement: 'DISABLED' });
    const action = await flows.getRequiredActionForAlias({ alias: 'vestibule-pending' });
    await flows.updateRequiredAction({ alias: 'vestibule-pending' }, { ...action, defaultAction: true, priority: 0 });
    expect(await statesOf(realm.admin, 'form', 'registration with door')).toEqual(['misplaced', 'none', 'misplaced']);

    const { code, out } = await setup(realm, '--door', '--yes');

    expect(code).toBe(0);
    for (const words of [
      'move the step "vestibule-door"',
      'add the step "vestibule-door-form"',
      'move the step "vestibule-gate"',
      'switch on the step "vestibule-gate-broker" of the flow "partners only with door"',
      'below Verify Email',
      'from the default actions',
    ]) {
      expect(out).toContain(words);
    }
    expect(await statesOf(realm.admin, 'form', 'registration with door')).toEqual(['on', 'on', 'on']);
    expect(await statesOf(realm.admin, 'broker', 'partners only with door')).toEqual(['on', 'on']);
    const order = (all: typeof whole.authenticationFlows) =>
      all
        ?.find(({ alias }) => alias === 'registration with door registration form')
        ?.authenticationExecutions?.map((each: { readonly authenticator?: string }) => each.authenticator);
    expect(order((await everything(realm)).authenticationFlows)).toEqual(order(whole.authenticationFlows));
    expect(await setup(realm, '--door', '--plan')).toMatchObject(nothingToChange(realm));
  }, 60_000);

  it('takes nothing back while people wait at the gate, and everything when it is told to', async () => {
    expect(await setup(realm, '--door', '--remove', '--yes')).toMatchObject({
      code: 2,
      err: expect.stringContaining('3 people wait at the gate'),
    });
    expect(await boundFlows(realm)).toMatchObject({ registration: 'registration with door' });

    expect(await setup(realm, '--door', '--remove', '--while-people-wait', '--yes')).toMatchObject({
      code: 0,
      err: '',
    });

    expect(await boundFlows(realm)).toEqual({
      registration: 'registration',
      brokers: 'first broker login',
      'head-office': 'first broker login',
      branch: 'partners only',
    });
    const { authenticationManagement: actions } = realm.admin;
    const gate = await actions.getRequiredActionForAlias({ alias: 'vestibule-pending' });
    expect(gate).toMatchObject({ defaultAction: true }); // as somebody had made it, before the last "setup --door"
    await actions.updateRequiredAction({ alias: 'vestibule-pending' }, { ...gate, defaultAction: false });
    const aliases = (await realm.admin.authenticationManagement.getFlows()).map(({ alias }) => alias);
    expect(aliases.filter((alias) => alias?.endsWith('with door'))).toEqual([]);
    expect(aliases).toContain('partners only');
    expect(await setup(realm, '--door', '--remove', '--yes')).toMatchObject(nothingToChange(realm));
  }, 60_000);

  it('keeps the secret of an identity provider: people still come through it', async () => {
    await employ(office, 'dora');
    expect((await comeThrough(realm, { clientId: held, alias: 'branch', username: 'dora' })).outcome).toBe('code');
  }, 60_000);

  it('copies a registration flow of the realm itself, and binds that again', async () => {
    const { authenticationManagement: flows } = realm.admin;
    await flows.copyFlow({ flow: 'registration', newName: 'ours' });
    await realm.admin.realms.update({ realm: realm.realm }, { registrationFlow: 'ours' });
    const before = await stepsOf(realm.admin, 'ours');

    expect(await setup(realm, '--door', '--yes')).toMatchObject({ code: 0, err: '' });

    expect(await boundFlows(realm)).toMatchObject({ registration: 'ours with door' });
    expect(await stepsOf(realm.admin, 'ours')).toEqual(before);
    expect(await setup(realm, '--door', '--remove', '--while-people-wait', '--yes')).toMatchObject({ code: 0 });
    expect(await boundFlows(realm)).toMatchObject({ registration: 'ours' });
  }, 60_000);

  it('goes on where one was killed before it marked its copy, and leaves the copy of an administrator alone', async () => {
    const { authenticationManagement: flows } = realm.admin;
    await flows.copyFlow({ flow: 'first broker login', newName: 'first broker login with door' });
    expect(await setup(realm, '--door', '--yes')).toMatchObject({
      code: 0,
      out: expect.stringContaining('go on with the flow "first broker login with door"'),
      err: '',
    });
    expect(await statesOf(realm.admin, 'broker', 'first broker login with door')).toEqual(['on', 'on']);
    expect(await setup(realm, '--door', '--plan')).toMatchObject(nothingToChange(realm));

    await flows.copyFlow({ flow: 'first broker login with door', newName: 'mine' });
    const before = await stepsOf(realm.admin, 'mine');
    const renamed = (await flows.getFlows()).find(({ alias }) => alias === 'ours with door');
    await flows.updateFlow({ flowId: renamed?.id ?? '' }, { ...renamed, alias: 'ours by another name' });
    expect(await setup(realm, '--door', '--remove', '--while-people-wait', '--yes')).toMatchObject({
      code: 0,
      err: '',
    });
    const aliases = (await flows.getFlows()).map(({ alias }) => alias);
    expect(aliases).not.toContain('first broker login with door');
    expect(aliases).not.toContain('ours by another name');
    expect(await stepsOf(realm.admin, 'mine')).toEqual(before);
  }, 60_000);

  it('says what it cannot do, and changes nothing', async () => {
    const { authenticationManagement: flows } = realm.admin;
    await flows.createFlow({ alias: 'empty', providerId: 'basic-flow', topLevel: true, builtIn: false });
    await realm.admin.realms.update({ realm: realm.realm }, { registrationFlow: 'empty' });
    const before = await everything(realm);
    expect(await setup(realm, '--door', '--yes')).toMatchObject({
      code: 2,
      err: expect.stringContaining('"empty" has no form with the step that creates the user'),
    });
    expect(await everything(realm)).toEqual(before);
  }, 60_000);
});
