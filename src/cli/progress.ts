import type { Io } from './command.ts';

/** Says how far it is, at most once a second. */
export function progressOn(io: Io, now: () => number = Date.now): (progress: string) => void {
  let last = now();
  return (progress) => {
    if (now() - last >= 1_000) {
      last = now();
      io.stderr(`${progress}\n`);
    }
  };
}
