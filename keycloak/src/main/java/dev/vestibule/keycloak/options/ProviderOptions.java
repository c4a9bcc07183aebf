package dev.vestibule.keycloak.options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
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
        return new ProviderOptions(prefix(spi, provider), given);
    }

    /** Before each option of a provider. */
    public static String prefix(String spi, String provider) {
        return "spi-" + spi + "--" + provider + "--";
    }

    /** @return null when it is not given */
    public String text(String option) {
        return given.remove(option);
    }

    public String text(String option, String otherwise) {
        String value = text(option);
        return value == null ? otherwise : value;
    }

    public int number(String option, int otherwise, int least, int most) {
        String value = text(option);
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
        throw invalid(option, "must be a whole number from " + least + " to " + most + ", not '" + value + "'");
    }

    public boolean flag(String option, boolean otherwise) {
        String value = text(option);
        return switch (value == null ? String.valueOf(otherwise) : value.strip()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw invalid(option, "must be true or false, not '" + value + "'");
        };
    }

    /** What an option's file holds, without line breaks at its end. */
    public String content(String option, String file) {
        try {
            return Files.readString(Path.of(file)).stripTrailing();
        } catch (IOException | InvalidPathException unreadable) {
            throw invalid(option, "cannot be read: " + unreadable);
        }
    }

    /** All that were not read yet. */
    public Map<String, String> others() {
        Map<String, String> others = new TreeMap<>(given);
        given.clear();
        return others;
    }

    public InvalidOption invalid(String option, String problem) {
        return new InvalidOption(prefix + option, problem);
    }

    /** To be called when all that are known were read. */
    public void refuseOthers() {
        for (String option : given.keySet()) {
            throw invalid(option, "is unknown");
        }
    }
}
