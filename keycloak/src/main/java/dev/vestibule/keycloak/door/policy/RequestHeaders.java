package dev.vestibule.keycloak.door.policy;

import jakarta.ws.rs.core.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.keycloak.http.HttpRequest;
import org.keycloak.models.KeycloakSession;

/** The request headers that the operator named: those that a gateway in front of Keycloak sets. */
public final class RequestHeaders {

    /** Keycloak cuts what it writes into an event at this length. */
    private static final int CUT_AT = 255;

    private final List<String> names;

    /** @param names in any letter case */
    public RequestHeaders(List<String> names) {
        this.names = names.stream().map(name -> name.toLowerCase(Locale.ROOT)).distinct().sorted().toList();
    }

    /** Lower-cased. */
    public List<String> names() {
        return names;
    }

    /** Those that the present request has, by lower-cased name; none outside a request. */
    public Map<String, String> of(KeycloakSession session) {
        HttpRequest request = session.getContext().getHttpRequest();
        return request == null || names.isEmpty() ? Map.of() : of(request.getHttpHeaders());
    }

    Map<String, String> of(HttpHeaders headers) {
        Map<String, String> found = new TreeMap<>();
        for (String name : names) {
            List<String> values = headers.getRequestHeader(name);
            if (values != null && !values.isEmpty()) {
                found.put(name, cut(String.join(", ", values)));
            }
        }
        return found;
    }

    /** Half a character cannot be written as JSON. */
    private static String cut(String value) {
        if (value.length() <= CUT_AT) {
            return value;
        }
        return value.substring(0, Character.isHighSurrogate(value.charAt(CUT_AT - 1)) ? CUT_AT - 1 : CUT_AT);
    }
}
