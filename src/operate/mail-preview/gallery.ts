import { styleIn } from '../../messages/mail/client-style.ts';
import type { Mail } from '../../messages/mail/mail.ts';
import { templateProblems } from '../../messages/templates/check.ts';
import { templateMessages } from '../../messages/templates/messages.ts';
import { folderOf } from '../../messages/templates/templates.ts';
import { didYouMean } from '../../platform/did-you-mean.ts';
import { ServiceError } from '../../platform/errors.ts';
import { isGlob } from '../../platform/glob.ts';
import { languages } from '../../platform/languages.ts';
import { choose, entriesOf } from '../../rules/decide/choose.ts';
import { loadRules } from '../../rules/load/load.ts';
import type { Problem } from '../../rules/load/problem.ts';
import type { RuleBook } from '../../rules/model.ts';
import { type Sample, type SampleClient, sampleMail, samples } from './samples.ts';

/** Which mails to show. Absent: all. */
export interface Wish {
  readonly realm?: string | undefined;
  readonly client?: string | undefined;
  readonly language?: string | undefined;
  readonly message?: string | undefined;
}

/** One mail as the service would send it. */
export interface Picture {
  readonly client: SampleClient;
  /** A name that can stand in paths, and no two clients share. */
  readonly slug: string;
  readonly message: string;
  readonly language: string;
  readonly sample: Sample;
  /** The file that the text is from; `null`: the built-in text. */
  readonly template: string | null;
  readonly mail: Mail;
}

export interface Gallery {
  readonly pictures: readonly Picture[];
  /** What `check` would say of rules and templates. */
  readonly problems: readonly Problem[];
}

/**
 * Reads the rules, and makes each mail by the functions of the service.
 * @throws ServiceError RULES_INVALID when what is asked for is not there
 */
export async function readGallery(dir: string, wish: Wish): Promise<Gallery> {
  const { book, problems } = await loadRules(dir);
  if (book === null) {
    return { pictures: [], problems };
  }
  const chosen = {
    languages: among('language', languages, wish.language),
    messages: among('message', [...templateMessages.keys()], wish.message),
  };
  const pictures = clientsIn(book, wish).flatMap((client, index, all) => {
    const slug = slugOf(client, index, all);
    return chosen.messages.flatMap((message) =>
      chosen.languages.flatMap((language) =>
        samples.map((sample) => picture(book, { client, slug, message, language, sample })),
      ),
    );
  });
  return { pictures, problems: [...problems, ...templateProblems(book)] };
}

function picture(book: RuleBook, about: Omit<Picture, 'template' | 'mail'>): Picture {
  const { client, message, language, sample } = about;
  let failed = false; // then the text is the built-in one, and what is wrong stands among the problems
  const style = styleIn(book, client.realm, client.clientId, () => {
    failed = true;
  });
  const mail = sampleMail(message, language, sample, client, style);
  return { ...about, template: failed ? null : (style.templates?.fileOf(message, language) ?? null), mail };
}

function among(what: string, known: readonly string[], wanted: string | undefined): readonly string[] {
  if (wanted === undefined || known.includes(wanted)) {
    return wanted === undefined ? known : [wanted];
  }
  const remedy = didYouMean(wanted, known) || `there are ${known.join(', ')}`;
  throw new ServiceError('RULES_INVALID', `there is no ${what} "${wanted}": ${remedy}`);
}

/** One client of each file, or the one that is asked for. */
function clientsIn(book: RuleBook, { realm, client }: Wish): readonly SampleClient[] {
  if (client === undefined) {
    return book.files
      .filter(({ realms }) => realm === undefined || realms.some((name) => name === realm || isGlob(name)))
      .map((file) => ({
        file,
        realm: realm ?? exampleOf(file.realms, 'example'),
        clientId: exampleOf(file.clients, 'example'),
      }));
  }
  const realms =
    realm === undefined
      ? [...new Set(book.files.flatMap(({ realms: named }) => exampleOf(named, 'example')))]
      : [realm];
  const found = realms.flatMap((name): SampleClient[] => {
    const file = choose(book, name, client);
    return file === null ? [] : [{ file, realm: name, clientId: client }];
  });
  if (found.length === 0) {
    const known = entriesOf(book).map((entry) => entry.client);
    throw new ServiceError(
      'RULES_INVALID',
      `no rule file names the client "${client}"${realm === undefined ? '' : ` in the realm "${realm}"`}: ${didYouMean(client, known) || `there are ${known.join(', ')}`}`,
    );
  }
  return found;
}

/** A name that a file means: its own, or one that its pattern holds for. */
function exampleOf(names: readonly string[], filling: string): string {
  const exact = names.find((name) => !isGlob(name));
  return exact ?? (names[0] ?? '*').replaceAll('*', filling).replaceAll('?', 'x');
}

function slugOf({ file, realm }: SampleClient, index: number, all: readonly SampleClient[]): string {
  const plain = (other: SampleClient): string =>
    folderOf(other.file.file)
      .replaceAll(/[^A-Za-z0-9._-]/g, '_')
      .replace(/^\.+/, '_');
  const own = plain({ file, realm, clientId: '' });
  return all.filter((other) => plain(other) === own).length > 1 ? `${own}-${index + 1}` : own;
}
