package dev.vestibule.keycloak.door.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A glob")
class GlobTest {

    @ParameterizedTest(name = "{0} and {1}: {2}")
    @CsvSource({
        "partner-portal, partner-portal,  true",
        "partner-portal, Partner-portal,  false",
        "partner-*,      partner-,        true",
        "partner-*,      a-partner-b,     false",
        "*a*b*,          xxaxxbxx,        true",
        "*a*b*,          xxbxxaxx,        false",
        "a?c,            abc,             true",
        "a?c,            ac,              false",
        "*.acme.com,     acme.com,        false",
        "a.c,            abc,             false",
        "'',             '',              true",
        "*,              '',              true",
        "?,              '',              false",
        "?,              \uD83D\uDE00,    false",
        "??,             \uD83D\uDE00,    true",
    })
    @DisplayName("matches a text as a whole")
    void matches(String pattern, String text, boolean matches) {
        assertEquals(matches, Glob.of(pattern).matches(text));
    }

    @ParameterizedTest(name = "{0} and {1}: {2}")
    @CsvSource({"*@ACME.com, ann@acme.COM, true", "TITLE*, title-1, true", "tıtle, TITLE, false", "ÄNN, änn, true"})
    @DisplayName("may ignore the letter case, whatever the server's language is")
    void ignoringCase(String pattern, String text, boolean matches) {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("tr"));
        try {
            assertEquals(matches, Glob.ignoringCase(pattern).matches(text));
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    @DisplayName("with many stars is no trap: a stranger chooses the text")
    void hostile() {
        String text = "a".repeat(5_000);
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> assertFalse(Glob.of("*a".repeat(50) + "*b").matches(text)));
    }
}
