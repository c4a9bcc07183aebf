package dev.vestibule.keycloak.door.policy;

/** Whether a condition holds, as far as it can be known at the door. */
enum Verdict {
    HOLDS,
    FAILS,
    UNKNOWN;

    static Verdict of(boolean holds) {
        return holds ? HOLDS : FAILS;
    }

    Verdict opposite() {
        return switch (this) {
            case HOLDS -> FAILS;
            case FAILS -> HOLDS;
            case UNKNOWN -> UNKNOWN;
        };
    }
}
