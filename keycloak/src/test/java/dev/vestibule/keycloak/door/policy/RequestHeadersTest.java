package dev.vestibule.keycloak.door.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.vestibule.keycloak.gate.Sessions;
import jakarta.ws.rs.core.HttpHeaders;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.keycloak.models.KeycloakSession;

@DisplayName("The request headers")
class RequestHeadersTest {

    @Test
    @DisplayName("are those that are named, by their names in lower case")
    void named() {
        RequestHeaders named = new RequestHeaders(List.of("X-Partner-Id", "X-Zone", "X-Tier"));

        assertEquals(
                Map.of("x-partner-id", List.of("P-7"), "x-zone", List.of("a", "b")),
                named.of(request(Map.of("x-partner-id", List.of("P-7"), "x-zone", List.of("a", "b"), "cookie", List.of("secret")))));
    }

    @Test
    @DisplayName("are cut where Keycloak cuts details of events, and never within a character")
    void cut() {
        RequestHeaders named = new RequestHeaders(List.of("x"));
        assertEquals(List.of("a".repeat(255)), named.of(request(Map.of("x", List.of("a".repeat(300))))).get("x"));
        assertEquals(List.of("a".repeat(254)), named.of(request(Map.of("x", List.of("a".repeat(254) + "\uD83D\uDE00")))).get("x"));
    }

    @Test
    @DisplayName("that have no value are missing: no event keeps an empty detail")
    void empty() {
        RequestHeaders named = new RequestHeaders(List.of("x", "y"));
        assertEquals(Map.of(), named.of(request(Map.of("x", List.of(""), "y", List.of()))));
    }

    @Test
    @DisplayName("are in an event beside the names that were looked for, and there is nothing where none were")
    void details() {
        KeycloakSession session = Sessions.of(null, null, null, Map.of("x-zone", List.of("a")));
        assertEquals(
                Map.of("header.x-zone", "a", "vestibule_headers", "x-partner-id,x-zone"),
                new RequestHeaders(List.of("X-Zone", "X-Partner-Id")).details(session));
        assertEquals(Map.of("vestibule_headers", "x-tier"), new RequestHeaders(List.of("x-tier")).details(session));
        assertEquals(Map.of(), new RequestHeaders(List.of()).details(session));
        assertEquals(Map.of(), new RequestHeaders(List.of("x-zone")).details(Sessions.of(null, null)));
    }

    @Test
    @DisplayName("with several values are not known to whoever reads the event: a person may have added one to the gateway's")
    void several() {
        KeycloakSession session =
                Sessions.of(null, null, null, Map.of("x-zone", List.of("good", "evil"), "x-tier", List.of("a"), "x-both", List.of("", "a")));
        assertEquals(
                Map.of("header.x-tier", "a", "vestibule_headers", "x-partner-id,x-tier"),
                new RequestHeaders(List.of("x-zone", "x-tier", "x-both", "x-partner-id")).details(session));
        assertEquals(Map.of(), new RequestHeaders(List.of("x-zone")).details(session));
    }

    private static HttpHeaders request(Map<String, List<String>> headers) {
        return (HttpHeaders) Proxy.newProxyInstance(
                RequestHeadersTest.class.getClassLoader(), new Class<?>[] {HttpHeaders.class}, (self, method, arguments) -> {
                    if (!method.getName().equals("getRequestHeader")) {
                        throw new UnsupportedOperationException(method.getName());
                    }
                    return headers.get((String) arguments[0]);
                });
    }
}
