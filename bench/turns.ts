import { setTimeout as sleep } from 'node:timers/promises';

export function rotated<T>(list: readonly T[], by: number): T[] {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

/** Calls `act` for each number below `count`, with so many calls under way at a time. */
export async function crowd(count: number, atOnce: number, act: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    for (let number = next++; number < count; number = next++) {
      await act(number);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

interface Turns {
  /** Calls for each contestant. */
  readonly count: number;
  readonly atOnce: number;
  /** After that, nothing of a contestant's turn is under way. */
  readonly restMs: number;
}

/**
 * The contestants take turns, each alone: a crowd of one kind bears its own load and no other's. A turn is one call, or
 * with several at a time five for each place, so that few of them run in a crowd that is thinning out. Each round begins
 * with another contestant, so that what disturbs the machine for a while meets all alike.
 * @param act gets a number that no other call has
 * @returns the time of each contestant's turns together, in ms
 */
export async function inTurns<Name extends string>(
  names: readonly Name[],
  { count, atOnce, restMs }: Turns,
  act: (name: Name, number: number) => Promise<void>,
): Promise<Readonly<Record<Name, number>>> {
  const spent = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
  const turn = atOnce === 1 ? 1 : atOnce * 5;
  for (let done = 0, round = 0; done < count; done += turn, round += 1) {
    for (const name of rotated(names, round)) {
      const first = done * names.length + names.indexOf(name);
      const begun = performance.now();
      await crowd(Math.min(turn, count - done), atOnce, (number) => act(name, first + number * names.length));
      spent[name] += performance.now() - begun;
      await sleep(restMs);
    }
  }
  return spent;
}
