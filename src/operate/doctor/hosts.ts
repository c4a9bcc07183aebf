import { isLoopback } from '../../platform/networks.ts';

/** This machine, or a name without a dot: a neighbour in the same container network. */
export function isNear(host: string): boolean {
  return isLoopback(host) || /^[a-z0-9_-]+$/i.test(host);
}

export function isEverywhere(host: string): boolean {
  return /^(0\.0\.0\.0|\[?::\]?)$/.test(host);
}
