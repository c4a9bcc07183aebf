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

    private RequestDetails() {}

    /** @param policies of this server: by the policy in force, the gate may hold the person */
    static Map<String, String> of(KeycloakSession session, DoorPolicies policies) {
        return of(PageLocale.of(session), policies.requestHeaders().details(session), policies.details());
    }

    static Map<String, String> of(String locale, Map<String, String> headers, Map<String, String> policy) {
        Map<String, String> details = new HashMap<>(headers);
        details.putAll(policy);
        if (locale != null) {
            details.put(LOCALE, locale);
        }
        return details;
    }
}
