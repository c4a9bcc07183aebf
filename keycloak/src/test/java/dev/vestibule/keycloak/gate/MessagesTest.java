package dev.vestibule.keycloak.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.text.MessageFormat;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The gate's messages")
class MessagesTest {

    @ParameterizedTest
    @ValueSource(strings = {"de", "fr"})
    @DisplayName("are there in every language, with the same places for values")
    void languages(String language) throws IOException {
        Properties english = messages("en");
        Properties other = messages(language);

        assertEquals(english.keySet(), other.keySet());
        english.forEach((key, text) -> assertEquals(
                places((String) text), places(other.getProperty((String) key)), (String) key));
    }

    @ParameterizedTest
    @EnumSource(GateState.class)
    @DisplayName("are there for every state")
    void states(GateState state) throws IOException {
        Properties english = messages("en");
        List<String> wanted = state.isOpen() ? List.of("Title", "Text", "Mail", "Awaited") : List.of("Title", "Text");

        wanted.forEach(part -> assertNotNull(english.get(state.messagePrefix() + part), state + part));
    }

    private static int places(String text) {
        return new MessageFormat(text).getFormatsByArgumentIndex().length;
    }

    private static Properties messages(String language) throws IOException {
        String file = "/theme-resources/messages/messages_" + language + ".properties";
        try (InputStream in = MessagesTest.class.getResourceAsStream(file)) {
            assertNotNull(in, file);
            Properties messages = new Properties();
            messages.load(new InputStreamReader(in, StandardCharsets.UTF_8));
            return messages;
        }
    }
}
