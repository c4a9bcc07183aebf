import type { FaultCase } from '../support/fault-case.ts';
import type { MailFault } from '../support/mail-server.ts';
import type { Scene } from '../support/scene.ts';

/** People wait for an approval while the mail server fails; when it works again, each request arrives. */
async function mailFails(scene: Scene, fault: MailFault): Promise<void> {
  const server = await scene.mailServer();
  server.fault = fault;
  await scene.service({ SMTP_URL: server.url });
  const names = await scene.register('portal', 3);
  await scene.comes('they wait outside', () => scene.allDisabled(names));
  await scene.comes('the server fails', () => server.met > 0);
  await scene.pass(10_000); // so that all that waits meets the fault
  server.fault = 'none';
  await arrive(scene, () => server.taken, names.length);
}

async function arrive(scene: Scene, taken: () => readonly string[], count: number): Promise<void> {
  const requests = (): number => new Set(taken().filter((line) => line.startsWith(scene.desk))).size;
  await scene.comes('each request arrives', () => requests() >= count, 300_000);
}

export const mailCases: readonly FaultCase[] = [
  {
    name: 'mail-login-refused',
    breaks: 'the mail server refuses the login (535)',
    proves: ['P5'],
    run: (scene) => mailFails(scene, 'refuses the login'),
  },
  {
    name: 'mail-login-wanted',
    breaks: 'the mail server wants a login (530)',
    proves: ['P5'],
    run: (scene) => mailFails(scene, 'wants a login'),
  },
  {
    name: 'mail-greeting-554',
    breaks: 'the mail server greets with 554',
    proves: ['P5'],
    run: (scene) => mailFails(scene, 'greets with 554'),
  },
  {
    name: 'mail-cut-after-data',
    breaks: 'the connection ends after each mail and before the 250, once',
    proves: ['P2', 'P5'],
    mailTwice: true,
    run: (scene) => mailFails(scene, 'is cut after the mail, once'),
  },
  {
    // Both copies have arrived, as far as anybody can know: a third would be spam. An operator is told.
    name: 'mail-cut-after-data-twice',
    breaks: 'the connection ends after each mail and before the 250, every time',
    proves: ['P2'],
    mailTwice: true,
    givesUp: 6, // of each of three people: the request, and the mail that says that they wait
    run: (scene) => mailFails(scene, 'is cut after the mail'),
  },
  {
    name: 'mail-silent',
    breaks: 'the mail server takes what comes and answers nothing',
    proves: ['P5'],
    async run(scene) {
      const server = await scene.mailServer();
      const proxy = await scene.proxy(server.port);
      proxy.set({ kind: 'swallow', way: 'answer' });
      await scene.service({ SMTP_URL: `smtp://127.0.0.1:${proxy.port}` });
      const names = await scene.register('portal', 2);
      await scene.comes('they wait outside', () => scene.allDisabled(names));
      await scene.pass(15_000);
      proxy.heal();
      await arrive(scene, () => server.taken, names.length);
    },
  },
];
