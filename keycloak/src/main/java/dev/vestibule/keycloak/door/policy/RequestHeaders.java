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
     * The detail that names the headers of which it is known what the request had. Where it is missing, nobody looked, and
     * nothing is known of any header.
     */
    private static final String LOOKED_FOR = "vestibule_headers";

    /** It counts as missing: an event keeps no empty detail, and all must see the same. */
    private static final List<String> NO_VALUE = List.of("");

    private final List<String> names;

    /** @param names in any letter case */
    public RequestHeaders(List<String> names) {
        this.names = names.stream().map(name -> name.toLowerCase(Locale.ROOT)).distinct().sorted().toList();
    }

    /** Lower-cased. */
    public List<String> names() {
        return names;
    }

    /** All values of those that the present request has, by lower-cased name. Outside a request there are none. */
    public Map<String, List<String>> of(KeycloakSession session) {
        return ask(session, this::of);
    }

    /**
     * What the event of a registration is to say of them. Nothing outside a request, and where no header is named. Nor is
     * anything said of a header with several values: nobody knows which one the gateway set.
     */
    public Map<String, String> details(KeycloakSession session) {
        return ask(session, headers -> {
            Map<String, List<String>> found = of(headers);
            List<String> known = names.stream().filter(name -> found.getOrDefault(name, List.of()).size() < 2).toList();
            if (known.isEmpty()) {
                return Map.of(); // an event keeps no empty detail
            }
            Map<String, String> details = new TreeMap<>();
            known.forEach(name ->
                    found.getOrDefault(name, List.of()).forEach(value -> details.put(DETAIL_PREFIX + name, value)));
            details.put(LOOKED_FOR, String.join(",", known));
            return details;
        });
    }

    /** Never an exception. */
    private <T> Map<String, T> ask(KeycloakSession session, Function<HttpHeaders, Map<String, T>> question) {
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

    Map<String, List<String>> of(HttpHeaders headers) {
        Map<String, List<String>> found = new TreeMap<>();
        for (String name : names) {
            List<String> values = headers.getRequestHeader(name);
            if (values != null && !values.isEmpty() && !values.equals(NO_VALUE)) {
                found.put(name, values.stream().map(RequestHeaders::cut).toList());
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
