package dev.vestibule.keycloak.door.policy;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What is known of a person at the door. {@code null}: it is not known.
 *
 * @param source {@code form}, or {@code broker:ALIAS}
 * @param locale language tag of the page that the person sees; see {@link PageLocale}
 * @param headers all values by lower-cased name; see {@link RequestHeaders}
 * @param sent whether the form was sent. If it was, a missing e-mail address means that the person has none.
 */
public record Visitor(
        String realm,
        String client,
        String source,
        String ip,
        String locale,
        Instant time,
        Map<String, List<String>> headers,
        boolean sent,
        String username,
        String email) {

    public Visitor {
        headers = Map.copyOf(headers);
    }
}
