import { z } from 'zod';

import type { WayIn } from '../../door/ways-in.ts';
import { gateId } from '../../setup/plan-gate.ts';
import { listenerId } from '../../setup/plan.ts';
import type { EventSettings, ProviderFacts } from '../keycloak/events.ts';
import type { RealmSettings } from '../keycloak/realm.ts';

/** What an account sees of a realm; `null` where its rights do not reach. */
export interface View {
  readonly verifyEmail: boolean | null;
  readonly gate: RealmSettings['gate'];
  readonly waysIn: readonly WayIn[] | null;
  readonly events: EventSettings | null;
  readonly provider: ProviderFacts | null;
}

export function claimsOf(token: string): z.output<typeof claims> {
  const [, payload = ''] = token.split('.');
  return claims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
}

export function providerOf(json: unknown): ProviderFacts | null {
  const providers = serverInfo.safeParse(json).data?.providers;
  if (providers === undefined) {
    return null;
  }
  const listener = providers.eventsListener?.providers[listenerId];
  return {
    listener: listener === undefined ? null : (listener.operationalInfo ?? {}),
    gate: providers['required-action']?.providers[gateId] !== undefined,
  };
}

export const discovery = z.object({ issuer: z.string(), prompt_values_supported: z.array(z.string()).optional() });
export const said = z.object({ error: z.string(), error_description: z.string().optional() });
export const tokenAnswer = z.object({ access_token: z.string() });
const roles = z.object({ roles: z.array(z.string()).optional() });
const claims = z.object({
  iat: z.number().optional(),
  realm_access: roles.optional(),
  resource_access: z.record(z.string(), roles).optional(),
});
export const realmSettings = z.object({ verifyEmail: z.boolean().optional() });
export const eventConfig = z
  .object({
    eventsEnabled: z.boolean(),
    enabledEventTypes: z.array(z.string()).default([]),
    eventsExpiration: z.number().default(0),
    eventsListeners: z.array(z.string()).default([]),
  })
  .transform(({ eventsEnabled, enabledEventTypes, eventsExpiration, eventsListeners }) => ({
    enabled: eventsEnabled,
    types: enabledEventTypes,
    expiration: eventsExpiration,
    listeners: eventsListeners,
  }));
const providersOfType = z.object({
  providers: z.record(
    z.string(),
    z.looseObject({ operationalInfo: z.record(z.string(), z.string()).nullable().optional() }),
  ),
});
const serverInfo = z.object({
  providers: z.object({ eventsListener: providersOfType.optional(), 'required-action': providersOfType.optional() }),
});
