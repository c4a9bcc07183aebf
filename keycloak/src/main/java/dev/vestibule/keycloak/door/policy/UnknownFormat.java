package dev.vestibule.keycloak.door.policy;

/** A policy of a format that only a newer provider can read. */
public final class UnknownFormat extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    public UnknownFormat(int format) {
        super("its format is " + format + ", and this provider reads formats up to " + DoorPolicy.NEWEST_FORMAT);
    }
}
