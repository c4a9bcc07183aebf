package dev.vestibule.keycloak.door;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.vestibule.keycloak.door.policy.Answer;
import dev.vestibule.keycloak.door.policy.Door;
import dev.vestibule.keycloak.door.policy.Message;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keycloak.models.utils.FormMessage;

@DisplayName("A refusal on the form")
class RefusalTest {

    private static final Set<String> FIELDS = Set.of("username", "email", "firstName");

    @ParameterizedTest(name = "{0} on a form with {1}: at {2}")
    @CsvSource({
        "email,    username email, email",
        "username, username email, username",
        "username, email,          email",
        "email,    username,       global",
        ",         username email, global",
    })
    @DisplayName("stands at the field that the rule is about, if the form has it, else above the form")
    void field(String field, String form, String shownAt) {
        assertEquals(shownAt, refusal(Message.CLOSED, field).message(Set.of(form.split(" ")), Locale.ENGLISH).getField());
    }

    @Test
    @DisplayName("is one of the theme's messages, where it has a name")
    void named() {
        assertEquals("vestibuleRefusalOtherAddress", text(Message.named("other-address"), Locale.FRENCH));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({"de-AT, Nur Firmen", "fr, Companies only", "en, Companies only"})
    @DisplayName("is the operator's own text in the person's language, else in English")
    void own(String locale, String text) {
        Message message = Message.of(Map.of("en", "Companies only", "de", "Nur Firmen"));

        assertEquals(text, text(message, Locale.forLanguageTag(locale)));
    }

    @Test
    @DisplayName("makes nothing but text of an operator's own text, in templates that take it for HTML as well")
    void harmless() {
        assertEquals(
                "a <\u2060b>&\u2060lt; 1 <\u2060 2",
                text(Message.of(Map.of("en", "a <b>&lt; 1 < 2")), Locale.ENGLISH));
    }

    private static String text(Message message, Locale locale) {
        FormMessage shown = refusal(message, null).message(FIELDS, locale);
        return shown.getMessage();
    }

    private static Refusal refusal(Message message, String field) {
        return new Refusal(new Answer(Door.REFUSE, "no", "partner.yaml", 7, "v1", message, field));
    }
}
