import { isMap, isScalar, isSeq, type Node } from 'yaml';
import type { z } from 'zod';

import { conditionByKey } from './conditions/index.ts';
import { didYouMean } from './did-you-mean.ts';
import { parseDuration } from './duration.ts';
import type { Condition, Rule, RuleFile, Step } from './model.ts';
import { stepByName } from './steps/index.ts';
import { type Entry, entriesOf, keyAt, nodeAt, readYaml, type Report } from './yaml-document.ts';
import type { Problem } from './problem.ts';

/** Gives the lines of a list file, or says what is wrong with it. */
export type ReadList = (path: string) => { readonly lines: readonly string[] } | { readonly problem: string };

const fileKeys = ['version', 'realm', 'clients', 'application', 'rules'];
const ruleKeys = ['name', 'when', 'then', 'dry-run'];

/** Turns the text of one rule file into rules, or into everything that is wrong with it. Pure, but for `readList`. */
export function parseRuleFile(file: string, text: string, readList: ReadList): { ruleFile: RuleFile | null; problems: readonly Problem[] } {
  const { root, report } = readYaml(file, text);
  if (report.problems.length > 0) {
    return { ruleFile: null, problems: report.problems };
  }
  const ruleFile = new FileReader(file, report, readList).read(root);
  const failed = report.problems.some(({ severity }) => severity === 'error');
  return { ruleFile: failed ? null : ruleFile, problems: report.problems };
}

class FileReader {
  readonly #file: string;
  readonly #report: Report;
  readonly #readList: ReadList;

  constructor(file: string, report: Report, readList: ReadList) {
    this.#file = file;
    this.#report = report;
    this.#readList = readList;
  }

  read(root: Node | null): RuleFile {
    const fields = this.#map(root, '', fileKeys);
    this.#version(fields.get('version'), root);
    const realms = this.#names(fields.get('realm'), 'realm', root);
    const clients = this.#names(fields.get('clients'), 'clients', root);
    const application = fields.get('application');
    const rules = this.#list(fields.get('rules')?.value, 'rules', root).map((node, index) => this.#rule(node, `rules[${index}]`));
    this.#reachable(rules);
    this.#sameNames(rules, fields.get('rules')?.value ?? null);
    return { file: this.#file, realms, clients, application: application === undefined ? null : this.#text(application.value, 'application'), rules };
  }

  #version(entry: Entry | undefined, root: Node | null): void {
    if (entry === undefined) {
      this.#report.add(root, 'version is missing', 'write "version: 1" first');
    } else if (!isScalar(entry.value) || entry.value.value !== 1) {
      this.#report.add(entry.value ?? entry.keyNode, 'version: this program reads version 1 only');
    }
  }

  #names(entry: Entry | undefined, place: string, root: Node | null): readonly string[] {
    if (entry === undefined) {
      this.#report.add(root, `${place} is missing`, place === 'realm' ? 'name a realm, a list of them, or "*"' : 'name client ids, globs such as "partner-*", or "*"');
      return [];
    }
    const nodes = isSeq(entry.value) ? (entry.value.items as Node[]) : [entry.value];
    if (nodes.length === 0) {
      this.#report.add(entry.value, `${place}: must name at least one`);
    }
    return nodes.map((node, index) => this.#text(node, nodes.length > 1 ? `${place}[${index}]` : place));
  }

  #rule(node: Node, place: string): Rule {
    const fields = this.#map(node, place, ruleKeys);
    const name = fields.get('name');
    if (name === undefined) {
      this.#report.add(node, `${place}: name is missing`, 'say in a few words whom the rule is for');
    }
    const when = fields.get('when');
    const then = fields.get('then');
    if (then === undefined) {
      this.#report.add(node, `${place}: then is missing`, 'list the steps, or write "then: []" for none');
    }
    const steps = then === undefined ? [] : this.#steps(then.value, `${place}.then`);
    return {
      name: name === undefined ? place : this.#text(name.value, `${place}.name`),
      file: this.#file,
      line: this.#report.place(node).line,
      when: when === undefined ? null : this.#condition(when.value, `${place}.when`),
      then: steps,
      dryRun: this.#flag(fields.get('dry-run'), `${place}.dry-run`),
    };
  }

  #flag(entry: Entry | undefined, place: string): boolean {
    const value = entry !== undefined && isScalar(entry.value) ? entry.value.value : entry === undefined ? false : null;
    if (typeof value !== 'boolean') {
      this.#report.add(entry?.value, `${place}: must be true or false`);
    }
    return value === true;
  }

  #condition(node: Node | null, place: string): Condition {
    if (!isMap(node)) {
      this.#report.add(node, `${place}: must map conditions to what they compare with`);
      return { kind: 'all', of: [] };
    }
    const entries = entriesOf(node);
    if (entries.length === 0) {
      this.#report.add(node, `${place}: is empty`, 'leave "when" out if the rule is for everybody');
    }
    const of = entries.map((entry) => this.#oneCondition(entry, place));
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'all', of };
  }

  #oneCondition({ key, keyNode, value }: Entry, place: string): Condition {
    const here = `${place}.${key}`;
    if (key === 'all' || key === 'any') {
      return { kind: key, of: this.#list(value, here, keyNode).map((node, index) => this.#condition(node, `${here}[${index}]`)) };
    }
    if (key === 'not') {
      return { kind: 'not', of: this.#condition(value, here) };
    }
    const kind = conditionByKey.get(key);
    if (kind === undefined) {
      this.#report.add(keyNode, `${place}: unknown condition "${key}"`, didYouMean(key, [...conditionByKey.keys(), 'all', 'any', 'not']));
      return { kind: 'all', of: [] };
    }
    const operand = this.#check(kind.operand, value, keyNode, here, this.#withLists(value, here));
    return { kind: 'is', key, operand };
  }

  /** Puts the lines of a list file beside its name. */
  #withLists(value: Node | null, place: string): unknown {
    const given = plain(value);
    if (!isMap(value) || typeof given !== 'object' || given === null || !('list' in given) || typeof given.list !== 'string') {
      return given;
    }
    const list = this.#readList(given.list);
    if ('problem' in list) {
      this.#report.add(nodeAt(value, ['list']), `${place}.list: ${list.problem}`);
      return { ...given, lines: [] };
    }
    return { ...given, lines: list.lines };
  }

  #steps(node: Node | null, place: string): readonly Step[] {
    const steps = this.#list(node, place, node).flatMap((item, index) => this.#step(item, `${place}[${index}]`));
    const nodes = isSeq(node) ? (node.items as Node[]) : [];
    const end = steps.findIndex((step) => step.uses === 'delete-user' && step.after === null);
    const after = end < 0 ? -1 : steps.findIndex((step, index) => index > end && step.uses !== 'notify-user' && step.uses !== 'notify' && step.uses !== 'webhook');
    if (after >= 0) {
      this.#report.add(nodes[after], `${place}[${after}]: ${steps[after]?.uses} can have no effect after delete-user`, 'take it out, or put it before');
    }
    return steps;
  }

  #step(node: Node, place: string): Step[] {
    const entries = isMap(node) ? entriesOf(node) : [];
    const [entry] = isScalar(node) && typeof node.value === 'string' ? [{ key: node.value, keyNode: node, value: null }] : entries.filter(({ key }) => key !== 'after');
    if (entry === undefined || entries.filter(({ key }) => key !== 'after').length > 1) {
      this.#report.add(node, `${place}: must be one step, such as "disable-user" or "join-group: /partners"`, entries.length > 1 ? 'start each step with "- "' : '');
      return [];
    }
    const kind = stepByName.get(entry.key);
    if (kind === undefined) {
      this.#report.add(entry.keyNode, `${place}: unknown step "${entry.key}"`, didYouMean(entry.key, [...stepByName.keys()]));
      return [];
    }
    const here = `${place}.${entry.key}`;
    const { given, after } = this.#after(entries.find(({ key }) => key === 'after'), entry, here);
    if (kind.operand === null) {
      if (given !== null && !(typeof given === 'object' && Object.keys(given).length === 0)) {
        this.#report.add(entry.value, `${here}: takes nothing but "after"`);
      }
      return [{ uses: kind.name, with: null, after } as Step];
    }
    const nested = new Map(
      (kind.nested ?? []).flatMap((field) => {
        const sub = isMap(entry.value) ? entriesOf(entry.value).find(({ key }) => key === field) : undefined;
        return sub === undefined ? [] : [[field, this.#steps(sub.value, `${here}.${field}`)] as const];
      }),
    );
    const operand = this.#check(kind.operand, entry.value, entry.keyNode, here, nested.size === 0 ? given : { ...(given as object), ...Object.fromEntries(nested) });
    const step = { uses: kind.name, with: operand, after } as Step;
    this.#deadEnds(step, entry.keyNode, here);
    return [step];
  }

  /** `after` stands beside the step, or among what it takes. */
  #after(beside: Entry | undefined, entry: Entry, place: string): { given: unknown; after: number | null } {
    const given = plain(entry.value);
    const inside = isMap(entry.value) ? entriesOf(entry.value).find(({ key }) => key === 'after') : undefined;
    const node = (beside ?? inside)?.value;
    const rest = inside === undefined ? given : Object.fromEntries(Object.entries(given as object).filter(([key]) => key !== 'after'));
    if (node === undefined) {
      return { given: rest, after: null };
    }
    const after = isScalar(node) ? parseDuration(String(node.value)) : null;
    if (after === null) {
      this.#report.add(node, `${place}.after: must be a duration such as 90s, 15m, 12h, 30d or 2w`);
    }
    return { given: rest, after };
  }

  #deadEnds(step: Step, node: Node, place: string): void {
    if (step.uses !== 'request-approval' || step.with === undefined) {
      return;
    }
    const { approvers, need, waitFor, hold } = step.with;
    if (typeof need === 'number' && approvers.every((approver) => 'email' in approver) && need > approvers.length) {
      this.#report.add(node, `${place}: needs ${need} approvals from ${approvers.length} approvers`, 'lower "need", or name more approvers');
    }
    if (waitFor === 'email-verified' && hold === 'account') {
      this.#report.add(node, `${place}: a disabled account cannot verify its address, so "wait-for" would wait for ever`, 'use "hold: gate" or "hold: none"');
    }
  }

  #reachable(rules: readonly Rule[]): void {
    const last = rules.findIndex(({ when }) => when === null);
    for (const rule of last < 0 ? [] : rules.slice(last + 1)) {
      const message = `"${rule.name}" can never be reached: "${rules[last]?.name}" before it has no "when"`;
      this.#report.problems.push({ file: this.#file, line: rule.line, col: 1, severity: 'error', message, remedy: 'put it before' });
    }
  }

  #sameNames(rules: readonly Rule[], node: Node | null): void {
    for (const [index, { name }] of rules.entries()) {
      if (rules.findIndex((other) => other.name === name) < index) {
        this.#report.add(nodeAt(node, [index, 'name']), `rules[${index}].name: "${name}" is taken`, 'the audit tells rules apart by name');
      }
    }
  }

  #check<T>(schema: z.ZodType<T>, node: Node | null, keyNode: Node, place: string, given: unknown): T {
    const parsed = schema.safeParse(given);
    if (parsed.success) {
      return parsed.data;
    }
    for (const issue of flatten(parsed.error.issues, given)) {
      const where = [place, ...issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))].join('');
      const at = issue.unknownKey ? keyAt(node, issue.path) : nodeAt(node, issue.path);
      this.#report.add(at ?? keyNode, `${where}: ${issue.message}`, issue.remedy);
    }
    return undefined as T;
  }

  #map(node: Node | null, place: string, known: readonly string[]): ReadonlyMap<string, Entry> {
    const prefix = place === '' ? '' : `${place}: `;
    if (!isMap(node)) {
      this.#report.add(node, `${prefix}must be a map with ${known.join(', ')}`);
      return new Map();
    }
    const entries = entriesOf(node);
    for (const { key, keyNode } of entries) {
      if (!known.includes(key)) {
        this.#report.add(keyNode, `${prefix}unknown key "${key}"`, didYouMean(key, known));
      }
    }
    return new Map(entries.map((entry) => [entry.key, entry]));
  }

  #list(node: Node | null | undefined, place: string, above: Node | null): readonly Node[] {
    if (!isSeq(node)) {
      this.#report.add(node ?? above, `${place}: must be a list`, 'start each entry with "- "');
      return [];
    }
    return node.items as Node[];
  }

  #text(node: Node | null, place: string): string {
    const value = isScalar(node) ? node.value : null;
    if (typeof value !== 'string' || value === '') {
      this.#report.add(node, `${place}: must be text`, typeof value === 'number' || typeof value === 'boolean' ? `write it in quotes: "${String(value)}"` : '');
      return '';
    }
    if ([...value].some((character) => character < ' ' || character === '\u007f')) {
      this.#report.add(node, `${place}: must not hold control characters`);
    }
    return value;
  }
}

interface FlatIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly remedy: string;
  readonly unknownKey: boolean;
}

/** One line for each fault. Of a union, the branch that came furthest is the one that was meant. */
function flatten(issues: readonly z.core.$ZodIssue[], given: unknown): FlatIssue[] {
  return issues.flatMap((issue): FlatIssue[] => {
    if (issue.code === 'invalid_union') {
      const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
      const fits = (branch: readonly z.core.$ZodIssue[]) => !branch.some(({ path, code }) => path.length === 0 && code === 'invalid_type');
      const branches = issue.errors.filter((branch) => branch.length > 0);
      const branch = branches.find((candidate) => fits(candidate) === isObject && fits(candidate)) ?? branches.find(fits) ?? branches[0];
      return branch === undefined
        ? [{ path: issue.path, message: issue.message, remedy: '', unknownKey: false }]
        : flatten(branch, given).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
    }
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'unknown key', remedy: '', unknownKey: true }));
    }
    const missing = issue.code === 'invalid_type' && issue.message.includes('received undefined');
    return [{ path: issue.path, message: missing ? 'is missing' : issue.message.replace(/^Invalid input: expected (\w+).*$/, 'must be $1'), remedy: '', unknownKey: false }];
  });
}

/** A node as a plain value. Maps become objects without a prototype, so that no key can reach one. */
function plain(node: Node | null): unknown {
  if (isMap(node)) {
    return Object.assign(Object.create(null) as object, Object.fromEntries(entriesOf(node).map(({ key, value }) => [key, plain(value)])));
  }
  if (isSeq(node)) {
    return (node.items as Node[]).map(plain);
  }
  return isScalar(node) ? node.value : null;
}
