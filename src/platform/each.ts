/**
 * Works on each item, at most `atOnce` of them at a time. One that fails keeps none of the others waiting.
 * @throws AggregateError with what failed, after all had their turn
 */
export async function forEach<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const failures: unknown[] = [];
  const rest = items.values();
  async function lane(): Promise<void> {
    for (const item of rest) {
      await work(item).catch((error: unknown) => failures.push(error));
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  if (failures.length > 0) {
    throw new AggregateError(failures, `${failures.length} of ${items.length} failed: ${inShort(failures[0])}`);
  }
}

function inShort(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
