import { counted } from '../operate/jobs/print.ts';
import { actorOptions } from './actor.ts';
import type { Io } from './command.ts';
import { type Option, UsageError } from './parse.ts';

/** Of commands that change what they list. */
export const changeOptions = {
  'dry-run': { about: 'only show what would be done' },
  yes: { about: 'do not ask' },
  ...actorOptions,
} as const satisfies Readonly<Record<string, Option>>;

export interface Wish {
  /** Whether a terminal is asked first. */
  readonly asks: boolean;
  readonly yes: boolean;
  readonly 'dry-run': boolean;
  readonly format: 'text' | 'json';
}

/** What a command does to the things that it found. */
interface ListedChange<T> {
  /** What JSON calls it, and "Nothing to …". */
  readonly how: string;
  readonly noun: string;
  readonly question: string;
  /** Completes "3 jobs …". */
  readonly done: string;
  readonly asJson: (one: T) => object;
  readonly planOf: (able: readonly T[]) => string;
  /** Whether the plan is shown although nobody is asked. */
  readonly showsPlan: boolean;
  /** @param tell for people: it stays out of the way of JSON. @returns what was changed */
  readonly changeAll: (able: readonly T[], tell: (text: string) => void) => Promise<readonly T[]>;
}

/** @throws UsageError */
export function assertOneOrAll(argument: string | undefined, all: boolean, one: string): void {
  if ((argument === undefined) === !all) {
    throw new UsageError(argument === undefined ? `Name ${one}, or give --all` : `Name ${one} or give --all, not both`);
  }
}

interface Obstacles<T> {
  readonly nameOf: (one: T) => string;
  /** Why one is left alone; `null`: it can be changed. */
  readonly obstacleTo: (one: T) => string | null;
}

/** Says what is left alone, and why. @returns the others */
export function ableOf<T>({ nameOf, obstacleTo }: Obstacles<T>, found: readonly T[], io: Io): T[] {
  return found.filter((one) => {
    const obstacle = obstacleTo(one);
    if (obstacle !== null) {
      io.stderr(`${nameOf(one)} is left alone: ${obstacle}\n`);
    }
    return obstacle === null;
  });
}

/**
 * Shows what would be done, asks, does it, and says what was done.
 * @param missed how many are left alone
 * @returns the exit code
 */
export async function changeListed<T>(
  change: ListedChange<T>,
  able: readonly T[],
  missed: number,
  wish: Wish,
  io: Io,
): Promise<number> {
  const { how, noun, question } = change;
  const output = (done: readonly T[]): void => {
    if (wish.format === 'json') {
      io.stdout(`${JSON.stringify({ [how]: done.map(change.asJson) }, null, 2)}\n`);
    }
  };
  const tell = (text: string): void => (wish.format === 'json' ? io.stderr(text) : io.stdout(text));
  if (able.length === 0) {
    tell(`Nothing to ${how}.\n`);
    output([]);
    return missed === 0 ? 0 : 1;
  }
  if (change.showsPlan || wish.asks || wish['dry-run']) {
    tell(change.planOf(able));
  }
  if (wish['dry-run']) {
    output(able);
    return 0;
  }
  if (wish.asks && !wish.yes && !(await io.agreed?.(question))) {
    io.stderr(`Nothing was changed.${io.agreed ? '' : ' There is no terminal to ask in: add --yes.'}\n`);
    return 1;
  }
  const done = await change.changeAll(able, tell);
  output(done);
  tell(`${counted(done.length, noun)} ${change.done}\n`);
  return missed + able.length - done.length === 0 ? 0 : 1;
}
