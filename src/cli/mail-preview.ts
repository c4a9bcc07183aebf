import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { type Gallery, readGallery, type Wish } from '../operate/mail-preview/gallery.ts';
import { previewFiles } from '../operate/mail-preview/pages.ts';
import { servePreview } from '../operate/mail-preview/serve.ts';
import { plain } from '../platform/paint.ts';
import { visible } from '../platform/visible.ts';
import { paintProblem } from '../rules/load/problem.ts';
import { command, type Io } from './command.ts';
import { UsageError } from './parse.ts';

export const mailPreview = command({
  name: 'mail preview',
  summary: 'show each mail as the service would send it, in the browser, with good and nasty sample data',
  options: {
    rules: { value: 'DIR', about: 'the folder of the rule files; default: RULES_DIR, else "rules"' },
    client: { value: 'CLIENT', about: 'only the mails of this client; else of one client of each rule file' },
    realm: { value: 'REALM', about: 'the realm of the client, where several rule files name it' },
    language: { value: 'LANGUAGE', about: 'only the mails in this language' },
    message: { value: 'MESSAGE', about: 'only this message, such as "welcome"' },
    list: { about: 'list the mails, whose text each has, and its subject' },
    out: { value: 'DIR', about: 'write the pages into a folder instead, such as for a build server' },
    port: { value: 'NUMBER', about: 'where to serve the pages; default: a free port' },
  },
  notes: [
    'The pages are for this machine alone. Rules and templates are read anew at each request: edit, and reload. What ' +
      '"check" would say of them stands at the top. Nothing is sent. Ctrl-C ends it.',
    'Exit code: 0 shown, 1 rules or templates have errors, with --list and --out, 2 could not run.',
  ],
  async run({ values: { rules, list, out, port, ...wish } }, io) {
    if ([list, out !== undefined, port !== undefined].filter(Boolean).length > 1) {
      throw new UsageError('One of --list, --out and --port at a time');
    }
    const dir = rules ?? io.env['RULES_DIR'] ?? 'rules';
    if (list || out !== undefined) {
      return report(await readGallery(dir, wish), dir, out, io);
    }
    return serve(dir, wish, portOf(port), io);
  },
});

function portOf(port: string | undefined): number {
  const number = Number(port ?? 0);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) {
    throw new UsageError('--port must be a whole number up to 65535');
  }
  return number;
}

async function serve(dir: string, wish: Wish, port: number, io: Io): Promise<number> {
  await readGallery(dir, wish); // what is asked for and is not there ends it here
  const server = await servePreview(async () => previewFiles(await readGallery(dir, wish), senderIn(io)), port);
  io.stdout(`${server.url}\nCtrl-C ends it.\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await server.close();
  return 0;
}

async function report(gallery: Gallery, dir: string, out: string | undefined, io: Io): Promise<number> {
  const paint = io.paint?.stderr ?? plain;
  for (const problem of gallery.problems) {
    io.stderr(`${paintProblem({ ...problem, file: join(dir, problem.file) }, paint)}\n`);
  }
  if (out === undefined) {
    io.stdout(listOf(gallery));
  } else {
    const files = previewFiles(gallery, senderIn(io));
    for (const [path, { content }] of files) {
      await mkdir(dirname(join(out, path)), { recursive: true });
      await writeFile(join(out, path), content());
    }
    io.stdout(`${files.size} files written: ${join(out, 'index.html')}\n`);
  }
  return gallery.problems.some(({ severity }) => severity === 'error') ? 1 : 0;
}

function listOf({ pictures }: Gallery): string {
  const rows = pictures
    .filter(({ sample }) => sample === 'good')
    .map(({ client, message, language, template, mail }) => [
      `${client.realm}/${client.clientId}`,
      message,
      language,
      template ?? 'built-in',
      mail.subject,
    ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) => `${visible(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))}\n`)
    .join('');
}

function senderIn({ env }: Io): string {
  return env['MAIL_FROM'] ?? '(MAIL_FROM)';
}
