package dev.vestibule.keycloak.events;

import org.jboss.logging.Logger;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;

/** What people call the client that somebody registers through. */
final class ClientName {

    private static final Logger LOG = Logger.getLogger(ClientName.class);

    /** In code points: an event's detail has 255 characters. */
    private static final int LONGEST = 100;

    private ClientName() {}

    /** @return null where the client has no name. Never an exception: nobody's registration depends on it. */
    static String of(KeycloakSession session) {
        try {
            ClientModel client = session.getContext().getClient();
            return client == null ? null : of(client.getName());
        } catch (RuntimeException unknown) {
            LOG.debug("The name of a client is not known", unknown);
            return null;
        }
    }

    /** {@code ${client_account}} names a text of a theme, which only a page can look up. */
    static String of(String name) {
        if (name == null || name.isBlank() || name.contains("${")) {
            return null;
        }
        String whole = name.strip();
        return whole.codePointCount(0, whole.length()) <= LONGEST
                ? whole
                : whole.substring(0, whole.offsetByCodePoints(0, LONGEST));
    }
}
