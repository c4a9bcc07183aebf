package dev.vestibule.keycloak.door.policy;

/** Whether a condition holds, as far as it can be known at the door. */
enum Verdict {
    HOLDS,
    FAILS,

    /** Nobody can know it here, or not yet. */
    UNKNOWN,

    /** Only the service can read what the person typed or sent. Anybody can bring this about, so it never opens the door. */
    UNCLEAR;

    static Verdict of(boolean holds) {
        return holds ? HOLDS : FAILS;
    }

    Verdict opposite() {
        return switch (this) {
            case HOLDS -> FAILS;
            case FAILS -> HOLDS;
            case UNKNOWN, UNCLEAR -> this;
        };
    }
}
