package dev.vestibule.keycloak.door.policy;

import jakarta.ws.rs.core.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jboss.logging.Logger;
import org.keycloak.http.HttpRequest;
import org.keycloak.models.KeycloakSession;

/** The request headers that the operator named: those that a gateway in front of Keycloak sets. */
public final class RequestHeaders {

    private static final Logger LOG = Logger.getLogger(RequestHeaders.class);

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

    /** Those that the present request has, by lower-cased name. Never an exception: outside a request there are none. */
    public Map<String, String> of(KeycloakSession session) {
        if (names.isEmpty()) {
            return Map.of();
        }
        try {
            HttpRequest request = session.getContext().getHttpRequest();
            return request == null ? Map.of() : of(request.getHttpHeaders());
        } catch (RuntimeException noRequest) {
            LOG.debug("The headers of a request are not known", noRequest);
            return Map.of();
        }
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
