import { parseArgs } from 'node:util';

import { didYouMean } from '../platform/did-you-mean.ts';

/** An option of a command. Without `value` it is a switch. */
export interface Option {
  readonly about: string;
  /** What stands for the value in usage and help. */
  readonly value?: string;
  /** The value may be left out, which gives the empty text. */
  readonly optional?: true;
  readonly required?: true;
  readonly many?: true;
  /** The only values there are. */
  readonly among?: readonly string[];
  readonly initial?: string;
  /** The heading in the help under which it stands. */
  readonly group?: string;
}

export type Options = Readonly<Record<string, Option>>;

type TextOf<Spec extends Option> = Spec extends { among: readonly (infer Known)[] } ? Known : string;
type ValueOf<Spec extends Option> = Spec extends { many: true }
  ? readonly TextOf<Spec>[]
  : Spec extends { value: string } | { among: readonly string[] }
    ? Spec extends { initial: string } | { required: true }
      ? TextOf<Spec>
      : TextOf<Spec> | undefined
    : boolean;

export interface Given<Specs extends Options> {
  readonly values: { readonly [Name in keyof Specs]: ValueOf<Specs[Name]> };
  readonly argument: string | undefined;
}

/** Somebody called a command in a way that it does not know. The message names the fault and, where known, the remedy. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError */
export function parse<Specs extends Options>(
  argv: readonly string[],
  options: Specs,
  takesArgument: boolean,
): Given<Specs> {
  const values: Record<string, string | boolean | string[] | undefined> = {};
  for (const [name, spec] of Object.entries(options)) {
    values[name] = spec.many === true ? [] : takesValue(spec) ? spec.initial : false;
  }
  let argument: string | undefined;
  for (const token of tokensOf(argv, options)) {
    if (token.kind === 'positional') {
      if (!takesArgument) {
        throw new UsageError(`Unexpected argument "${token.value}"`);
      }
      if (argument !== undefined) {
        throw new UsageError(`One argument at a time: "${token.value}" came after "${argument}"`);
      }
      argument = token.value;
    } else if (token.kind === 'option') {
      const spec = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
      if (spec === undefined) {
        const known = [...Object.keys(options), 'help'].map((name) => `--${name}`);
        throw new UsageError(`Unknown option "${token.rawName}"${suggestion(token.rawName, known)}`);
      }
      const value = valueOf(token, spec);
      const list = values[token.name];
      values[token.name] = Array.isArray(list) && typeof value === 'string' ? [...list, value] : value;
    }
  }
  const absent = Object.keys(options).filter((name) => options[name]?.required && values[name] === undefined);
  if (absent.length > 0) {
    throw missing(absent.map((name) => `--${name}`));
  }
  return { values: values as Given<Specs>['values'], argument };
}

export function missing(names: readonly string[]): UsageError {
  return new UsageError(`${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} missing`);
}

/** ` Did you mean "check"?`, or nothing. It follows the end of a sentence. */
export function suggestion(word: string, known: readonly string[]): string {
  const hint = didYouMean(word, known);
  return hint === '' ? '' : `. D${hint.slice(1)}`;
}

export function takesValue({ value, among }: Option): boolean {
  return value !== undefined || among !== undefined;
}

type Token = NonNullable<ReturnType<typeof tokensOf>>[number];

function tokensOf(argv: readonly string[], options: Options) {
  const known = Object.entries(options).map(([name, spec]) => [
    name,
    { type: takesValue(spec) ? ('string' as const) : ('boolean' as const) },
  ]);
  // `parseArgs` knows no option whose value may be left out.
  const whole = argv.map((arg, index) =>
    options[arg.slice(2)]?.optional && arg.startsWith('--') && (argv[index + 1] ?? '--').startsWith('--')
      ? `${arg}=`
      : arg,
  );
  return parseArgs({
    args: whole,
    options: Object.fromEntries(known) as Record<string, { type: 'string' | 'boolean' }>,
    strict: false,
    tokens: true,
  }).tokens;
}

/** @throws UsageError */
function valueOf({ rawName, value, inlineValue }: Extract<Token, { kind: 'option' }>, spec: Option): string | boolean {
  if (!takesValue(spec)) {
    if (value !== undefined) {
      throw new UsageError(`${rawName} takes no value`);
    }
    return true;
  }
  const swallowed = inlineValue === false && value?.startsWith('--');
  if (value === undefined || swallowed || (value === '' && !spec.optional)) {
    throw new UsageError(`${rawName} needs a value: ${rawName} ${valueName(spec)}`);
  }
  if (spec.among !== undefined && !spec.among.includes(value)) {
    throw new UsageError(`${rawName} must be ${oneOf(spec.among)}, not "${value}"`);
  }
  return value;
}

export function valueName({ value, among, optional }: Option): string {
  const name = value ?? among?.join('|') ?? '';
  return optional ? `[${name}]` : name;
}

function oneOf(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
