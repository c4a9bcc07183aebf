import { en } from '../i18n/en.ts';

/** Something that a template may write, or ask for with `if`. */
interface Variable {
  readonly about: string;
  /** Of our own making. Whatever a person typed is not, and can become no link. */
  readonly ours?: true;
  /** May be missing. */
  readonly optional?: true;
  /** In characters; a value that is longer is cut. By default 80, so that nothing typed can fill a screen. */
  readonly longest?: number;
  readonly sample: string;
}

/** Something that the mail brings along: it stands as a paragraph of its own. */
interface Slot {
  readonly about: string;
  readonly optional?: true;
}

/** A mail whose text an operator may replace. */
export interface TemplateMessage {
  readonly to: 'person' | 'approver';
  readonly variables: Readonly<Record<string, Variable>>;
  readonly slots: Readonly<Record<string, Slot>>;
  /** Without it, the mail would be of no use. */
  readonly needs?: string;
}

const application = { about: 'what people call the application', ours: true, sample: 'Partner Portal' } as const;
const name = { about: 'the name of the person, as they typed it', optional: true, sample: 'Mia Schmidt' } as const;

const text = { about: 'all paragraphs of the built-in mail' };
const facts = { about: 'the box of facts', optional: true } as const;
const links = { about: 'the small links, such as the one to withdraw or to hand over', optional: true } as const;

const person: TemplateMessage = {
  to: 'person',
  variables: { application, name },
  slots: {
    text,
    button: { about: 'the button that leads to the application, where its address is known', optional: true },
    facts,
    links,
  },
};

const approver: TemplateMessage = {
  to: 'approver',
  variables: {
    application,
    name,
    username: { about: 'the user name, as the person typed it', sample: 'mia' },
    email: { about: 'the mail address of the person', optional: true, sample: 'mia@b.example' },
    until: { about: 'until when the approver can decide', ours: true, sample: '30 November 2026 at 12:00 UTC' },
  },
  slots: { text, button: { about: 'the button that leads to the page' }, facts, links },
  needs: 'button',
};

const toApprovers: readonly string[] = ['ask', 'reminder'];

/** Those to the person have a subject and a body in the catalogues. */
const toPerson = Object.keys(en).flatMap((key) => {
  const [, name = ''] = /^(.*)\.subject$/.exec(key) ?? [];
  return Object.hasOwn(en, `${name}.body`) && !toApprovers.includes(name) ? [name] : [];
});

/** By name, in the order of the documentation. */
export const templateMessages: ReadonlyMap<string, TemplateMessage> = new Map([
  ...toPerson.map((name): [string, TemplateMessage] => [name, person]),
  ...toApprovers.map((name): [string, TemplateMessage] => [name, approver]),
]);
