package dev.vestibule.keycloak.door.policy;

/** What the door does with a visitor, from the mildest to the strictest. */
public enum Door {

    /** Go on. */
    OPEN,

    /** The person may register, and waits at the gate until the rules have decided. */
    GATE,

    /** The person may not register. */
    REFUSE;

    public Door stricter(Door other) {
        return compareTo(other) < 0 ? other : this;
    }
}
