package dev.vestibule.keycloak.gate;

import java.util.Arrays;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.keycloak.models.ClientModel;
import org.keycloak.models.Constants;

/** Which clients hold the people who register for them. */
final class HeldClients {

    /** Setting of the flow's execution: client ids, or globs with {@code *}. */
    static final String OPTION = "clients";

    /** Attribute of a client, and its value. */
    static final String ATTRIBUTE = "vestibule.hold";
    static final String GATE = "gate";

    private HeldClients() {}

    /** @param settings of the flow's execution; null when it has none. */
    static boolean isHeld(ClientModel client, Map<String, String> settings) {
        return GATE.equals(client.getAttribute(ATTRIBUTE))
                || settings != null && isListed(client.getClientId(), settings.getOrDefault(OPTION, ""));
    }

    private static boolean isListed(String clientId, String list) {
        return Arrays.stream(list.split(Pattern.quote(Constants.CFG_DELIMITER) + "|[,\\s]+"))
                .filter(glob -> !glob.isEmpty())
                .anyMatch(glob -> matches(clientId, glob));
    }

    private static boolean matches(String clientId, String glob) {
        String regex = Arrays.stream(glob.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
        return Pattern.compile(regex, Pattern.DOTALL).matcher(clientId).matches();
    }
}
