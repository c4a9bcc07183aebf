package dev.vestibule.keycloak.gate;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.Locale;
import java.util.Map;
import org.jboss.logging.Logger;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.UserModel;

/**
 * Times as the page tells them. A server does not know in which time zone a reader is, and its own would mislead: two nodes
 * may have two. So a time is in UTC, and says so. The page has no script, so nothing turns it into the reader's own.
 */
final class PageTime {

    private static final Logger LOG = Logger.getLogger(PageTime.class);

    private PageTime() {}

    /** For the page: {@code text} to read, as the language writes dates, and {@code iso} for programs. */
    static Map<String, String> of(Instant time, Locale locale) {
        String text = DateTimeFormatter.ofLocalizedDateTime(FormatStyle.LONG, FormatStyle.SHORT)
                .withLocale(locale)
                .withZone(ZoneOffset.UTC)
                .format(time);
        return Map.of("text", text + " UTC", "iso", DateTimeFormatter.ISO_INSTANT.format(time));
    }

    /** The language that Keycloak writes the page in. */
    static Locale locale(KeycloakSession session, UserModel user) {
        try {
            return session.getContext().resolveLocale(user);
        } catch (RuntimeException unknown) {
            LOG.debug("The language of a page is not known", unknown);
            return Locale.ENGLISH;
        }
    }
}
