package dev.vestibule.keycloak.gate;

import dev.vestibule.keycloak.door.policy.DoorPolicies;
import java.util.Locale;
import org.keycloak.common.ClientConnection;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakContext;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.RealmModel;

/** Keycloak's session of a request from 203.0.113.7, by somebody who reads German. */
public final class Sessions {

    private Sessions() {}

    /** @param policies of the server; null on one without the listener */
    public static KeycloakSession of(RealmModel realm, DoorPolicies policies) {
        return of(realm, null, policies);
    }

    public static KeycloakSession of(RealmModel realm, ClientModel client, DoorPolicies policies) {
        ClientConnection connection =
                Stub.of(ClientConnection.class).answer("getRemoteHost", () -> "203.0.113.7").get();
        KeycloakContext context = Stub.of(KeycloakContext.class)
                .answer("getRealm", () -> realm)
                .answer("getClient", () -> client)
                .answer("getConnection", () -> connection)
                .answer("getHttpRequest", () -> null)
                .answer("resolveLocale", () -> Locale.GERMAN)
                .get();
        KeycloakSessionFactory server = Stub.of(KeycloakSessionFactory.class)
                .answer("getProviderFactory", () -> policies == null ? null : new Listener(policies))
                .get();
        return Stub.of(KeycloakSession.class)
                .answer("getContext", () -> context)
                .answer("getKeycloakSessionFactory", () -> server)
                .get();
    }
}
