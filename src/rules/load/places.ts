/** Where something stands in its file. */
export interface Place {
  /** 1-based, both. */
  readonly line: number;
  readonly col: number;
  /** In words of the file: `rules[0].then[1].join-group`. */
  readonly where: string;
}

/** Beside what was read and not in it: steps travel as plain JSON, and are compared as such. */
const places = new WeakMap<object, readonly Place[]>();

/** Notes where something stands; a list, where each of its items does. */
export function stands<T extends object>(thing: T, ...at: readonly Place[]): T {
  places.set(thing, at);
  return thing;
}

export function placesOf(thing: object): readonly Place[] {
  return places.get(thing) ?? [];
}
