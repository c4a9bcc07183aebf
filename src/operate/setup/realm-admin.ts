import KeycloakAdminClient, { NetworkError } from '@keycloak/keycloak-admin-client';

import { ServiceError } from '../../platform/errors.ts';
import { gatePlace, gateRegistration, holdAttribute, holdClient, repairGateAction } from './gate.ts';
import { listenerId } from './plan.ts';
import type { Change, RealmState } from './realm-state.ts';
import { brokerGateStepId, gateId } from './plan-gate.ts';

export interface AdminLogin {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

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
  static async login({ url, user, password }: AdminLogin, realm: string, clientId = 'vestibule'): Promise<RealmAdmin> {
    const api = new KeycloakAdminClient({ baseUrl: url.replace(/\/+$/, ''), realmName: 'master', timeout: 30_000 });
    try {
      await api.auth({ grantType: 'password', clientId: 'admin-cli', username: user, password });
    } catch (cause) {
      throw cause instanceof NetworkError && cause.response.status < 500
        ? new ServiceError(
            'KEYCLOAK_FORBIDDEN',
            'Keycloak refuses the administrator: check KEYCLOAK_ADMIN_USER and KEYCLOAK_ADMIN_PASSWORD',
            { cause },
          )
        : new ServiceError('KEYCLOAK_UNAVAILABLE', `Keycloak does not answer at ${url}`, { cause });
    }
    api.setConfig({ realmName: realm });
    return new RealmAdmin(api, realm, clientId);
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
    const [all, steps] = await Promise.all([flows.getFlows(), flows.getExecutions({ flow: alias })]);
    const builtIn = all.find((flow) => flow.alias === alias)?.builtIn ?? false;
    return { alias, builtIn, gate: gatePlace(steps) };
  }

  async #holds(clientId: string): Promise<boolean | null> {
    const client = (await this.api.clients.find({ clientId })).find((found) => found.clientId === clientId);
    return client === undefined ? null : client.attributes?.[holdAttribute.name] === holdAttribute.value;
  }

  async #ungatedProviders(): Promise<readonly string[]> {
    const { authenticationManagement: flows, identityProviders } = this.api;
    const ungated: string[] = [];
    for (const { alias = '', firstBrokerLoginFlowAlias: flow = '' } of await identityProviders.find()) {
      const steps = flow === '' ? [] : await flows.getExecutions({ flow });
      if (!steps.some(({ providerId, requirement }) => providerId === brokerGateStepId && requirement === 'REQUIRED')) {
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

interface RequiredAction {
  readonly alias?: string;
  readonly enabled?: boolean;
  readonly defaultAction?: boolean;
  readonly priority?: number;
}

function gateActionAmong(actions: readonly RequiredAction[]): RealmState['gateAction'] {
  const gate = actions.find(({ alias }) => alias === gateId);
  const verify = actions.find(({ alias }) => alias === 'VERIFY_EMAIL');
  return gate === undefined
    ? null
    : {
        enabled: gate.enabled === true,
        forEverybody: gate.defaultAction === true,
        belowVerifyEmail: (gate.priority ?? 0) > (verify?.priority ?? -1),
      };
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
