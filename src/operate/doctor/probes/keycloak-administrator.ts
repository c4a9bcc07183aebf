import { isServiceError } from '../../../platform/errors.ts';
import type { AdminLogin } from '../../setup/admin-login.ts';
import { RealmAdmin } from '../../setup/realm-admin.ts';
import { type Finding, warning } from '../finding.ts';
import { clientFindings, type ClientRef } from '../keycloak/account.ts';
import { keycloakVersionFindings } from '../versions.ts';
import { waysInOf } from './keycloak-flows.ts';
import { eventConfig, providerOf, type View } from './keycloak-answers.ts';

/** Looks at a realm as an administrator. @returns `null` when it cannot look */
export async function asAdministrator(
  { realm, clientId }: ClientRef,
  login: AdminLogin,
  found: (...findings: readonly Finding[]) => void,
): Promise<View | null> {
  try {
    const admin = await RealmAdmin.login(login, realm, clientId);
    const [state, waysIn, settings, events, server, [client]] = await Promise.all([
      admin.state(),
      waysInOf(login.url, realm, login),
      admin.api.realms.findOne({ realm }),
      admin.api.realms.getConfigEvents({ realm }),
      admin.api.serverInfo.find(),
      admin.api.clients.find({ clientId }),
    ]);
    found(
      ...keycloakVersionFindings(server.systemInfo?.version ?? null),
      ...(client === undefined
        ? []
        : clientFindings(
            { realm, clientId },
            {
              standardFlow: client.standardFlowEnabled === true,
              implicitFlow: client.implicitFlowEnabled === true,
              passwordGrant: client.directAccessGrantsEnabled === true,
            },
          )),
    );
    return {
      verifyEmail: settings?.verifyEmail ?? null,
      gate: {
        action: state.gateAction?.enabled === true,
        forEverybody: state.gateAction?.forEverybody === true,
      },
      waysIn,
      events: eventConfig.safeParse(events).data ?? null,
      provider: providerOf(server),
    };
  } catch (cause) {
    if (!isServiceError(cause)) {
      throw cause;
    }
    found(
      warning(
        'keycloak-administrator',
        `what only an administrator sees was not looked at: ${cause.message}`,
        'correct KEYCLOAK_ADMIN_USER and KEYCLOAK_ADMIN_PASSWORD, or leave them out',
      ),
    );
    return null;
  }
}
