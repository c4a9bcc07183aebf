package dev.vestibule.keycloak.gate;

import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import org.keycloak.authentication.RequiredActionContext;
import org.keycloak.models.Constants;
import org.keycloak.services.managers.AuthenticationManager;
import org.keycloak.services.resources.LoginActionsService;

/** Where a browser asks for the gate and for nothing else. */
interface GateAddress {

    GateAddress OF_KEYCLOAK = context -> AuthenticationManager.redirectToRequiredActions(
            context.getSession(),
            context.getRealm(),
            context.getAuthenticationSession(),
            context.getUriInfo(),
            context.getAction());

    Response redirect(RequiredActionContext context);

    default URI of(RequiredActionContext context) {
        return redirect(context).getLocation();
    }

    /**
     * Whether the present request is such a one. A request that does more, as one that sets up a one-time password, has not
     * committed that yet: it must not wait with its changes in hand.
     */
    static boolean isHere(RequiredActionContext context) {
        MultivaluedMap<String, String> query = context.getUriInfo().getQueryParameters();
        return HttpMethod.GET.equals(context.getHttpRequest().getHttpMethod())
                && context.getAction().equals(query.getFirst(Constants.EXECUTION))
                && !query.containsKey(LoginActionsService.SESSION_CODE);
    }
}
