import { z } from 'zod';

import type { RealmClient } from '../../adapters/keycloak/realm-client.ts';
import { isServiceError } from '../../platform/errors.ts';
import type { Execution } from '../door/execution.ts';
import type { WayIn } from '../door/ways-in.ts';
import { ifAllowed } from './if-allowed.ts';
import { type ClientFacts, isForbidden, type Visible } from './realm-facts.ts';

const realmFlows = z.object({
  browserFlow: z.string().default('browser'),
  registrationFlow: z.string().default('registration'),
  firstBrokerLoginFlow: z.string().default('first broker login'),
  /** Absent without the right: Keycloak answers with less rather than not at all. */
  registrationAllowed: z.boolean().optional(),
  organizationsEnabled: z.boolean().default(false),
});
const identityProviders = z.array(
  z.object({
    alias: z.string(),
    enabled: z.boolean().default(true),
    linkOnly: z.boolean().default(false),
    firstBrokerLoginFlowAlias: z.string().nullish(),
  }),
);
const flow = z.object({ alias: z.string() });
const executions = z.array(
  z
    .object({
      level: z.number(),
      requirement: z.string(),
      providerId: z.string().optional(),
      authenticationFlow: z.boolean().optional(),
    })
    .transform(({ level, requirement, providerId, authenticationFlow }) => ({
      level,
      requirement,
      provider: authenticationFlow === true ? null : (providerId ?? null),
    })),
);

/** Keycloak's default. */
const pageSize = 100;

/** The flow in which people log in to a client. */
export function loginFlow(client: RealmClient, { ownFlow }: ClientFacts): Promise<Visible<readonly Execution[]>> {
  return ifAllowed('view-realm', async () => {
    const alias =
      ownFlow === null
        ? (await client.get('read realm', '', realmFlows)).browserFlow
        : (await client.get('read flow', `authentication/flows/${ownFlow}`, flow)).alias;
    return executionsOf(client, alias);
  });
}

/** The flows by which people get an account of their own. */
export async function waysIn(client: RealmClient): Promise<Visible<readonly WayIn[]>> {
  const brokers = await ifAllowed('view-identity-providers', () => providersOf(client));
  if (isForbidden(brokers)) {
    return brokers;
  }
  return ifAllowed('view-realm', async () => {
    const realm = await client.get('read realm', '', realmFlows);
    if (realm.registrationAllowed === undefined) {
      return { lacks: 'view-realm' as const };
    }
    const through = new Map<string, string[]>();
    for (const { alias, enabled, linkOnly, firstBrokerLoginFlowAlias } of brokers) {
      const own = firstBrokerLoginFlowAlias || realm.firstBrokerLoginFlow;
      if (enabled && !linkOnly) {
        through.set(own, [...(through.get(own) ?? []), alias]);
      }
    }
    // An invitation to an organization leads to the form, also where registration is off.
    const forms = realm.registrationAllowed || realm.organizationsEnabled ? [realm.registrationFlow] : [];
    const ways = [
      ...forms.map((alias) => ({ way: 'form' as const, flow: alias, through: [] })),
      ...[...through].map(([alias, aliases]) => ({ way: 'broker' as const, flow: alias, through: aliases })),
    ];
    return Promise.all(ways.map(async (way) => ({ ...way, steps: await stepsOf(client, way.flow) })));
  });
}

async function providersOf(client: RealmClient): Promise<z.output<typeof identityProviders>> {
  const all: z.output<typeof identityProviders> = [];
  for (;;) {
    const query = { first: String(all.length), max: String(pageSize) };
    const page = await client.get('list identity providers', 'identity-provider/instances', identityProviders, query);
    all.push(...page);
    if (page.length < pageSize) {
      return all;
    }
  }
}

/** @returns `null` where Keycloak lacks the provider of a step, and so lists none of the flow */
async function stepsOf(client: RealmClient, alias: string): Promise<readonly Execution[] | null> {
  try {
    return await executionsOf(client, alias);
  } catch (error) {
    if (isServiceError(error, 'KEYCLOAK_REFUSED') && error.details['status'] === 404) {
      return null;
    }
    throw error;
  }
}

function executionsOf(client: RealmClient, alias: string): Promise<readonly Execution[]> {
  return client.get('read flow', `authentication/flows/${encodeURIComponent(alias)}/executions`, executions);
}
