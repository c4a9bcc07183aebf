/** Whether what is sent there stays on this machine. */
export function isLoopback(host: string): boolean {
  return /^(127\.[\d.]+|localhost|\[?::1\]?)$/i.test(host);
}

/** This machine, or a name without a dot: a neighbour in the same container network. */
export function isNear(host: string): boolean {
  return isLoopback(host) || /^[a-z0-9_-]+$/i.test(host);
}

export function isEverywhere(host: string): boolean {
  return /^(0\.0\.0\.0|\[?::\]?)$/.test(host);
}
