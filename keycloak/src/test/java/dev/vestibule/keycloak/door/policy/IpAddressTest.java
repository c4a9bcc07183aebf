package dev.vestibule.keycloak.door.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("An address")
class IpAddressTest {

    @ParameterizedTest(name = "{0} in {1}/{2}: {3}")
    @CsvSource({
        "10.1.2.3,             10.0.0.0,        8,   true",
        "11.0.0.0,             10.0.0.0,        8,   false",
        "192.0.2.127,          192.0.2.0,       25,  true",
        "192.0.2.128,          192.0.2.0,       25,  false",
        "203.0.113.7,          203.0.113.7,     32,  true",
        "203.0.113.6,          203.0.113.7,     32,  false",
        "203.0.113.7,          10.0.0.0,        0,   true",
        "2001:db8:7fff::1,     2001:db8::,      33,  true",
        "2001:db8:8000::1,     2001:db8::,      33,  false",
        "2001:db8::1,          10.0.0.0,        0,   false",
        "10.0.0.1,             ::,              0,   false",
        "0:0:0:0:0:0:0:1,      ::1,             128, true",
        "fe80::1%eth0,         fe80::,          10,  true",
        "1:2:3:4:5:6:7::,      1:2:3:4:5:6:7:0, 128, true",
        "::2:3:4:5:6:7:8,      0:2:3:4:5:6:7:8, 128, true",
        "1:2:3:4:5:6:10.0.0.1, 1:2:3:4:5:6:a00:1, 128, true",
    })
    @DisplayName("is in a range when it begins with the same bits")
    void ranges(String address, String network, int bits, boolean in) {
        assertEquals(in, IpAddress.parse(address).isIn(IpAddress.parse(network), bits));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "::ffff:10.0.0.1", "::FFFF:a00:1", "0:0:0:0:0:ffff:10.0.0.1", "::10.0.0.1", "::ffff:010.0.0.1"
    })
    @DisplayName("of IPv4 may be mapped in IPv6, in all the ways that the service reads")
    void sameAddress(String text) {
        assertTrue(IpAddress.parse(text).isIn(IpAddress.parse("10.0.0.1"), 32));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", " ", "unknown", "localhost", "example.com", "10.0.0.256", "10.0.0.1.1", "10..0.1", ".10.0.0.1", "10.0.0.1.", "10.1", "167772161",
        "0xa.0.0.1", "012.0.0.1", "10.0.0.00", "4294967306.0.0.1", "65546.0.0.1", "99999999999999999999", "-1", "+1", "١٠.0.0.1", "10.0.0.1:8080", ":", ":::", "1::2::3", "1:2:3",
        "1:2:3:4:5:6:7:8:9", "::1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8::", "12345::", "g::", "1::2:", ":1::2", "::1%", "::1%a b",
        "::10.0.0.256", "::10.0.1", "10.0.0.1::", "[::1]"
    })
    @DisplayName("that cannot be read is none, and no name is looked up")
    void none(String text) {
        assertNull(IpAddress.parse(text));
    }
}
