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

    /** Before the lower-cased name of each request header that the operator named. */
    private static final String HEADER_PREFIX = "header.";

    private RequestDetails() {}

    static Map<String, String> of(KeycloakSession session, RequestHeaders headers) {
        return of(PageLocale.of(session), headers.of(session));
    }

    static Map<String, String> of(String locale, Map<String, String> headers) {
        Map<String, String> details = new HashMap<>();
        if (locale != null) {
            details.put(LOCALE, locale);
        }
        headers.forEach((name, value) -> details.put(HEADER_PREFIX + name, value));
        return details;
    }
}
