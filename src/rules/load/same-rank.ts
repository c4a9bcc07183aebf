import { rankOf } from '../decide/choose.ts';
import { globsOverlap } from '../../platform/glob.ts';
import type { RuleFile } from '../model.ts';
import type { Problem } from './problem.ts';

interface Claim {
  readonly file: string;
  readonly realm: string;
  readonly client: string;
}

/** Clients that two files name equally precisely: a reader of the files could not say which one decides. */
export function findSameRank(files: readonly RuleFile[]): Problem[] {
  const claims = files.flatMap(({ file, realms, clients }) =>
    realms.flatMap((realm) => clients.map((client): Claim => ({ file, realm, client }))),
  );
  return [...sameClaims(claims), ...overlaps(claims.filter(({ client }) => rankOf(client) === 1))];
}

function sameClaims(claims: readonly Claim[]): Problem[] {
  const first = new Map<string, string>();
  return claims.flatMap(({ file, realm, client }) => {
    const key = JSON.stringify([realm, client]);
    const other = first.get(key);
    first.set(key, other ?? file);
    if (other === undefined) {
      return [];
    }
    const what = ['client', 'the clients', 'all clients,'][rankOf(client)];
    const message =
      other === file
        ? `names ${what} ${client} of realm ${realm} twice`
        : `${what} ${client} of realm ${realm} is decided by ${other} already`;
    return [problem(file, 'error', message, other === file ? 'name it once' : 'put the rules into one file')];
  });
}

/** Of two globs that can match the same client, the longer one decides. That is a rule, but hardly one people know. */
function overlaps(claims: readonly Claim[]): Problem[] {
  return claims.flatMap((claim, index) =>
    claims
      .slice(0, index)
      .filter((other) => other.file !== claim.file && other.client !== claim.client)
      .filter((other) => globsOverlap(other.realm, claim.realm) && globsOverlap(other.client, claim.client))
      .map((other) => {
        const message = `${claim.client} and ${other.client} of ${other.file} can name the same client; the longer one decides`;
        return problem(claim.file, 'warning', message, 'name such clients exactly');
      }),
  );
}

function problem(file: string, severity: Problem['severity'], message: string, remedy: string): Problem {
  return { file, line: 1, col: 1, severity, message, remedy };
}
