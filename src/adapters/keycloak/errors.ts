import { NetworkError } from '@keycloak/keycloak-admin-client';

import { ServiceError } from '../../errors.ts';

/** What Keycloak says, or its silence, as an error of the catalogue. `call` names what was tried, without personal data. */
export function translate(error: unknown, call: string): ServiceError {
  if (error instanceof ServiceError) {
    return error;
  }
  if (!(error instanceof NetworkError)) {
    return new ServiceError('KEYCLOAK_UNAVAILABLE', `${call}: no answer from Keycloak (${networkCause(error)})`, {
      cause: error,
    });
  }
  const { status } = error.response;
  const said = reason(error.responseData);
  if (status === 404) {
    return notFound(call, said);
  }
  if (status === 401 || status === 403) {
    const remedy = status === 401 ? 'the token is refused' : 'the service account lacks a role; see vestibule setup';
    return new ServiceError('KEYCLOAK_FORBIDDEN', `${call}: ${remedy}`, { status, said });
  }
  if (status === 408 || status === 429 || status >= 500) {
    return new ServiceError('KEYCLOAK_UNAVAILABLE', `${call}: Keycloak answers ${status}`, {
      status,
      said,
      ...retryAfter(error.response.headers.get('retry-after')),
    });
  }
  return new ServiceError('KEYCLOAK_REFUSED', `${call}: Keycloak refuses, ${status} ${said}`, { status, said });
}

/** A missing user and a missing group are both 404: only the body tells. */
function notFound(call: string, said: string): ServiceError {
  if (/user not found/i.test(said)) {
    return new ServiceError('USER_GONE', `${call}: no such user`);
  }
  if (/group/i.test(said)) {
    return new ServiceError('GROUP_MISSING', `${call}: ${said}`);
  }
  if (/role/i.test(said)) {
    return new ServiceError('ROLE_MISSING', `${call}: ${said}`);
  }
  if (/realm/i.test(said)) {
    return new ServiceError('REALM_UNKNOWN', `${call}: ${said}`);
  }
  return new ServiceError('KEYCLOAK_REFUSED', `${call}: 404 ${said}`, { status: 404 });
}

/** Keycloak's error key and field name; never its values, which may be what the person typed. */
function reason(data: unknown): string {
  if (typeof data !== 'object' || data === null) {
    return 'a body that is not JSON';
  }
  const { error, errorMessage, field } = data as Record<string, unknown>;
  const said = [errorMessage, error].find((text) => typeof text === 'string') ?? 'no reason given';
  return `${String(said).slice(0, 200)}${typeof field === 'string' ? ` (field ${field.slice(0, 80)})` : ''}`;
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
