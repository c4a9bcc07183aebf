package dev.vestibule.keycloak.door.policy;

import java.util.Arrays;

/**
 * An IPv4 or IPv6 address, read from text alone: no name is looked up. An IPv4 address mapped in IPv6 counts as IPv4. Short,
 * octal and hexadecimal forms of IPv4 are none: a stranger may have written the text, and programs differ about them.
 */
final class IpAddress {

    private static final int V4_BYTES = 4;
    private static final int V6_GROUPS = 8;
    private static final int GROUP_BYTES = 2;
    private static final int GROUP_DIGITS = 4;
    private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

    private final byte[] bytes;

    private IpAddress(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Null when the text is no address. */
    static IpAddress parse(String text) {
        byte[] bytes = text.indexOf(':') < 0 ? v4(text) : v6(text);
        return bytes == null ? null : new IpAddress(unmapped(bytes));
    }

    int bits() {
        return bytes.length * Byte.SIZE;
    }

    /** Whether this address begins with the same bits as the network. */
    boolean isIn(IpAddress network, int bits) {
        if (bytes.length != network.bytes.length) {
            return false;
        }
        int whole = bits / Byte.SIZE;
        int rest = bits % Byte.SIZE;
        return Arrays.equals(bytes, 0, whole, network.bytes, 0, whole)
                && (rest == 0 || (bytes[whole] ^ network.bytes[whole]) >> (Byte.SIZE - rest) == 0);
    }

    private static byte[] unmapped(byte[] bytes) {
        return bytes.length > V4_BYTES && Arrays.equals(bytes, 0, MAPPED.length, MAPPED, 0, MAPPED.length)
                ? Arrays.copyOfRange(bytes, MAPPED.length, bytes.length)
                : bytes;
    }

    private static byte[] v4(String text) {
        boolean octal = Arrays.stream(text.split("\\.")).anyMatch(part -> part.length() > 1 && part.startsWith("0"));
        return octal ? null : quad(text);
    }

    /** Four decimal numbers. */
    private static byte[] quad(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != V4_BYTES) {
            return null;
        }
        byte[] bytes = new byte[V4_BYTES];
        for (int i = 0; i < V4_BYTES; i++) {
            int number = number(parts[i], 10);
            if (number < 0 || number > 0xff) {
                return null;
            }
            bytes[i] = (byte) number;
        }
        return bytes;
    }

    private static byte[] v6(String text) {
        int zone = text.indexOf('%');
        if (zone >= 0 && number(text.substring(zone + 1), Character.MAX_RADIX) < 0) {
            return null; // a zone is of letters and digits
        }
        String address = withoutDots(zone < 0 ? text : text.substring(0, zone));
        if (address == null) {
            return null;
        }
        int gap = address.indexOf("::");
        byte[] front = groups(gap < 0 ? address : address.substring(0, gap));
        byte[] back = groups(gap < 0 ? "" : address.substring(gap + 2));
        int most = GROUP_BYTES * (gap < 0 ? V6_GROUPS : V6_GROUPS - 1);
        if (front == null || back == null || front.length + back.length > most || gap < 0 && front.length < most) {
            return null;
        }
        byte[] bytes = Arrays.copyOf(front, GROUP_BYTES * V6_GROUPS);
        System.arraycopy(back, 0, bytes, bytes.length - back.length, back.length);
        return bytes;
    }

    /** With an IPv4 address at the end written as two groups; null when that is none. */
    private static String withoutDots(String text) {
        if (text.indexOf('.') < 0) {
            return text;
        }
        int colon = text.lastIndexOf(':');
        byte[] quad = quad(text.substring(colon + 1));
        if (quad == null) {
            return null;
        }
        // "::10.0.0.1" is an old way to write "::ffff:10.0.0.1".
        String front = colon == 1 && text.startsWith("::") ? "::ffff:" : text.substring(0, colon + 1);
        return String.format("%s%02x%02x:%02x%02x", front, quad[0], quad[1], quad[2], quad[3]);
    }

    /** Null when one of them is no group. */
    private static byte[] groups(String text) {
        String[] parts = text.isEmpty() ? new String[0] : text.split(":", -1);
        byte[] bytes = new byte[GROUP_BYTES * parts.length];
        for (int i = 0; i < parts.length; i++) {
            int number = parts[i].length() > GROUP_DIGITS ? -1 : number(parts[i], 16);
            if (number < 0) {
                return null;
            }
            bytes[GROUP_BYTES * i] = (byte) (number >> Byte.SIZE);
            bytes[GROUP_BYTES * i + 1] = (byte) number;
        }
        return bytes;
    }

    /** -1 when the text is no number, and 65536 when it is a larger one. */
    private static int number(String text, int radix) {
        int value = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) < 0x80 ? Character.digit(text.charAt(i), radix) : -1;
            if (digit < 0) {
                return -1;
            }
            value = Math.min(value * radix + digit, 1 << 16);
        }
        return text.isEmpty() ? -1 : value;
    }
}
