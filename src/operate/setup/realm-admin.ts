import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';

import { ServiceError } from '../../platform/errors.ts';
import { adminApi, type AdminLogin } from './admin-login.ts';
import { applyDoor, listedIn } from './door/flow-admin.ts';
import { applyField } from './field/field-admin.ts';
import {
  gateActionAmong,
  gatePlace,
  gateRegistration,
  holdAttribute,
  holdClient,
  repairGateAction,
  takeGateDefault,
} from './gate.ts';
import { listenerId } from './plan.ts';
import type { Change, RealmState } from './realm-state.ts';
import { brokerGateStepId, gateId } from './plan-gate.ts';

/** A realm as its administrator sees it: `setup` and tests only, never the service. */
export class RealmAdmin {
  readonly api: KeycloakAdminClient;
  readonly realm: string;
  readonly #clientId: string;

  private constructor(api: KeycloakAdminClient, realm: string, clientId: string) {
    this.api = api;
    this.realm = realm;
    this.#clientId = clientId;
  }

  /** @throws ServiceError KEYCLOAK_FORBIDDEN, KEYCLOAK_UNAVAILABLE */
  static async login(login: AdminLogin, realm: string, clientId = 'vestibule'): Promise<RealmAdmin> {
    return new RealmAdmin(await adminApi(login, realm), realm, clientId);
  }

  /** @param asked clients to look at as well */
  async state(asked: readonly string[] = []): Promise<RealmState> {
    const { realm, api } = this;
    const found = await api.realms.findOne({ realm });
    if (found === undefined || found === null) {
      throw new ServiceError('REALM_UNKNOWN', `Keycloak has no realm ${realm}`);
    }
    const [events, server, actions, client] = await Promise.all([
      api.realms.getConfigEvents({ realm }),
      api.serverInfo.find(),
      api.authenticationManagement.getRequiredActions(),
      this.#client(),
    ]);
    const providers = (type: string): readonly string[] => Object.keys(server.providers?.[type]?.providers ?? {});
    return {
      eventsEnabled: events.eventsEnabled ?? false,
      savedTypes: events.enabledEventTypes ?? [],
      eventsExpiration: events.eventsExpiration ?? 0,
      listeners: events.eventsListeners ?? [],
      listenerInstalled: providers('eventsListener').includes(listenerId),
      gateInstalled: providers('required-action').includes(gateId),
      gateAction: gateActionAmong(actions),
      registrationFlow: await this.#registrationFlow(found.registrationFlow ?? 'registration'),
      holds: Object.fromEntries(await Promise.all(asked.map(async (id) => [id, await this.#holds(id)] as const))),
      ungatedProviders: await this.#ungatedProviders(),
      client:
        client === null
          ? null
          : {
              id: client.id,
              serviceAccount: client.serviceAccountsEnabled === true,
              secret: client.publicClient !== true,
            },
      roles: client?.serviceAccountsEnabled === true ? await this.#rolesOf(client.id) : [],
    };
  }

  async apply(change: Change): Promise<void> {
    const { realm, api } = this;
    switch (change.kind) {
      case 'save-events':
        return this.#events({
          eventsEnabled: true,
          enabledEventTypes: [...change.types],
          eventsExpiration: change.expiration,
        });
      case 'save-more-events': {
        const { enabledEventTypes = [] } = await api.realms.getConfigEvents({ realm });
        return this.#events({ enabledEventTypes: [...enabledEventTypes, ...change.types] });
      }
      case 'keep-events':
        return this.#events({ eventsExpiration: change.expiration });
      case 'add-listener': {
        const { eventsListeners = [] } = await api.realms.getConfigEvents({ realm });
        return this.#events({ eventsListeners: [...eventsListeners, listenerId] });
      }
      case 'register-gate':
        await api.authenticationManagement.registerRequiredAction({
          providerId: gateId,
          name: 'Registration under review',
        });
        return undefined;
      case 'repair-gate-action':
        return repairGateAction(api);
      case 'take-gate-default':
        return takeGateDefault(api);
      case 'gate-registration':
        return gateRegistration(api, realm, change);
      case 'hold-client':
        return holdClient(api, change.client);
      case 'create-client':
        await api.clients.create({
          clientId: this.#clientId,
          name: 'Vestibule',
          description: 'Post-registration processor',
          ...serviceAccountOnly,
        });
        return undefined;
      case 'repair-client':
        return api.clients.update(
          { id: (await this.#needClient()).id },
          { clientId: this.#clientId, ...serviceAccountOnly },
        );
      case 'grant-roles':
        return this.#mapRoles(change.roles, 'grant');
      case 'take-roles':
        return this.#mapRoles(change.roles, 'take');
      case 'field-scope':
      case 'field-attribute':
        return applyField(api, change);
      default:
        return applyDoor(api, realm, change);
    }
  }

  async secret(): Promise<string> {
    const { value } = await this.api.clients.getClientSecret({ id: (await this.#needClient()).id });
    if (value === undefined) {
      throw new ServiceError('KEYCLOAK_REFUSED', `client ${this.#clientId} has no secret`);
    }
    return value;
  }

  async #registrationFlow(alias: string): Promise<RealmState['registrationFlow']> {
    const { authenticationManagement: flows } = this.api;
    const [all, steps] = await Promise.all([flows.getFlows(), listedIn(this.api, alias)]);
    const builtIn = all.find((flow) => flow.alias === alias)?.builtIn ?? false;
    return { alias, builtIn, gate: gatePlace(steps ?? []) };
  }

  async #holds(clientId: string): Promise<boolean | null> {
    const client = (await this.api.clients.find({ clientId })).find((found) => found.clientId === clientId);
    return client === undefined ? null : client.attributes?.[holdAttribute.name] === holdAttribute.value;
  }

  async #ungatedProviders(): Promise<readonly string[]> {
    const { identityProviders } = this.api;
    const ungated: string[] = [];
    for (const { alias = '', firstBrokerLoginFlowAlias: flow = '' } of await identityProviders.find()) {
      const steps = flow === '' ? null : await listedIn(this.api, flow);
      if (
        !steps?.some(({ providerId, requirement }) => providerId === brokerGateStepId && requirement === 'REQUIRED')
      ) {
        ungated.push(alias);
      }
    }
    return ungated;
  }

  /** Leaves out the types where they do not change: Keycloak shows "all" as a list, and would save it as one. */
  async #events(change: object): Promise<void> {
    const { realm, api } = this;
    const { enabledEventTypes: _, ...config } = await api.realms.getConfigEvents({ realm });
    await api.realms.updateConfigEvents({ realm }, { ...config, ...change });
  }

  async #client() {
    const [client] = await this.api.clients.find({ clientId: this.#clientId });
    return client?.id === undefined ? null : { ...client, id: client.id };
  }

  async #needClient() {
    const client = await this.#client();
    if (client === null) {
      throw new ServiceError('KEYCLOAK_REFUSED', `realm ${this.realm} has no client ${this.#clientId}`);
    }
    return client;
  }

  async #rolesOf(clientUuid: string): Promise<readonly string[]> {
    const account = await this.api.clients.getServiceAccountUser({ id: clientUuid });
    const mapped = await this.api.users.listClientRoleMappings({
      id: account.id ?? '',
      clientUniqueId: await this.#managementId(),
    });
    return mapped.flatMap(({ name }) => (name === undefined ? [] : [name]));
  }

  async #mapRoles(names: readonly string[], how: 'grant' | 'take'): Promise<void> {
    const { api } = this;
    const clientUniqueId = await this.#managementId();
    const { id = '' } = await api.clients.getServiceAccountUser({ id: (await this.#needClient()).id });
    const all = await api.clients.listRoles({ id: clientUniqueId });
    const roles = all.flatMap((role) =>
      role.id !== undefined && role.name !== undefined && names.includes(role.name)
        ? [{ id: role.id, name: role.name }]
        : [],
    );
    await (how === 'grant'
      ? api.users.addClientRoleMappings({ id, clientUniqueId, roles })
      : api.users.delClientRoleMappings({ id, clientUniqueId, roles }));
  }

  async #managementId(): Promise<string> {
    const [client] = await this.api.clients.find({ clientId: 'realm-management' });
    return client?.id ?? '';
  }
}

const serviceAccountOnly = {
  enabled: true,
  publicClient: false,
  serviceAccountsEnabled: true,
  standardFlowEnabled: false,
  implicitFlowEnabled: false,
  directAccessGrantsEnabled: false,
  fullScopeAllowed: true,
  redirectUris: [],
  webOrigins: [],
};
