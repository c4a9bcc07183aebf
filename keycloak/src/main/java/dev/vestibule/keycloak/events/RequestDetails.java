package dev.vestibule.keycloak.events;

import dev.vestibule.keycloak.door.policy.PageLocale;
import dev.vestibule.keycloak.door.policy.RequestHeaders;
import java.util.HashMap;
import java.util.Map;
import org.keycloak.models.KeycloakSession;

/** Details of a registration that Keycloak's event does not have, and only the request knows. */
final class RequestDetails {

    /** Without it nobody knows in which language to write to a new user. Not there where the realm has but one language. */
    private static final String LOCALE = "locale";

    private RequestDetails() {}

    static Map<String, String> of(KeycloakSession session, RequestHeaders headers) {
        return of(PageLocale.of(session), headers.details(session));
    }

    static Map<String, String> of(String locale, Map<String, String> headers) {
        Map<String, String> details = new HashMap<>(headers);
        if (locale != null) {
            details.put(LOCALE, locale);
        }
        return details;
    }
}
