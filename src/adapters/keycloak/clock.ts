/** Two clocks that are this close count as the same: a token says when it was issued in whole seconds. */
const toleranceMs = 1_000;
/** From here on operators should know. */
const worthSayingMs = 60_000;

/**
 * Keycloak's clock. The times of registrations and accounts are Keycloak's, so their ages are reckoned by its clock too.
 * Else a machine whose clock is wrong takes a registration of this moment for one of the future, or for an old one.
 *
 * Each access token says when Keycloak issued it. From there a monotonic clock counts on, which nobody sets. As long as
 * our own clock agrees, it is used: it is more exact than a token.
 */
export class KeycloakClock {
  readonly #ours: () => number;
  readonly #monotonic: () => number;
  /** What has to be added to the monotonic clock: at least, and at most. */
  #offset: { readonly least: number; readonly most: number } | null = null;

  constructor(ours: () => number = Date.now, monotonic: () => number = () => performance.now()) {
    this.#ours = ours;
    this.#monotonic = monotonic;
  }

  /** ms since 1970. Our own time until the first token. */
  now(): number {
    const ours = this.#ours();
    if (this.#offset === null) {
      return ours;
    }
    const counted = this.#monotonic();
    return Math.round(Math.min(Math.max(ours, counted + this.#offset.least), counted + this.#offset.most));
  }

  /** How far Keycloak's clock is ahead of ours (behind: below 0), in ms; 0 if they may well agree. */
  skewMs(): number {
    return this.now() - this.#ours();
  }

  /** What an operator should know; `null`: the clocks agree. */
  complaint(): string | null {
    const skew = this.skewMs();
    const seconds = Math.round(Math.abs(skew) / 1_000);
    return Math.abs(skew) < worthSayingMs
      ? null
      : `the clock of this machine is ${seconds} s ${skew > 0 ? 'behind' : 'ahead of'} Keycloak's`;
  }

  /** When a request for a token begins. @returns what takes the token that came of it */
  reading(): (token: string) => void {
    const asked = this.#monotonic();
    return (token) => {
      const issuedAt = issuedAtOf(token);
      if (issuedAt !== null) {
        const least = issuedAt - this.#monotonic() - toleranceMs;
        this.#offset = { least, most: issuedAt + 1_000 - asked + toleranceMs };
      }
    };
  }
}

/** ms since 1970; `null`: the token does not say. */
function issuedAtOf(token: string): number | null {
  try {
    const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { iat?: unknown };
    return typeof payload.iat === 'number' ? payload.iat * 1_000 : null;
  } catch {
    return null;
  }
}
