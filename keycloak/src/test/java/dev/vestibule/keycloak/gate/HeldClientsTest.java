package dev.vestibule.keycloak.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Proxy;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keycloak.models.ClientModel;

@DisplayName("A client holds the people who register for it")
class HeldClientsTest {

    @ParameterizedTest(name = "{0} in {1}: {2}")
    @CsvSource(delimiter = '|', value = {
        "partner-portal | partner-portal        | true",
        "partner-portal | shop##partner-portal  | true",
        "partner-portal | shop, partner-portal  | true",
        "partner-portal | partner-*             | true",
        "partner-portal | *                     | true",
        "partner-portal | partner               | false",
        "my-partner-x   | partner-*             | false",
        "partnerXportal | partner.portal        | false",
        "partner-portal | ''                    | false",
    })
    @DisplayName("when the step's settings list it")
    void listed(String clientId, String clients, boolean held) {
        assertEquals(held, HeldClients.isHeld(client(clientId, null), Map.of("clients", clients)));
    }

    @ParameterizedTest(name = "vestibule.hold={0}: {1}")
    @CsvSource({"gate, true", "account, false", ", false"})
    @DisplayName("when its own attribute says so")
    void byAttribute(String value, boolean held) {
        assertEquals(held, HeldClients.isHeld(client("shop", value), Map.of()));
    }

    @Test
    @DisplayName("not, as long as nothing is set")
    void unset() {
        assertEquals(false, HeldClients.isHeld(client("shop", null), null));
    }

    private static ClientModel client(String id, String hold) {
        return (ClientModel) Proxy.newProxyInstance(
                HeldClientsTest.class.getClassLoader(), new Class<?>[] {ClientModel.class}, (self, method, arguments) ->
                        switch (method.getName()) {
                            case "getClientId" -> id;
                            case "getAttribute" -> arguments[0].equals("vestibule.hold") ? hold : null;
                            default -> throw new UnsupportedOperationException(method.getName());
                        });
    }
}
