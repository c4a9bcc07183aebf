package dev.vestibule.keycloak.door.policy;

/**
 * What the door does, and why.
 *
 * @param rule the name of the rule that refuses; null when none does
 * @param file the rule's file; null when no rule refuses
 * @param line the rule's line; 0 when no rule refuses
 * @param version of the policy that answered; null without one
 * @param message what a refused person reads; null unless refused
 * @param field the field of the form to show the message at, {@code email} or {@code username}; null for the whole form
 */
public record Answer(Door door, String rule, String file, int line, String version, Message message, String field) {

    static Answer of(Door door, String version, Message message) {
        return new Answer(door, null, null, 0, version, message, null);
    }
}
