import { perRealm } from './per-realm.ts';

interface Kept<T> {
  readonly answer: Promise<T>;
  until: number;
}

/**
 * Keeps answers for a while: many who ask at once make one call. `ask` does not fail. The answers that nobody asked for
 * the longest go first.
 * @param forMs how long an answer is kept
 */
export function keepAnswers<T>(
  ask: (...key: readonly string[]) => Promise<T>,
  forMs: (answer: T) => number,
  now: () => number,
): (...key: readonly string[]) => Promise<T> {
  const known = perRealm((): { kept: Kept<T> | null } => ({ kept: null }));
  return (...key) => {
    const place = known(JSON.stringify(key));
    if (place.kept !== null && place.kept.until > now()) {
      return place.kept.answer;
    }
    const kept: Kept<T> = { answer: ask(...key), until: Number.POSITIVE_INFINITY };
    place.kept = kept;
    void kept.answer.then((answer) => (kept.until = now() + forMs(answer)));
    return kept.answer;
  };
}
