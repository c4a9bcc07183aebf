package dev.vestibule.keycloak.door.follow;

import dev.vestibule.keycloak.door.policy.DoorPolicy;
import dev.vestibule.keycloak.door.policy.InvalidPolicy;

/** Puts the parts of a policy together. If the parts of two policies are mixed, the newer one is completed. */
final class PolicyParts {

    private long newest = -1;
    private PolicyRecord begun;
    private String[] data;

    /** The sequence of the newest policy that was complete; -1 before the first. */
    long newest() {
        return newest;
    }

    /**
     * @return the policy when this was its last part, else null
     * @throws InvalidPolicy when the parts do not belong together
     */
    PackedPolicy add(PolicyRecord part) {
        if (part.sequence() <= newest || begun != null && part.sequence() < begun.sequence()) {
            return null;
        }
        if (part.format() > DoorPolicy.NEWEST_FORMAT) {
            return complete(part, "");
        }
        if (begun == null || part.sequence() > begun.sequence()) {
            begun = part;
            data = new String[part.parts()];
        }
        if (part.parts() != begun.parts() || !part.version().equals(begun.version())) {
            throw new InvalidPolicy("it does not belong to the other parts with its sequence");
        }
        data[part.part()] = part.data();
        for (String one : data) {
            if (one == null) {
                return null;
            }
        }
        return complete(part, String.join("", data));
    }

    private PackedPolicy complete(PolicyRecord part, String whole) {
        newest = part.sequence();
        begun = null;
        data = null;
        return new PackedPolicy(part.format(), part.sequence(), part.version(), whole);
    }
}
