import { z } from 'zod';

import type { RealmClient } from '../../adapters/keycloak/realm-client.ts';
import { listenerId } from '../setup/plan.ts';
import { ifAllowed } from './if-allowed.ts';
import type { Visible } from './realm-facts.ts';

const serverInfo = z.object({
  providers: z.object({
    eventsListener: z.object({
      providers: z.record(
        z.string(),
        z.object({ operationalInfo: z.record(z.string(), z.string()).nullish().default({}) }),
      ),
    }),
  }),
});

/** The request headers that the listener looks for; `null`: this Keycloak has no such listener. */
export function headersLookedFor(client: RealmClient): Promise<Visible<readonly string[] | null>> {
  return ifAllowed('view-realm', async () => {
    const { providers } = await client.get('read server info', '../../serverinfo', serverInfo);
    const listener = providers.eventsListener.providers[listenerId];
    return listener === undefined ? null : namesIn(listener.operationalInfo?.['request-headers']);
  });
}

/** As the listener shows its option. */
export function namesIn(list = ''): readonly string[] {
  return list.split(',').filter((name) => name !== '');
}
