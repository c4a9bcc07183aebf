/** A step of Keycloak's and its priority: Keycloak runs the lowest first. */
export interface Ranked {
  readonly id: string;
  readonly priority: number;
}

/**
 * The priority for a step that is to stand before the one at `place`. Where there is no number between the two
 * neighbours, the steps behind move up. They come last first, so that no two are ever the same.
 * @param others the other steps of that part, in their order
 */
export function makeRoom(
  others: readonly Ranked[],
  place: number,
): { readonly priority: number; readonly moved: readonly Ranked[] } {
  const priority = (others[place - 1]?.priority ?? -1) + 1;
  const next = others[place]?.priority ?? priority + 1;
  const lacking = Math.max(0, priority + 1 - next);
  const moved =
    lacking === 0 ? [] : others.slice(place).map(({ id, priority: old }) => ({ id, priority: old + lacking }));
  return { priority, moved: moved.toReversed() };
}
