package dev.vestibule.keycloak.options;

/** An option that Keycloak must not start with. The message names it in full, as an operator would set it. */
public final class InvalidOption extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    InvalidOption(String option, String problem) {
        super("--" + option + " " + problem);
    }
}
