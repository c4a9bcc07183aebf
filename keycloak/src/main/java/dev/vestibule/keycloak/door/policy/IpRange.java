package dev.vestibule.keycloak.door.policy;

import java.util.List;

/** Addresses that begin with the same bits. */
record IpRange(IpAddress network, int bits) {

    /** A visitor without an address, or with one that cannot be read, is in no range. */
    static Condition anyOf(List<IpRange> ranges) {
        return visitor -> {
            IpAddress address = visitor.ip() == null ? null : IpAddress.parse(visitor.ip());
            return Verdict.of(
                    address != null && ranges.stream().anyMatch(range -> address.isIn(range.network, range.bits)));
        };
    }
}
