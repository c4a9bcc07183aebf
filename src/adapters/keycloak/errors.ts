import { NetworkError } from '@keycloak/keycloak-admin-client';

import { ServiceError } from '../../platform/errors.ts';

/**
 * What Keycloak says, or its silence, as an error of the catalogue, with the realm that it is about.
 * @param call what was tried, without personal data
 */
export function translate(error: unknown, call: string, realm: string): ServiceError {
  const { code, message, cause, details } = error instanceof ServiceError ? error : translated(error, call);
  return new ServiceError(code, message, { ...details, realm, ...(cause === undefined ? {} : { cause }) });
}

function translated(error: unknown, call: string): ServiceError {
  if (!(error instanceof NetworkError)) {
    return new ServiceError('KEYCLOAK_UNAVAILABLE', `${call}: no answer from Keycloak (${networkCause(error)})`, {
      cause: error,
    });
  }
  const { status, headers } = error.response;
  const said = reason(error.responseData);
  if (status === 401) {
    return new ServiceError(
      'KEYCLOAK_FORBIDDEN',
      `${call}: Keycloak refuses a fresh token; KEYCLOAK_URL must be the address that its tokens name as issuer`,
      { status, said },
    );
  }
  if (status === 403) {
    const remedy = 'the service account lacks a role; "vestibule setup --plan" shows which';
    return new ServiceError('KEYCLOAK_FORBIDDEN', `${call}: ${remedy}`, { status, said });
  }
  if (status === 408 || status === 429 || status >= 500) {
    return new ServiceError('KEYCLOAK_UNAVAILABLE', `${call}: Keycloak answers ${status}`, {
      status,
      said,
      ...retryAfter(headers.get('retry-after')),
    });
  }
  if (said === null) {
    return notKeycloak(call, status);
  }
  // Another deletion of the same user is under way. It may still fail, so this one is tried again.
  if (status === 400 && said.startsWith("User couldn't be deleted")) {
    return new ServiceError('KEYCLOAK_UNAVAILABLE', `${call}: Keycloak answers 400 ${said}`, { status, said });
  }
  return status === 404
    ? notFound(call, said)
    : new ServiceError('KEYCLOAK_REFUSED', `${call}: Keycloak refuses, ${status} ${said}`, { status, said });
}

/**
 * A proxy's login page, a redirect or a 404 of a wrong path is no answer of Keycloak's about a user. It is tried again.
 * Else a proxy's 404 would mean that the user is gone, and its 200 that an account is disabled.
 */
export function notKeycloak(call: string, status: number): ServiceError {
  const message = `${call}: something else than Keycloak answers (${status}); check KEYCLOAK_URL and what stands before Keycloak`;
  return new ServiceError('KEYCLOAK_UNAVAILABLE', message, { status });
}

/** A missing user and a missing group are both 404; only the body says which. */
function notFound(call: string, said: string): ServiceError {
  if (/user not found/i.test(said)) {
    return new ServiceError('USER_GONE', `${call}: no such user`);
  }
  if (/group/i.test(said)) {
    return new ServiceError('GROUP_MISSING', `${call}: ${said}`);
  }
  // A role is addressed through its client. If an administrator made the client anew, the roles we know are gone.
  if (/role|client/i.test(said)) {
    return new ServiceError('ROLE_MISSING', `${call}: ${said}`);
  }
  if (/realm/i.test(said)) {
    return new ServiceError('REALM_UNKNOWN', `${call}: Keycloak has no such realm`);
  }
  return new ServiceError('KEYCLOAK_REFUSED', `${call}: 404 ${said}`, { status: 404 });
}

/**
 * Keycloak's error key and field name; never its values, which may be what the person typed. `null`: not Keycloak's
 * form.
 */
function reason(data: unknown): string | null {
  if (typeof data !== 'object' || data === null) {
    return null;
  }
  const { error, errorMessage, field } = data as Record<string, unknown>;
  const said = [errorMessage, error].find((text) => typeof text === 'string') ?? 'no reason given';
  return `${said.slice(0, 200)}${typeof field === 'string' ? ` (field ${field.slice(0, 80)})` : ''}`;
}

/** `Retry-After` comes as seconds or as a date. */
function retryAfter(header: string | null): { retryAfterMs?: number } {
  if (header === null) {
    return {};
  }
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? { retryAfterMs: Math.min(ms, 600_000) } : {};
}

function networkCause(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  return cause?.code ?? name ?? 'unknown';
}
