package dev.vestibule.keycloak.door.policy;

import java.util.Locale;
import java.util.Map;

/**
 * What a refused person reads: either a text that ships with this provider, by its name, or the operator's own texts.
 *
 * @param name such as {@code other-address}; null for own texts
 * @param texts plain text by language, with {@code en} among them; empty for a named text
 */
public record Message(String name, Map<String, String> texts) {

    public static final Message CLOSED = named("closed");
    public static final Message TRY_LATER = named("try-later");

    private static final String EVERYONE = "en";

    public Message {
        texts = Map.copyOf(texts);
        if ((name == null) != texts.containsKey(EVERYONE)) {
            throw new IllegalArgumentException("a message has either a name or texts, with an English one among them");
        }
    }

    public static Message named(String name) {
        return new Message(name, Map.of());
    }

    public static Message of(Map<String, String> texts) {
        return new Message(null, texts);
    }

    public boolean isNamed() {
        return name != null;
    }

    /** The own text in the person's language, else in English; null for a named text. */
    public String text(Locale locale) {
        return texts.getOrDefault(locale.getLanguage(), texts.get(EVERYONE));
    }
}
