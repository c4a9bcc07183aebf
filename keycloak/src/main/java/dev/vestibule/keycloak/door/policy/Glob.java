package dev.vestibule.keycloak.door.policy;

import java.util.Locale;

/**
 * A pattern of {@code *} (any characters, also none) and {@code ?} (exactly one UTF-16 unit). It matches a text as a whole.
 *
 * <p>Strangers type what is matched. At worst, the time grows with the product of both lengths, where a regular expression
 * with several {@code *} can take far longer. The service matches in the same way: src/platform/glob.ts.
 */
public final class Glob {

    private final String pattern;
    private final boolean ignoresCase;

    private Glob(String pattern, boolean ignoresCase) {
        this.pattern = pattern;
        this.ignoresCase = ignoresCase;
    }

    public static Glob of(String pattern) {
        return new Glob(pattern, false);
    }

    public static Glob ignoringCase(String pattern) {
        return new Glob(lower(pattern), true);
    }

    public boolean matches(String text) {
        return matches(pattern, ignoresCase ? lower(text) : text);
    }

    /** The same whatever the server's language is: in Turkish, "I" becomes a letter of its own. */
    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    private static boolean matches(String pattern, String text) {
        int at = 0;
        int next = 0;
        int star = -1;
        int resume = 0;
        while (next < text.length()) {
            if (at < pattern.length() && pattern.charAt(at) == '*') {
                star = at++;
                resume = next;
            } else if (at < pattern.length() && (pattern.charAt(at) == '?' || pattern.charAt(at) == text.charAt(next))) {
                at++;
                next++;
            } else if (star >= 0) {
                at = star + 1; // the last star takes one character more: an earlier one never has to
                next = ++resume;
            } else {
                return false;
            }
        }
        while (at < pattern.length() && pattern.charAt(at) == '*') {
            at++;
        }
        return at == pattern.length();
    }
}
