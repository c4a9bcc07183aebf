package dev.vestibule.keycloak.options;

import java.util.Map;
import java.util.TreeMap;
import org.keycloak.Config;

/** What an operator set for one provider, each as {@code --spi-<spi>--<provider>--<option>}. */
public final class ProviderOptions {

    private final String prefix;
    private final Map<String, String> given;

    private ProviderOptions(String prefix, Map<String, String> given) {
        this.prefix = prefix;
        this.given = given;
    }

    @SuppressWarnings("deprecation") // getPropertyNames is the one way to see an option that nobody asks for: a misspelt one
    public static ProviderOptions of(String spi, String provider, Config.Scope scope) {
        Map<String, String> given = new TreeMap<>();
        for (String property : scope.getPropertyNames()) {
            String option = property.replaceFirst("^.*--", "");
            if (!option.equals("enabled")) { // Keycloak's own, for any provider
                given.put(option, scope.get(option));
            }
        }
        return new ProviderOptions("spi-" + spi + "--" + provider + "--", given);
    }

    public int number(String option, int otherwise, int least, int most) {
        String value = given.remove(option);
        if (value == null) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(value.strip());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // the message below says it
        }
        throw new InvalidOption(
                prefix + option, "must be a whole number from " + least + " to " + most + ", not '" + value + "'");
    }

    public boolean flag(String option, boolean otherwise) {
        String value = given.remove(option);
        return switch (value == null ? String.valueOf(otherwise) : value.strip()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new InvalidOption(prefix + option, "must be true or false, not '" + value + "'");
        };
    }

    /** To be called when all that are known were read. */
    public void refuseOthers() {
        for (String option : given.keySet()) {
            throw new InvalidOption(prefix + option, "is unknown");
        }
    }
}
