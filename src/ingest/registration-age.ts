/**
 * Three ages up to which a registration is new to a part of the service, in ms.
 */

/**
 * An account is disabled early only if its registration is at most this old. An older record has waited somewhere, so
 * some milliseconds more do not matter, and an administrator may have decided about the account since.
 */
export const earlyDisableMaxAgeMs = 10_000;

/**
 * Keycloak may not show a user or an event yet for this long. A listener that announces before the commit is ahead by
 * up to a second (measured). The cache of another node of a cluster may be slower. What is still missing after that was
 * rolled back or deleted.
 */
export const visibleWithinMs = 60_000;

/**
 * Keycloak's clock and ours may differ by this much, a slow registration transaction included. An account that may be
 * this young is new: no administrator has given it privileges, and nobody works with it.
 */
export const newAccountMs = 5 * 60_000;
