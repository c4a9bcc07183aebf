package dev.vestibule.keycloak.events;

/** An option that Keycloak must not start with. The message names it in full, as an operator would set it. */
final class InvalidOption extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    InvalidOption(String option, String problem) {
        super("--" + ListenerOptions.PREFIX + option + " " + problem);
    }
}
