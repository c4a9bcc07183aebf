package dev.vestibule.keycloak.door.policy;

import jakarta.ws.rs.core.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.keycloak.http.HttpRequest;
import org.keycloak.models.KeycloakSession;

/** The request headers that the operator named: those that a gateway in front of Keycloak sets. */
public final class RequestHeaders {

    private static final Logger LOG = Logger.getLogger(RequestHeaders.class);

    /** Keycloak cuts what it writes into an event at this length. */
    private static final int CUT_AT = 255;

    /** Before the lower-cased name of a header, in the name of an event's detail. */
    private static final String DETAIL_PREFIX = "header.";

    /**
     * The detail that names the headers which were looked for. Where it is missing, nobody looked, and nothing is known of any
     * header.
     */
    private static final String LOOKED_FOR = "vestibule_headers";

    private final List<String> names;

    /** @param names in any letter case */
    public RequestHeaders(List<String> names) {
        this.names = names.stream().map(name -> name.toLowerCase(Locale.ROOT)).distinct().sorted().toList();
    }

    /** Lower-cased. */
    public List<String> names() {
        return names;
    }

    /** Those that the present request has, by lower-cased name. Outside a request there are none. */
    public Map<String, String> of(KeycloakSession session) {
        return ask(session, this::of);
    }

    /** What the event of a registration is to say of them. Nothing outside a request, and where no header is named. */
    public Map<String, String> details(KeycloakSession session) {
        return ask(session, headers -> {
            Map<String, String> details = new TreeMap<>();
            of(headers).forEach((name, value) -> details.put(DETAIL_PREFIX + name, value));
            details.put(LOOKED_FOR, String.join(",", names));
            return details;
        });
    }

    /** Never an exception. */
    private Map<String, String> ask(KeycloakSession session, Function<HttpHeaders, Map<String, String>> question) {
        if (names.isEmpty()) {
            return Map.of();
        }
        try {
            HttpRequest request = session.getContext().getHttpRequest();
            return request == null ? Map.of() : question.apply(request.getHttpHeaders());
        } catch (RuntimeException noRequest) {
            LOG.debug("The headers of a request are not known", noRequest);
            return Map.of();
        }
    }

    Map<String, String> of(HttpHeaders headers) {
        Map<String, String> found = new TreeMap<>();
        for (String name : names) {
            List<String> values = headers.getRequestHeader(name);
            String value = values == null ? "" : cut(String.join(", ", values));
            if (!value.isEmpty()) { // an event keeps no empty detail, and all must see the same
                found.put(name, value);
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
