package dev.vestibule.keycloak.door;

/**
 * Somebody who is about to register, as far as it is known.
 *
 * @param source {@code form}, or {@code broker:ALIAS}
 * @param sent whether the person has said who they are: if so, a missing e-mail address means that there is none
 */
public record Applicant(String source, boolean sent, String username, String email) {

    private static final String FORM = "form";

    /** The form is about to be shown. */
    public static Applicant atForm() {
        return new Applicant(FORM, false, null, null);
    }

    /** The form was sent. */
    public static Applicant ofForm(String username, String email) {
        return new Applicant(FORM, true, username, email);
    }

    public static Applicant ofBroker(String alias, String username, String email) {
        return new Applicant("broker:" + alias, true, username, email);
    }
}
