import { describe, expect, it } from '@jest/globals';

import { clientFindings, refusalFinding, rightsFindings } from '../../../src/operate/doctor/keycloak/account.ts';
import {
  eventFindings,
  type EventSettings,
  providerFindings,
  type ProviderFacts,
} from '../../../src/operate/doctor/keycloak/events.ts';
import { doorFindings, headerFindings, policyFindings } from '../../../src/operate/doctor/keycloak/door.ts';
import { realmFindings } from '../../../src/operate/doctor/keycloak/realm.ts';
import type { WayIn } from '../../../src/operate/door/ways-in.ts';
import type { RealmNeeds } from '../../../src/operate/doctor/rules.ts';
import { drawn } from '../door/drawn.ts';

const ref = { realm: 'acme', clientId: 'vestibule' };
const plainNeeds: RealmNeeds = {
  roleApprovers: [],
  gate: false,
  door: false,
  headers: [],
  disables: false,
  waitsForVerified: [],
};
const waiting = { ...plainNeeds, waitsForVerified: [{ file: 'portal.yaml', line: 4, rule: 'the desk decides' }] };
const shown = (findings: readonly { id: string; level: string }[]) => findings.map(({ id, level }) => `${level} ${id}`);
const claims = (management: readonly string[], others: Record<string, { roles: string[] }> = {}) => ({
  realm_access: { roles: ['default-roles-acme'] },
  resource_access: { 'realm-management': { roles: management }, account: { roles: ['manage-account'] }, ...others },
});
const enough = ['view-events', 'manage-users'];

describe('src/operate/doctor/keycloak', () => {
  it.each([
    ['keycloak-secret', 'unauthorized_client', 'Invalid client or Invalid client credentials'],
    ['keycloak-client-missing', 'invalid_client', 'Invalid client or Invalid client credentials'],
    ['keycloak-service-account-off', 'unauthorized_client', 'Client not enabled to retrieve service account'],
    ['keycloak-client-public', 'unauthorized_client', 'Public client not allowed to retrieve service account'],
    ['keycloak-realm-off', 'access_denied', 'Realm not enabled'],
    ['keycloak-token', 'status 503', 'no reason given'],
  ])('finds %s in "%s, %s"', (id, error, description) => {
    expect(refusalFinding(ref, { error, description })).toMatchObject({ id, level: 'error' });
  });

  it.each([
    ['ok keycloak-rights', enough, plainNeeds],
    ['error keycloak-rights-few', ['view-events'], plainNeeds],
    ['error keycloak-rights-few', enough, { ...plainNeeds, roleApprovers: ['realm'] }],
    ['ok keycloak-rights', [...enough, 'view-realm'], { ...plainNeeds, roleApprovers: ['realm'] }],
    ['error keycloak-rights-few', enough, { ...plainNeeds, roleApprovers: ['client'] }],
    ['ok keycloak-rights', [...enough, 'view-clients'], { ...plainNeeds, roleApprovers: ['client'] }],
    ['warning keycloak-rights-more', [...enough, 'view-realm'], plainNeeds],
    ['ok keycloak-rights', [...enough, 'view-clients'], plainNeeds],
    ['error keycloak-rights-many', [...enough, 'impersonation'], plainNeeds],
    ['error keycloak-rights-many', ['realm-admin', 'manage-realm', 'view-users'], plainNeeds],
  ] satisfies [string, string[], RealmNeeds][])('says "%s" of %j with %j', (said, roles, needs) => {
    expect(shown(rightsFindings('acme', claims(roles), needs))).toEqual([said]);
  });

  it('finds keycloak-roles-foreign in a token that has roles of applications', () => {
    const findings = rightsFindings('acme', claims(enough, { blog: { roles: ['editor'] } }), plainNeeds);
    expect(shown(findings)).toContain('warning keycloak-roles-foreign');
    expect(findings[0]?.what).toContain('blog:editor');
  });

  it('knows that in the realm master the rights over it bear another name', () => {
    const inMaster = (roles: string[], realm: string[]) =>
      shown(
        rightsFindings(
          'master',
          { realm_access: { roles: realm }, resource_access: { 'master-realm': { roles } } },
          plainNeeds,
        ),
      );
    expect(inMaster(enough, [])).toEqual(['ok keycloak-rights']);
    expect(inMaster(enough, ['admin'])).toEqual(['error keycloak-rights-many']);
  });

  const week: EventSettings = { enabled: true, types: ['REGISTER'], expiration: 604_800, listeners: ['vestibule'] };

  it.each<[string, Partial<EventSettings>]>([
    ['ok keycloak-events', {}],
    ['ok keycloak-events', { types: [], expiration: 0 }],
    ['ok keycloak-events', { listeners: ['jboss-logging', 'kafka'] }],
    ['error keycloak-events-off', { enabled: false }],
    ['error keycloak-events-types', { types: ['LOGIN'] }],
    ['warning keycloak-events-short', { expiration: 3_600 }],
    ['ok keycloak-events,warning keycloak-listener-off', { listeners: ['jboss-logging'] }],
  ])('says "%s" of %j', (said, change) => {
    expect(shown(eventFindings('acme', { ...week, ...change }, true)).join()).toBe(said);
  });

  const installed: ProviderFacts = {
    listener: {
      topic: 'keycloak.events',
      'event-types': 'REGISTER,VERIFY_EMAIL',
      'signs records': 'yes',
      'events not sent': '0',
    },
    gate: true,
  };

  it.each<[string, ProviderFacts]>([
    ['', installed],
    ['error keycloak-listener-missing', { ...installed, listener: null }],
    ['error keycloak-listener-topic', { ...installed, listener: { ...installed.listener, topic: 'other' } }],
    ['error keycloak-listener-types', { ...installed, listener: { ...installed.listener, 'event-types': 'LOGIN' } }],
    ['warning keycloak-listener-unsent', { ...installed, listener: { 'events not sent': '3' } }],
    ['warning keycloak-listener-signing', { ...installed, listener: { ...installed.listener, 'signs records': 'no' } }],
    ['error keycloak-gate-missing', { ...installed, gate: false }],
  ])('says "%s" of the provider %j', (said, facts) => {
    const findings = providerFindings(
      facts,
      { ...plainNeeds, gate: true },
      { listens: true, eventsTopic: 'keycloak.events', signingKey: true },
    );
    expect(shown(findings).join()).toBe(said);
  });

  it('asks for no provider where neither realm nor rules use it', () => {
    expect(
      providerFindings({ listener: null, gate: false }, plainNeeds, {
        listens: false,
        eventsTopic: 'keycloak.events',
        signingKey: true,
      }),
    ).toEqual([]);
  });

  it('says of an event store that is off what it means without a signing key', () => {
    const off = { enabled: false, types: [], expiration: 0, listeners: ['vestibule'] };
    const textOf = (proven: boolean) =>
      eventFindings('acme', off, proven).map(({ what, remedy }) => `${what}; ${remedy}`);
    expect(textOf(false).join()).toMatch(/no registration is believed.*set EVENT_SIGNING_KEY/);
    expect(textOf(true).join()).not.toContain('EVENT_SIGNING_KEY');
  });

  const gate = { action: true, forEverybody: false };

  it.each([
    ['warning keycloak-registration-closed', { registrationAllowed: false }, plainNeeds],
    ['warning keycloak-verify-dead-end', { verifyEmail: true }, { ...plainNeeds, disables: true }],
    ['', { verifyEmail: true }, plainNeeds],
    ['error keycloak-gate-off', { gate: { ...gate, action: false } }, { ...plainNeeds, gate: true }],
    ['', { gate: { ...gate, action: false } }, plainNeeds],
    ['warning keycloak-gate-everybody', { gate: { ...gate, forEverybody: true } }, plainNeeds],
    ['ok keycloak-not-visible', { verifyEmail: null }, { ...plainNeeds, disables: true }],
    ['error keycloak-verify-off', { verifyEmail: false }, waiting],
    ['ok keycloak-not-visible', { verifyEmail: null }, waiting],
  ])('says "%s" of %j', (said, change, needs) => {
    const settings = { registrationAllowed: true, verifyEmail: false, gate, ...change };
    expect(shown(realmFindings('acme', settings, needs)).join()).toBe(said);
  });

  const wayIn = (way: 'form' | 'broker', flow: string): WayIn => ({
    way,
    flow: way,
    through: way === 'form' ? [] : ['google', 'github'],
    steps: drawn(flow),
  });
  const bareForm = wayIn('form', '{REQUIRED}\n  registration-user-creation REQUIRED');
  const gated = wayIn('form', '{REQUIRED}\n  registration-user-creation REQUIRED\n  vestibule-gate REQUIRED');
  const bareBroker = wayIn('broker', 'idp-create-user-if-unique REQUIRED');

  it.each<[string, readonly WayIn[] | null, object]>([
    ['', [bareForm], {}],
    ['error keycloak-door-flow', [bareForm], { door: true }],
    ['error keycloak-door-flow', [gated], { door: true }],
    ['error keycloak-gate-flow', [bareForm], { gate: true }],
    ['ok keycloak-door', [gated], { gate: true }],
    ['error keycloak-gate-flow', [gated, bareBroker], { gate: true }],
    ['error keycloak-door-flow,error keycloak-gate-flow', [bareForm], { gate: true, door: true }],
    ['ok keycloak-not-visible', null, { gate: true }],
    ['', null, {}],
  ])('says "%s" of the flows %j with %j', (said, waysIn, needs) => {
    expect(shown(doorFindings('acme', waysIn, { ...plainNeeds, ...needs })).join()).toBe(said);
  });

  it('names each flow, each step in it and who comes through it', () => {
    const [door] = doorFindings('acme', [bareForm, bareBroker], { ...plainNeeds, door: true });
    expect(door).toMatchObject({
      what: 'rules refuse registrations, and the door is not in force in the registration form (flow "form": vestibule-door is not there, vestibule-door-form is not there); the identity providers google, github (flow "broker": vestibule-door-broker is not there)',
      remedy: 'vestibule setup --realm acme --door',
    });
  });

  it.each<[string, Readonly<Record<string, string>> | null]>([
    ['', null],
    ['error keycloak-policy-unknown', {}],
    ['error keycloak-policy-none', { 'door policy version': 'none', 'without-policy': 'closed' }],
    ['warning keycloak-policy-old', { 'door policy version': 'aaa' }],
    ['ok keycloak-policy', { 'door policy version': 'bbb', 'door policy records refused': '0' }],
    ['ok keycloak-policy', { 'door policy version': 'bbb', 'door-topic': 'vestibule.door' }],
    [
      'ok keycloak-policy,warning keycloak-policy-refused',
      { 'door policy version': 'bbb', 'door policy records refused': '3 (signature 3)' },
    ],
  ])('says "%s" of a listener that says %j', (said, listener) => {
    const here = { rulesVersion: 'bbb', doorTopic: 'vestibule.door' };
    expect(shown(policyFindings(listener, { ...plainNeeds, door: true }, here)).join()).toBe(said);
    expect(policyFindings(listener, plainNeeds, here)).toEqual([]);
  });

  it('names both topics, where the listener follows another one than the service publishes to', () => {
    const listener = { 'door policy version': 'none', 'door-topic': 'other.door' };
    const here = { rulesVersion: 'bbb', doorTopic: 'vestibule.door' };
    expect(policyFindings(listener, { ...plainNeeds, gate: true }, here)).toEqual([
      expect.objectContaining({
        id: 'keycloak-policy-topic',
        what: 'the listener follows the door policy on other.door, and KAFKA_DOOR_TOPIC is vestibule.door',
      }),
      expect.objectContaining({ id: 'keycloak-policy-none' }),
    ]);
  });

  it.each<[string, Readonly<Record<string, string>> | null]>([
    ['x-a, x-b', null],
    ['x-a, x-b', {}],
    ['x-a, x-b', { 'request-headers': '' }],
    ['x-b', { 'request-headers': 'x-a,x-c' }],
  ])('says that rules compare %s, and the listener says %j', (names, listener) => {
    const [finding, ...others] = headerFindings(listener, { headers: ['x-a', 'x-b'] });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      id: 'keycloak-headers',
      what: expect.stringContaining(`does not look for: ${names};`),
      remedy: expect.stringMatching(/=x-a,(x-c,)?x-b$/),
    });
  });

  it('says nothing of request headers that the listener looks for, nor where no rule compares any', () => {
    expect(headerFindings({ 'request-headers': 'x-a,x-b' }, { headers: ['x-b'] })).toEqual([]);
    expect(headerFindings(null, { headers: [] })).toEqual([]);
  });

  it('finds keycloak-client-open, where that is visible', () => {
    const closed = { standardFlow: false, implicitFlow: false, passwordGrant: false };
    expect(clientFindings(ref, closed)).toEqual([]);
    expect(clientFindings(ref, { ...closed, passwordGrant: true })).toEqual([
      expect.objectContaining({ id: 'keycloak-client-open', what: expect.stringContaining('direct access grants') }),
    ]);
  });
});
