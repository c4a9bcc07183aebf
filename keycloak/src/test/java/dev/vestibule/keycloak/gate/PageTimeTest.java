package dev.vestibule.keycloak.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A time on the page")
class PageTimeTest {

    private static final Instant TIME = Instant.parse("2026-11-24T16:05:09.123Z");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            en | November 24, 2026 at 4:05 PM UTC
            de | 24. November 2026 um 16:05 UTC
            fr | 24 novembre 2026 à 16:05 UTC
            """)
    @DisplayName("is written as the language writes it, and names its zone")
    void languages(String language, String text) {
        // Releases of Java differ in the kind of space, and in a comma.
        String plain = PageTime.of(TIME, Locale.forLanguageTag(language)).get("text").replaceAll("[\\u00a0\\u202f]", " ");

        assertEquals(text.replaceAll(" (at|um|à) |, ", " "), plain.replaceAll(" (at|um|à) |, ", " "));
    }

    @Test
    @DisplayName("is there for programs as well")
    void iso() {
        assertEquals("2026-11-24T16:05:09.123Z", PageTime.of(TIME, Locale.GERMAN).get("iso"));
    }

    @Test
    @DisplayName("is in English where the language of the page is not known")
    void unknownLanguage() {
        assertEquals(Locale.ENGLISH, PageTime.locale(null, null));
    }
}
