/** ms to wait before the nth repeat, counted from 1: doubling from `firstMs` up to `maxMs`, plus up to a fifth of jitter. */
export function backoff(attempt: number, { firstMs = 100, maxMs = 5_000 } = {}): number {
  return Math.min(firstMs * 2 ** (attempt - 1), maxMs) * (1 + Math.random() / 5);
}
