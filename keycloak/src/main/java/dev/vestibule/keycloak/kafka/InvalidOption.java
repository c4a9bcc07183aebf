package dev.vestibule.keycloak.kafka;

/** An option that Keycloak must not start with. The message names it in full, as an operator would set it. */
public final class InvalidOption extends IllegalArgumentException {

    /** Before each option of the listener. */
    public static final String PREFIX = "spi-events-listener--vestibule--";

    private static final long serialVersionUID = 1L;

    public InvalidOption(String option, String problem) {
        super("--" + PREFIX + option + " " + problem);
    }
}
