package dev.vestibule.keycloak.events;

import dev.vestibule.keycloak.door.policy.DoorPolicies;
import dev.vestibule.keycloak.door.policy.PageLocale;
import java.util.HashMap;
import java.util.Map;
import org.keycloak.models.KeycloakSession;

/** Details of a registration that Keycloak's event does not have, and only the request or this server knows. */
final class RequestDetails {

    /** Without it nobody knows in which language to write to a new user. Not there where the realm has but one language. */
    private static final String LOCALE = "locale";

    /** With it, mails name the application as people know it. Keycloak tells it to nobody without a right of its own. */
    private static final String CLIENT_NAME = "vestibule_client_name";

    private RequestDetails() {}

    /** @param policies of this server: by the policy in force, the gate may hold the person */
    static Map<String, String> of(KeycloakSession session, DoorPolicies policies) {
        return of(PageLocale.of(session), ClientName.of(session), policies.requestHeaders().details(session), policies.details());
    }

    static Map<String, String> of(
            String locale, String clientName, Map<String, String> headers, Map<String, String> policy) {
        Map<String, String> details = new HashMap<>(headers);
        details.putAll(policy);
        if (locale != null) {
            details.put(LOCALE, locale);
        }
        if (clientName != null) {
            details.put(CLIENT_NAME, clientName);
        }
        return details;
    }
}
