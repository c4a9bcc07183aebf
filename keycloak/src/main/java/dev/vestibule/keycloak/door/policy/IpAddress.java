package dev.vestibule.keycloak.door.policy;

import java.util.Arrays;

/**
 * An IPv4 or IPv6 address, read from text alone: no name is looked up. An IPv4 address mapped in IPv6 counts as IPv4. A
 * stranger may have written the text, so it also reads what other programs take for an address ({@code 10.1},
 * {@code 0x0a.0.0.1}), as the service does.
 */
final class IpAddress {

    private static final int V4_BYTES = 4;
    private static final int V6_GROUPS = 8;
    private static final long NONE = -1;
    private static final long TOO_LARGE = 1L << 32;
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

    /** One to four numbers. The last one fills the bytes that are left. */
    private static byte[] v4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length > V4_BYTES) {
            return null;
        }
        byte[] bytes = new byte[V4_BYTES];
        int last = parts.length - 1;
        for (int i = 0; i < last; i++) {
            long value = number(parts[i]);
            if (value < 0 || value > 0xff) {
                return null;
            }
            bytes[i] = (byte) value;
        }
        long value = number(parts[last]);
        if (value < 0 || value >> Byte.SIZE * (V4_BYTES - last) != 0) {
            return null;
        }
        for (int i = V4_BYTES - 1; i >= last; i--, value >>= Byte.SIZE) {
            bytes[i] = (byte) value;
        }
        return bytes;
    }

    /** Decimal, octal after {@code 0}, hexadecimal after {@code 0x}; see {@link #digits}. */
    private static long number(String text) {
        boolean hex = text.startsWith("0x") || text.startsWith("0X");
        boolean octal = !hex && text.length() > 1 && text.startsWith("0");
        return digits(hex ? text.substring(2) : text, hex ? 16 : octal ? 8 : 10);
    }

    /** {@link #NONE} when the text is no number; {@link #TOO_LARGE} when the number is beyond any address. */
    private static long digits(String text, int radix) {
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) < 0x80 ? Character.digit(text.charAt(i), radix) : -1;
            if (digit < 0) {
                return NONE;
            }
            value = Math.min(value * radix + digit, TOO_LARGE);
        }
        return text.isEmpty() ? NONE : value;
    }

    private static byte[] v6(String text) {
        int zone = text.indexOf('%');
        if (zone >= 0 && digits(text.substring(zone + 1), Character.MAX_RADIX) == NONE) {
            return null;
        }
        String address = withoutDots(zone < 0 ? text : text.substring(0, zone));
        if (address == null) {
            return null;
        }
        int gap = address.indexOf("::");
        if (gap < 0) {
            return groups(address, V6_GROUPS);
        }
        byte[] front = groups(address.substring(0, gap), -1);
        byte[] back = groups(address.substring(gap + 2), -1);
        if (front == null || back == null || front.length + back.length > 2 * (V6_GROUPS - 1)) {
            return null;
        }
        byte[] bytes = Arrays.copyOf(front, 2 * V6_GROUPS);
        System.arraycopy(back, 0, bytes, bytes.length - back.length, back.length);
        return bytes;
    }

    /** With an IPv4 address at the end written as two groups; null when that is none. */
    private static String withoutDots(String text) {
        if (text.indexOf('.') < 0) {
            return text;
        }
        int colon = text.lastIndexOf(':');
        String[] parts = text.substring(colon + 1).split("\\.", -1);
        long[] numbers = Arrays.stream(parts).mapToLong(part -> digits(part, 10)).toArray();
        if (numbers.length != V4_BYTES || Arrays.stream(numbers).anyMatch(number -> number < 0 || number > 0xff)) {
            return null;
        }
        // "::10.0.0.1" is an old way to write "::ffff:10.0.0.1".
        String front = colon == 1 && text.startsWith("::") ? "::ffff:" : text.substring(0, colon + 1);
        return front + Long.toHexString(numbers[0] << 8 | numbers[1]) + ":" + Long.toHexString(numbers[2] << 8 | numbers[3]);
    }

    /** @param count how many there must be; -1: any number of them */
    private static byte[] groups(String text, int count) {
        String[] parts = text.isEmpty() ? new String[0] : text.split(":", -1);
        if (count >= 0 && parts.length != count || parts.length > V6_GROUPS) {
            return null;
        }
        byte[] bytes = new byte[2 * parts.length];
        for (int i = 0; i < parts.length; i++) {
            long value = parts[i].length() > V4_BYTES ? -1 : digits(parts[i], 16);
            if (value < 0) {
                return null;
            }
            bytes[2 * i] = (byte) (value >> Byte.SIZE);
            bytes[2 * i + 1] = (byte) value;
        }
        return bytes;
    }
}
