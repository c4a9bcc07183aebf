package dev.vestibule.keycloak.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The name of a client")
class ClientNameTest {

    @Test
    @DisplayName("is what the realm calls it")
    void name() {
        assertEquals("Partner Portal", ClientName.of(" Partner Portal "));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "  ", "${client_account}", "My ${client_account}"})
    @DisplayName("is not there where it is empty, or names a text of a theme")
    void none(String name) {
        assertNull(ClientName.of(name));
    }

    @Test
    @DisplayName("is cut, and never within a character")
    void cut() {
        assertEquals("😀".repeat(100), ClientName.of("😀".repeat(200)));
    }

    @Test
    @DisplayName("is unknown outside a request")
    void noSession() {
        assertNull(ClientName.of((org.keycloak.models.KeycloakSession) null));
    }
}
