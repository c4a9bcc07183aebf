import { isGlob, matchesGlob } from '../../platform/glob.ts';
import type { RuleBook, RuleFile } from '../model.ts';
import { locksOut } from '../steps/index.ts';
import type { Problem } from './problem.ts';

/**
 * The part of a rule file that would be lost: the realms and clients that it names, and no file of the new rules does.
 * Whoever registers there would be let in without a word. A file whose rules do nothing is no loss. A file that keeps
 * people out is also lost where the only file that is left for a client is wider and lets everybody in.
 * @returns one file for each realm, with the clients that are left; none if nothing is lost
 */
export function lostPartOf(file: RuleFile, now: RuleBook): readonly RuleFile[] {
  if (file.rules.every(({ then }) => then.length === 0)) {
    return [];
  }
  return file.realms.flatMap((realm) => {
    const clients = file.clients.filter((client) => !isNamed(now, realm, client, keepsOut(file)));
    return clients.length === 0 ? [] : [{ ...file, realms: [realm], clients }];
  });
}

/** @param mustKeepOut a file that names them by a wider pattern counts only if it keeps people out as well */
function isNamed({ files }: RuleBook, realm: string, client: string, mustKeepOut: boolean): boolean {
  return files.some((file) => {
    const { realms, clients } = file;
    return (
      (realms.includes(realm) && clients.includes(client)) ||
      (realms.some((pattern) => covers(pattern, realm)) &&
        clients.some((pattern) => covers(pattern, client)) &&
        (!mustKeepOut || keepsOut(file)))
    );
  });
}

function keepsOut({ rules }: RuleFile): boolean {
  return rules.some(({ then, dryRun }) => !dryRun && then.some(locksOut));
}

/** Whether everything that `narrow` matches, `wide` matches too, as far as that is plain. */
function covers(wide: string, narrow: string): boolean {
  return wide === '*' || wide === narrow || (!isGlob(narrow) && matchesGlob(wide, narrow));
}

/** Says what is lost, and how to confirm it. */
export function lostProblem(
  { file, realms, clients }: RuleFile,
  severity: Problem['severity'],
  what = 'its last rules stay in force',
): Problem {
  return {
    file,
    line: 1,
    col: 1,
    severity,
    message: `no file names ${clients.join(', ')} of realm ${realms.join(', ')} any more: ${what}`,
    remedy:
      'put it back; or name them in the file that is to decide from now on; to let everybody in, in one whose only rule has "then: []"',
  };
}
