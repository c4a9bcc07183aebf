export function median(values: readonly number[]): number {
  return at(values, 0.5);
}

export function p99(values: readonly number[]): number {
  return at(values, 0.99);
}

export function figures(values: readonly number[]): string {
  return `median ${Math.round(median(values))} ms, p99 ${Math.round(p99(values))} ms`;
}

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
