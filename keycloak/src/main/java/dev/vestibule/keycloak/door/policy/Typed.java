package dev.vestibule.keycloak.door.policy;

import java.util.List;
import java.util.Set;

/** Conditions on what the person typed into the form. */
final class Typed {

    /** Keycloak cuts what it writes into an event at this length. So the service has to read such a value elsewhere. */
    private static final int CUT_AT = 255;

    private Typed() {}

    static Condition username(List<Glob> globs) {
        return visitor -> {
            String username = visitor.username();
            return username == null || isCut(username) ? missing(visitor) : Verdict.of(matchesAny(globs, username));
        };
    }

    static Condition email(List<Glob> globs) {
        return ofEmail(email -> Verdict.of(matchesAny(globs, email)));
    }

    /** The part after the last {@code @}; both sets are in lower case. */
    static Condition emailDomain(Set<String> exact, List<Glob> globs) {
        return ofEmail(email -> {
            String domain = email.substring(email.lastIndexOf('@') + 1);
            if (domain.isEmpty() || domain.length() == email.length()) {
                return Verdict.FAILS;
            }
            // The service brings other domains into the form that DNS has. Java does so by older rules: the service decides.
            if (!domain.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
                return Verdict.UNCLEAR;
            }
            String lower = Glob.lower(domain);
            String comparable = lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower; // the dot of the root
            return Verdict.of(exact.contains(comparable) || matchesAny(globs, comparable));
        });
    }

    static boolean matchesAny(List<Glob> globs, String text) {
        return globs.stream().anyMatch(glob -> glob.matches(text));
    }

    private interface EmailTest {
        Verdict of(String email);
    }

    private static Condition ofEmail(EmailTest test) {
        return visitor -> {
            String email = visitor.email();
            if (email == null) {
                return visitor.sent() ? Verdict.FAILS : missing(visitor);
            }
            return isCut(email) ? missing(visitor) : test.of(email);
        };
    }

    /**
     * Before the form is sent, nobody has typed anything. After that, only what was typed can keep a value from being known.
     */
    private static Verdict missing(Visitor visitor) {
        return visitor.sent() ? Verdict.UNCLEAR : Verdict.UNKNOWN;
    }

    private static boolean isCut(String value) {
        return value.length() >= CUT_AT;
    }
}
