package dev.vestibule.keycloak.door.policy;

/** A policy that is not well-formed. It is refused as a whole. */
public final class InvalidPolicy extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    public InvalidPolicy(String reason) {
        super(reason);
    }
}
