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
  /** Somebody typed it who can make it look like another subject, and a list of mails shows it beside true ones. */
  readonly notInSubject?: true;
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
const text = { about: 'all paragraphs of the built-in mail' };
const facts = { about: 'the boxes of facts, with the reason for joining', optional: true } as const;
const quote = { about: 'the box with somebody’s own words: a reason', optional: true } as const;
const links = { about: 'the small links: to withdraw the request, to hand it over', optional: true } as const;

const person: TemplateMessage = {
  to: 'person',
  variables: {
    application,
    name: { about: 'the name of the person, if it is plainly a name', optional: true, sample: 'Mia Schmidt' },
    contact: {
      about: '`contact` of the rule file; else words such as “the Partner Portal team”',
      ours: true,
      sample: 'desk@acme.com',
    },
    review: {
      about: 'who reviews requests, and within what time, as a sentence',
      ours: true,
      sample: 'The team reviews each request.',
    },
    account: {
      about: 'what becomes of the account, in sentences',
      ours: true,
      optional: true,
      sample: 'You cannot log in.',
    },
  },
  slots: {
    text,
    button: { about: 'the button that leads to the application, where its address is known', optional: true },
    quote,
    links,
  },
};

const about = {
  application,
  who: {
    about: 'the address of the person if it is plain, else the start of the id of the request',
    sample: 'mia@b.example',
  },
  name: {
    about: 'the name of the person, else the user name, without signs that could fool',
    notInSubject: true,
    sample: 'Mia Schmidt',
  },
  username: { about: 'the user name, as the person typed it', notInSubject: true, optional: true, sample: 'mia' },
  email: {
    about: 'the mail address, as the person typed it',
    notInSubject: true,
    optional: true,
    sample: 'mia@b.example',
  },
} as const;

const approver: TemplateMessage = {
  to: 'approver',
  variables: {
    ...about,
    until: { about: 'until when the approver can decide', ours: true, sample: '30 November 2026 at 12:00 UTC' },
    why: {
      about: 'why this mail comes, if it is not the first',
      ours: true,
      optional: true,
      sample: 'This is a reminder.',
    },
  },
  slots: { text, button: { about: 'the button that leads to the page' }, facts, links },
  needs: 'button',
};

const digest: TemplateMessage = {
  to: 'approver',
  variables: {
    application: { ...application, optional: true },
    count: { about: 'how many people', ours: true, sample: '3' },
  },
  slots: { text, people: { about: 'the people, each with facts and a button' } },
  needs: 'people',
};

const decided: TemplateMessage = {
  to: 'approver',
  variables: {
    ...about,
    state: { about: '`approved`, `rejected`, `expired`, `withdrawn` or `obsolete`', ours: true, sample: 'approved' },
    by: { about: 'who voted last', sample: 'anna@acme.com' },
    date: { about: 'when it was decided', ours: true, sample: '30 November 2026 at 12:00 UTC' },
  },
  slots: { text, quote },
};

const toApprovers: Readonly<Record<string, TemplateMessage>> = {
  ask: approver,
  remind: approver,
  escalate: approver,
  'handed-over': approver,
  again: approver,
  digest,
  decided,
};

/** Those to the person have a subject and a body in the catalogues. */
const toPerson = Object.keys(en).flatMap((key) => {
  const [, name = ''] = /^(.*)\.subject$/.exec(key) ?? [];
  return Object.hasOwn(en, `${name}.body`) && !Object.hasOwn(toApprovers, name) ? [name] : [];
});

/** By name, in the order of the documentation. */
export const templateMessages: ReadonlyMap<string, TemplateMessage> = new Map([
  ...toPerson.map((name): [string, TemplateMessage] => [name, person]),
  ...Object.entries(toApprovers),
]);
