import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import LinkifyIt from 'linkify-it';

import { compile, type Compiled, faultOf, type Written } from '../../../src/messages/templates/compile.ts';
import { templateMessages } from '../../../src/messages/templates/messages.ts';
import type { TemplateMessage } from '../../../src/messages/templates/messages.ts';

const messageOf = (name: string): TemplateMessage => {
  const message = templateMessages.get(name);
  if (message === undefined) {
    throw new Error(`there is no message ${name}`);
  }
  return message;
};
const welcome = messageOf('welcome');
const ask = messageOf('ask');
const all = ['text', 'button', 'facts', 'quote', 'links'];

function faultsOf(text: string, message = welcome): string[] {
  const compiled = compile(text, message);
  return 'faults' in compiled
    ? compiled.faults.map(({ line, col, message: what, remedy = '' }) => `${line}:${col} ${what} | ${remedy}`)
    : [];
}

function compiledOf(text: string, message = welcome): Compiled {
  const compiled = compile(text, message);
  if ('faults' in compiled) {
    throw new Error(JSON.stringify(compiled.faults));
  }
  return compiled;
}

const write = (
  text: string,
  values: Readonly<Record<string, string | null>> = {},
  slots = all,
  message = welcome,
): Written => compiledOf(text, message).write({ application: 'Acme.com Portal', name: 'Mia Meyer', ...values }, slots);

/** All that a template wrote. */
const textsOf = ({ subject, heading, parts }: Written): string[] => [
  subject,
  heading,
  ...parts.flatMap((part) => ('text' in part ? [part.text] : [])),
];

describe('src/messages/templates/compile', () => {
  it('makes subject, heading and paragraphs, and puts in what the mail brings along', () => {
    const text = `Subject: Welcome to {{ application }}
Heading: Good to see you

Hello {{ name | default: "there" }},
thank you for coming.

{{ button }}

{% if name %}
Ask us anything: https://acme.com/help
{% endif %}

{{ quote }}
`;
    expect(write(text)).toEqual({
      subject: 'Welcome to Acme.com Portal',
      heading: 'Good to see you',
      parts: [
        { text: 'Hello Mia Meyer, thank you for coming.' },
        { slot: 'button' },
        { text: 'Ask us anything: https://acme.com/help' },
        { slot: 'quote' },
      ],
    });
    expect(write(text, { name: null }, ['text']).parts).toEqual([{ text: 'Hello there, thank you for coming.' }]);
  });

  it('takes the subject for the heading, and files of other systems', () => {
    const { subject, heading } = write('Subject:   Hello\r\n\r\nText\r\n');
    expect([subject, heading]).toEqual(['Hello', 'Hello']);
  });

  it.each([
    ['no subject', 'Hello\n\nText', '1:1 has no subject | the first line is "Subject: ..."'],
    ['an empty subject', 'Subject:\n\nText', '1:1 has no subject | '],
    ['the subject in another case', 'subject: x\n\nText', '1:1 has no subject | '],
    ['no empty line', 'Subject: x\nText', '2:1 an empty line is missing | '],
    [
      'a variable that is not there',
      'Subject: x\n\nHello {{ nmae }}',
      '3:10 unknown variable "nmae" | did you mean "name"?',
    ],
    ['one in the subject', 'Subject: Hi {{ nmae }}\n\nText', '1:16 unknown variable "nmae" | did you mean "name"?'],
    ['one in the heading', 'Subject: x\nHeading: {{ nmae }}\n\nText', '2:13 unknown variable "nmae" | '],
    [
      'one in a condition',
      'Subject: x\n\n{% if foo %}x{% endif %}',
      '3:7 unknown variable "foo" | this mail has application, ',
    ],
    ['one in an argument', 'Subject: x\n\n{{ name | default: nmae }}', '3:20 unknown variable "nmae" | '],
    ['a part of a variable', 'Subject: x\n\n{{ name.constructor }}', '3:4 name has no parts | write {{ name }}'],
    ['a part in brackets', 'Subject: x\n\n{{ name["__proto__"] }}', '3:4 name has no parts | write {{ name }}'],
    ['an unknown filter', 'Subject: x\n\n{{ name | upcas }}', '3:1 unknown filter "upcas" | did you mean "upcase"?'],
    ['a filter that undoes escaping', 'Subject: x\n\n{{ name | raw }}', '3:1 unknown filter "raw" | '],
    ['a loop', 'Subject: x\n\n{% for i in (1..9) %}{{ i }}{% endfor %}', '3:1 unknown tag "for" | there are if, '],
    ['another file', 'Subject: x\n\n{% include "/etc/passwd" %}', '3:1 unknown tag "include" | '],
    ['a rendered file', 'Subject: x\n\n{% render "a.yaml" %}', '3:1 unknown tag "render" | '],
    ['a layout', 'Subject: x\n\n{% layout "a" %}', '3:1 unknown tag "layout" | '],
    ['an assignment', 'Subject: x\n\n{% assign a = name %}', '3:1 unknown tag "assign" | '],
    ['what is not closed', 'Subject: x\n\nHello {{ name', '3:7 makes no mail: output "{{ name" not closed | '],
    [
      'a condition that is not closed',
      'Subject: x\n\n{% if name %}',
      '3:1 makes no mail: tag {% if name %} not closed | ',
    ],
    [
      'a button in a sentence',
      'Subject: x\n\nPress {{ button }}',
      '3:7 button is a paragraph of its own | write {{ button }} between',
    ],
    ['a button in the subject', 'Subject: {{ button }}\n\nText', '1:10 button is a paragraph of its own | '],
    ['a button that is changed', 'Subject: x\n\n{{ button | upcase }}', '3:1 button is a paragraph of its own | '],
    ['a control character', 'Subject: x\n\nText\u0005button\u0006', '3:5 must not hold control characters | '],
    [
      'a condition in a hundred others',
      `Subject: x\n\n${'{% if name %}'.repeat(101)}`,
      '1:1 makes no mail: it has more than 100 tags | ',
    ],
    ['brackets without an end', `Subject: x\n\n{{ ${'['.repeat(9_000)} }}`, '3:1 makes no mail: '],
  ])('says where and what is wrong: %s', (_, text, fault) => {
    expect(faultsOf(text)).toContainEqual(expect.stringContaining(fault));
  });

  it('keeps out of the subject what whoever registers could make look like another mail', () => {
    expect(faultsOf('Subject: {{ name }}\n\n{{ button }}', ask)).toEqual([
      '1:13 name has no place in the subject | whoever registers types it, to look like another mail: use {{ who }}',
    ]);
    expect(faultsOf('Subject: {{ name }}\n\nText')).toEqual([]);
    expect(faultsOf('Subject: {{ who }}\nHeading: {{ name }}\n\n{{ button }}', ask)).toEqual([]);
  });

  it.each([
    ['a range', '{{ (1..100000000) }}'],
    ['a range in a condition', '{% if (1..100000000) contains 3 %}x{% endif %}'],
  ])('ends a template that would fill the memory: %s', (_, bomb) => {
    const fault = (() => {
      try {
        return write(`Subject: x\n\n${bomb}`);
      } catch (error) {
        return faultOf(error);
      }
    })();
    expect(fault).toEqual({ line: 3, col: 1, message: 'makes no mail: memory alloc limit exceeded' });
  });

  it('makes no mail without what it needs, without a text, or without a subject', () => {
    expect(() => write('Subject: x\n\nText', {}, all, ask)).toThrow('it has no {{ button }}');
    expect(() =>
      write('Subject: x\n\nText\n\n{% if name %}\n\n{{ button }}\n\n{% endif %}', { name: '' }, all, ask),
    ).toThrow('no {{ button }}');
    expect(() => write('Subject: x\n\nText\n\n{{ button }}', {}, ['text'], ask)).toThrow('it has no {{ button }}');
    expect(() => write('Subject: x\n\n{% if name %}Text{% endif %}', { name: null })).toThrow('there is no text');
    expect(() => write('Subject: {{ name }}\n\nText', { name: '\u200b\r\n' })).toThrow('the subject is empty');
    expect(() => write('Subject: x\n\nText\n{{ button }}\nMore')).toThrow('in the middle of a paragraph');
  });

  it('keeps what is ours as it is, and makes no link of what a person typed', () => {
    const { parts } = write('Subject: x\n\n{{ application }}: https://acme.com/{{ name }} {{ name }}.com, {{ name }}', {
      name: 'evil.example',
    });
    expect(parts).toEqual([
      { text: 'Acme.com Portal: https[:]//acme[.]com/evil[.]example evil[.]example[.]com, evil[.]example' },
    ]);
  });

  it('cuts what is too long for a mail on a phone', () => {
    const { heading, parts } = write('Subject: x\nHeading: {{ name }}\n\n{{ name }}', { name: 'W'.repeat(500) });
    expect(heading).toBe(`${'W'.repeat(80)}…`);
    expect(parts).toEqual([{ text: heading }]);
  });

  it('takes what a filter made of ours for typed', () => {
    expect(write('Subject: x\n\n{{ application | upcase }} {{ application | truncate: 9, "" }}').parts).toEqual([
      { text: 'ACME.COM PORTAL Acme[.]com' },
    ]);
  });
});

describe('what a person types into a template', () => {
  const text = `Subject: Hello {{ who }}, {{ who }}{{ who | upcase }}
Heading: {{ name | upcase }} {{ username }}

{{ name }}

{{ username | truncate: 9 }}{{ email }} at https://acme.com/{{ username }}?{{ name | default: "x" }} {{ name }}.com

{% if name %}{{ email | capitalize }}{% endif %} {% case name %}{% when "x" %}{{ name }}{% else %}{{ username | downcase }}{% endcase %}

{{ button }}
`;
  const template = compiledOf(text, ask);
  const links = new LinkifyIt({}, { fuzzyIP: true, fuzzyLink: true, fuzzyEmail: false });
  const bits = [
    '\n\n',
    '\r\n',
    '{{ button }}',
    '{% raw %}',
    'Subject: x',
    '\u0001',
    '\u0002',
    '\u0003',
    '\u0004',
    '\u0005',
    'button',
    '\u0006',
    'https://',
    'www.',
    'evil',
    '.',
    'com',
    '.com',
    ' ',
    '\u202e',
    '\u2028',
    '\u200b',
    '<b>',
    '@',
    'mailto:',
    '。',
    '：',
    '/',
  ];
  const hostile = fc.oneof(
    fc.array(fc.constantFrom(...bits), { maxLength: 12 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.webUrl(),
  );

  it('adds no paragraph, no button, no line and no link', () => {
    const plain = template.write(
      { application: 'A', until: 'now', name: 'n', username: 'u', email: 'e', who: 'w' },
      all,
    );
    fc.assert(
      fc.property(hostile, hostile, hostile, (name, username, email) => {
        const written = template.write(
          {
            application: 'A',
            until: 'now',
            name: `n${name}`,
            username: `u${username}`,
            email: `e${email}`,
            who: `w${email}`,
          },
          all,
        );
        expect(written.parts.map((part) => Object.keys(part))).toEqual(plain.parts.map((part) => Object.keys(part)));
        for (const line of textsOf(written)) {
          expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/u);
          expect(links.match(line)).toBeNull();
        }
      }),
      { numRuns: 400 },
    );
  });

  it('is data also where it looks like a template', () => {
    const { parts } = write('Subject: x\n\n{{ name }}', { name: '{{ application }}{% if name %}' });
    expect(parts).toEqual([{ text: '{{ application }}{% if name %}' }]);
  });
});

describe('a hostile template', () => {
  const bits = [
    '{{',
    '}}',
    '{%',
    '%}',
    '{%-',
    '-%}',
    ' if ',
    ' endif ',
    ' case ',
    ' when ',
    ' else ',
    ' unless ',
    ' comment ',
    ' endcomment ',
    ' name ',
    '.',
    '[',
    ']',
    '(',
    ')',
    '..',
    '1',
    '999999999',
    '|',
    ' default: ',
    ' truncate: ',
    ' upcase ',
    '"',
    "'",
    '\n\n',
    '\n',
    ' button ',
    '#',
    ' == ',
    ' contains ',
    ' and ',
    'x',
    'Heading: ',
  ];
  const source = fc
    .array(fc.constantFrom(...bits), { maxLength: 60 })
    .map((parts) => `Subject: x\n\n${parts.join('')}`);

  it('is refused with its place, makes a mail, or fails: it never does anything else', () => {
    fc.assert(
      fc.property(source, (text) => {
        const compiled = compile(text, welcome);
        if ('faults' in compiled) {
          expect(compiled.faults.length).toBeGreaterThan(0);
          expect(compiled.faults.every(({ line, col }) => line >= 1 && col >= 1)).toBe(true);
          return;
        }
        try {
          expect(compiled.write({ application: 'A', name: 'n' }, all).subject).toBe('x');
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
