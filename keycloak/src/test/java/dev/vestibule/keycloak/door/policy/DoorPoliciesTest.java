package dev.vestibule.keycloak.door.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.ProviderFactory;

@DisplayName("The door")
class DoorPoliciesTest {

    private static final RequestHeaders NO_HEADERS = new RequestHeaders(List.of());
    private static final DoorPolicy OPEN = DoorPolicy.parse("""
            {"format": 1, "version": "v1", "entries": [], "lists": []}""".getBytes(StandardCharsets.UTF_8));

    @ParameterizedTest
    @EnumSource
    @DisplayName("does what the operator said while there is no policy, and again when one is dropped")
    void withoutPolicy(Door door) {
        DoorPolicies policies = new DoorPolicies(door, NO_HEADERS);
        assertEquals(door, policies.answer(Visitors.ANN).door());

        policies.take(OPEN, Instant.now());
        assertEquals(Door.OPEN, policies.answer(Visitors.ANN).door());

        policies.drop();
        assertEquals(door, policies.answer(Visitors.ANN).door());
    }

    @Test
    @DisplayName("asks people to come back when it is closed for want of a policy")
    void closed() {
        assertEquals(Message.TRY_LATER, new DoorPolicies(Door.REFUSE, NO_HEADERS).answer(Visitors.ANN).message());
    }

    @Test
    @DisplayName("tells the admin console which policy is in force")
    void state() {
        DoorPolicies policies = new DoorPolicies(Door.GATE, NO_HEADERS);
        assertEquals(Map.of("door policy version", "none"), policies.state());

        policies.take(OPEN, Instant.now().minusSeconds(90));
        assertEquals("v1", policies.state().get("door policy version"));
        assertEquals("0", policies.state().get("door policy clients"));
        assertTrue(policies.state().get("door policy age").matches("9\\d s"));

        policies.take(OPEN, Instant.now().plusSeconds(90)); // the service's clock is ahead
        assertEquals("0 s", policies.state().get("door policy age"));
    }

    @Test
    @DisplayName("tells the event of a registration which policy is in force, and nothing without one")
    void details() {
        DoorPolicies policies = new DoorPolicies(Door.GATE, NO_HEADERS);
        assertEquals(Map.of(), policies.details());

        policies.take(OPEN, Instant.ofEpochMilli(1_795_479_557_788L));
        assertEquals(
                Map.of("vestibule_policy", "v1", "vestibule_policy_sequence", "1795479557788"), policies.details());
    }

    @Test
    @DisplayName("is the listener's, and open on a server without the listener")
    void ofSession() {
        DoorPolicies policies = new DoorPolicies(Door.REFUSE, NO_HEADERS);

        assertEquals(policies, DoorPolicies.of(session(() -> policies)));
        assertEquals(Door.OPEN, DoorPolicies.of(session(null)).answer(Visitors.ANN).door());
    }

    private static KeycloakSession session(DoorPolicies.Keeper listener) {
        Object factory = listener == null ? null : proxy(Map.of("doorPolicies", listener.doorPolicies()),
                ProviderFactory.class, DoorPolicies.Keeper.class);
        return (KeycloakSession) Proxy.newProxyInstance(
                DoorPoliciesTest.class.getClassLoader(), new Class<?>[] {KeycloakSession.class},
                (self, method, arguments) -> Proxy.newProxyInstance(
                        DoorPoliciesTest.class.getClassLoader(), new Class<?>[] {KeycloakSessionFactory.class},
                        (factorySelf, factoryMethod, factoryArguments) ->
                                factoryMethod.getName().equals("getProviderFactory") && "vestibule".equals(factoryArguments[1])
                                        ? factory
                                        : null));
    }

    private static Object proxy(Map<String, Object> answers, Class<?>... types) {
        return Proxy.newProxyInstance(
                DoorPoliciesTest.class.getClassLoader(), types, (self, method, arguments) -> answers.get(method.getName()));
    }
}
