/** How long a client may take before it is cut off, in ms. */
export const patienceMs = 10_000;

/**
 * Limits that keep slow or silent clients from holding connections. Node looks for late ones every 30 seconds by itself,
 * and waits a minute for headers; so each time is said here, and the look comes more often.
 */
export function slowClientLimits(patience: number) {
  return {
    requestTimeout: patience,
    connectionTimeout: patience * 2, // longer: it also counts the time in which this service answers
    keepAliveTimeout: patience,
    http: {
      headersTimeout: patience,
      connectionsCheckingInterval: Math.max(50, patience / 10),
      maxHeaderSize: 8_192,
      requireHostHeader: false, // refused by `refuseAsNodeDoes`
    },
  };
}
