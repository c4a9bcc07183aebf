import { messageAt } from '../../test/stack/support/visit.ts';
import { press } from '../press.ts';
import { Person } from './person.ts';
import { mailTo, type Stage } from './stage.ts';

/** What one person lives through; the promise rejects when it ends otherwise than the rule says. */
export type Story = (stage: Stage) => Promise<void>;

export const stories: readonly Story[] = [open, refusedAtTheField, closed, throughTheGate, approved, rejected, stopped];

async function open(stage: Stage): Promise<void> {
  const bea = new Person(stage, { name: 'bea', email: 'bea@example.test', client: 'blog' });
  stage.diary.begin('bea registers for the ACME Blog');
  await bea.arrives(await bea.send(await bea.openForm()), '');
  await bea.sees('is in the group /readers', async () => (await bea.groups()).includes('/readers'));
  await bea.hears('Welcome');
  stage.diary.end('is in, and a reader');
}

async function refusedAtTheField(stage: Stage): Promise<void> {
  const tom = new Person(stage, { name: 'tom', email: 'tom@example.test', client: 'blog', locale: 'de' });
  stage.diary.begin('tom registers for the ACME Blog as tom@mailinator.com, in German');
  const answer = await tom.send(await tom.openForm(), 'tom@mailinator.com');
  const message = messageAt(answer, 'email') ?? '';
  expect(
    message.startsWith('Diese E-Mail-Adresse kann hier nicht verwendet werden'),
    'the form should refuse the address',
  );
  stage.diary.note(`reads at the field: "${message}"`);
  await tom.hasNoAccount();
  stage.diary.note('types tom@example.test in its place, and sends the form again');
  await tom.arrives(await tom.send(answer), '');
  stage.diary.end('is refused at the field, and in with another address');
}

async function closed(stage: Stage): Promise<void> {
  const eve = new Person(stage, { name: 'eve', email: 'eve@example.test', client: 'staff-tool', locale: 'fr' });
  stage.diary.begin('eve looks for a way to register for the Staff Tool, in French');
  const login = await eve.openLogin();
  expect(login.page.includes('kc-form-login'), 'the login page should be there');
  expect(!login.page.includes('/login-actions/registration'), 'the login page should have no link to the form');
  stage.diary.note('finds a login page without the link "Register"');
  const page = await eve.openForm();
  expect(page.status === 403 && !page.page.includes('kc-register-form'), 'the form should not open');
  expect(page.page.includes('Les inscriptions sont fermées'), 'the closed page should be in French');
  expect(
    page.page.includes(`href="${stage.siteUrl}/staff-tool"`),
    'the closed page should lead back to the application',
  );
  stage.diary.note('asks for the form all the same, and reads "Les inscriptions sont fermées"');
  stage.diary.note('finds the way back there: "Retour à Staff Tool"');
  await eve.hasNoAccount();
  stage.diary.end('is never shown a form');
}

async function throughTheGate(stage: Stage): Promise<void> {
  const sam = new Person(stage, { name: 'sam', email: 'sam@example.test', client: 'shop' });
  stage.diary.begin('sam registers for the ACME Shop, which holds everybody until the rules have decided');
  const form = await sam.openForm();
  const sentAt = Date.now();
  const answer = await sam.send(form);
  const ms = Date.now() - sentAt;
  expect(
    !answer.page.includes('Almost there'),
    'the rules should have decided before Keycloak shows the page of the gate',
  );
  const groups = await sam.arrives(answer, ', and saw no page in between');
  expect(groups.includes('/customers'), 'the rules should have decided before the first token');
  stage.diary.note('has the group /customers in the first token: the rules were first');
  await sam.hears('Welcome');
  stage.diary.end(`arrives ${ms} ms after sending the form, and has noticed nothing of the gate`);
}

async function approved(stage: Stage): Promise<void> {
  const paul = new Person(stage, { name: 'paul', email: 'paul@example.test', client: 'partner-portal' });
  stage.diary.begin('paul registers for the Partner Portal');
  await paul.waitsAtTheGate(await paul.send(await paul.openForm()));
  await paul.hears('is being reviewed');
  await decide(stage, 'approve');
  await paul.sees('is let through the gate', async () => !(await paul.isHeld()));
  await paul.sees('is in the group /partners', async () => (await paul.groups()).includes('/partners'));
  await paul.sees('has the role partner-portal / member', async () =>
    (await paul.roles('partner-portal')).includes('member'),
  );
  await paul.hears('is approved');
  await paul.logsIn();
  stage.diary.end('waits at the gate, is approved, and in');
}

async function rejected(stage: Stage): Promise<void> {
  const nina = new Person(stage, { name: 'nina', email: 'nina@example.test', client: 'partner-portal' });
  stage.diary.begin('nina registers for the Partner Portal');
  await nina.waitsAtTheGate(await nina.send(await nina.openForm()));
  await decide(stage, 'reject');
  await nina.sees('is deleted', async () => (await nina.user()) === undefined);
  await nina.hears('was not approved');
  stage.diary.end('waits at the gate, is rejected, and was never in');
}

async function stopped(stage: Stage): Promise<void> {
  const { diary, service } = stage;
  const cora = new Person(stage, { name: 'cora', email: 'cora@example.test', client: 'shop' });
  diary.begin('cora registers for the ACME Shop while Vestibule is stopped');
  await service.stop();
  diary.note('Vestibule is stopped');
  const page = await cora.send(await cora.openForm());
  await cora.waitsAtTheGate(page);
  const later = await cora.looksAgain(page);
  expect(later.page.includes('Almost there'), 'the page should still be there');
  diary.note('stays where she is: the page has looked again, by itself');
  const startedAt = Date.now();
  const seconds = (): string => `${((Date.now() - startedAt) / 1_000).toFixed(1)} s`;
  const starting = service.start().then(() => diary.note(`Vestibule is open again, ${seconds()} after its start`));
  const [arrival] = await Promise.all([cora.looksUntilLetIn(later), starting]);
  const after = seconds();
  const groups = await cora.arrives(arrival, `, ${after} after the start: the page has looked again, by itself`);
  expect(groups.includes('/customers'), 'the rules should have decided before the first token');
  diary.note('has the group /customers in the first token: the rules were first');
  await cora.hears('Welcome');
  diary.end(`waits at the gate without a token, and is let in ${after} after Vestibule starts again`);
}

function expect(holds: boolean, what: string): asserts holds {
  if (!holds) {
    throw new Error(`${what}, and it is otherwise`);
  }
}

/** Opens the link in the newest mail to the partner desk, and presses the button of the page. */
async function decide(stage: Stage, verdict: 'approve' | 'reject'): Promise<void> {
  const mail = await mailTo(stage, 'desk@acme.com', 'wants to join');
  const link = /https?:\/\/\S+/.exec(mail.text)?.[0] ?? '';
  const answer = await press(link, verdict);
  if (!answer.ok) {
    throw new Error(`the approval page answers ${answer.status}`);
  }
  const button = verdict === 'approve' ? 'Approve' : 'Reject';
  stage.diary.note(`the partner desk opens the link in its mail and presses ${button}`);
}
