import { isScalar, isSeq, type Node } from 'yaml';

import { globProblem } from '../conditions/operands.ts';
import { timeZone } from '../conditions/time-zone.ts';
import type { ReadList } from './list-file.ts';
import { findBlindRefusals } from './blind-refusals.ts';
import { findDoubtful } from './doubtful.ts';
import { findSecrets } from './find-secrets.ts';
import type { ReadLogo } from './logo.ts';
import { readMailLook } from './mail-look.ts';
import { readOperand } from './operand.ts';
import { findSameNames, findUnreachable, findVerifyDeadEnd } from './findings.ts';
import { readThen } from './then.ts';
import { readWhen } from './when.ts';
import type { Rule, RuleFile } from '../model.ts';
import { stands } from './places.ts';
import type { Problem } from './problem.ts';
import { readFlag, type Reading, readList, readMap, readText } from './reading.ts';
import { languages } from '../../platform/languages.ts';
import { fileFields, ruleFields } from './shape.ts';
import { findUnsafeGrants } from './unsafe-grants.ts';
import { type Entry, itemsOf, plain, readYaml } from './yaml-document.ts';

/**
 * Turns the text of one rule file into rules, or into everything that is wrong with it. Pure, but for what reads other
 * files.
 */
export function parseRuleFile(
  file: string,
  text: string,
  readList: ReadList,
  readLogo: ReadLogo = () => ({ problem: 'there are no images here' }),
): { readonly ruleFile: RuleFile | null; readonly problems: readonly Problem[] } {
  const { root, report } = readYaml(file, text);
  if (report.failed) {
    return { ruleFile: null, problems: report.problems };
  }
  const ruleFile = readFile({ file, report, readList, readLogo }, root);
  if (!report.failed) {
    findSecrets(report, root);
  }
  return { ruleFile: report.failed ? null : ruleFile, problems: report.problems };
}

function readFile(reading: Reading, root: Node | null): RuleFile {
  const fields = readMap(reading, root, '', Object.keys(fileFields));
  const application = fields.get('application');
  readVersion(reading, fields.get('version'), root);
  const realms = readNames(reading, fields.get('realm'), root, 'realm', 'name a realm, a list of them, or "*"');
  const hint = 'name client ids, globs such as "partner-*", or "*"';
  const clients = readNames(reading, fields.get('clients'), root, 'clients', hint);
  const holdEntry = fields.get('hold');
  const hold = readHold(reading, holdEntry);
  const timeZone = readTimeZone(reading, fields.get('time-zone'));
  const mailEntry = fields.get('mail');
  const mail = mailEntry === undefined ? null : readMailLook(reading, mailEntry);
  const read: RuleFile = {
    file: reading.file,
    realms,
    clients,
    application: application === undefined ? null : readText(reading, application.value, 'application'),
    language: readLanguage(reading, fields.get('language')),
    ...(timeZone === null ? {} : { timeZone }),
    ...(mail === null ? {} : { mail }),
    hold,
    rules: readRules(reading, fields.get('rules'), root, hold),
  };
  return holdEntry === undefined ? read : stands(read, reading.report.placeOf(holdEntry.keyNode, 'hold'));
}

function readVersion({ report }: Reading, entry: Entry | undefined, root: Node | null): void {
  if (entry === undefined) {
    report.add(root, 'version is missing', 'write "version: 1" first');
  } else if (!isScalar(entry.value) || entry.value.value !== 1) {
    report.add(entry.value ?? entry.keyNode, 'version: this program reads version 1 only');
  }
}

function readLanguage(reading: Reading, entry: Entry | undefined): string | null {
  if (entry === undefined) {
    return null;
  }
  const language = readText(reading, entry.value, 'language');
  if (language !== '' && !languages.some((known) => known === language)) {
    reading.report.add(entry.value ?? entry.keyNode, `language: must be one of ${languages.join(', ')}`);
  }
  return language;
}

function readTimeZone(reading: Reading, entry: Entry | undefined): string | null {
  if (entry === undefined) {
    return null;
  }
  const { value: node, keyNode } = entry;
  return readOperand(reading, timeZone, { node, keyNode, place: 'time-zone', given: plain(node) });
}

function readHold({ report }: Reading, entry: Entry | undefined): 'gate' | null {
  if (entry === undefined) {
    return null;
  }
  if (!isScalar(entry.value) || entry.value.value !== 'gate') {
    report.add(entry.value ?? entry.keyNode, 'hold: must be gate', 'leave it out if nobody has to wait');
  }
  return 'gate';
}

function readNames(
  reading: Reading,
  entry: Entry | undefined,
  root: Node | null,
  place: string,
  hint: string,
): readonly string[] {
  if (entry === undefined) {
    reading.report.add(root, `${place} is missing`, hint);
    return [];
  }
  if (!isSeq(entry.value)) {
    return stands([readName(reading, entry.value, place)], reading.report.placeOf(entry.value ?? entry.keyNode, place));
  }
  const nodes = itemsOf(entry.value);
  if (nodes.length === 0) {
    reading.report.add(entry.value, `${place}: must name at least one`);
  }
  const names = nodes.map((node, index) => readName(reading, node, `${place}[${index}]`));
  return stands(names, ...nodes.map((node, index) => reading.report.placeOf(node, `${place}[${index}]`)));
}

function readName(reading: Reading, node: Node | null, place: string): string {
  const name = readText(reading, node, place);
  const problem = globProblem(name, 'list each name');
  if (problem !== null) {
    reading.report.add(node, `${place}: ${problem.message}`, problem.remedy);
  }
  return name;
}

function readRules(
  reading: Reading,
  entry: Entry | undefined,
  root: Node | null,
  hold: RuleFile['hold'],
): readonly Rule[] {
  const { report } = reading;
  const nodes = readList(reading, entry?.value, 'rules', entry?.keyNode ?? root);
  if (isSeq(entry?.value) && nodes.length === 0) {
    report.add(entry.value, 'rules: must hold at least one rule', 'a rule with "then: []" leaves everybody alone');
  }
  const rules = nodes.map((node, index) => readRule(reading, node, `rules[${index}]`));
  if (!report.failed) {
    findUnreachable(report, rules, nodes);
    findUnsafeGrants(report, rules);
    findDoubtful(report, rules);
    findBlindRefusals(report, rules, hold);
  }
  findSameNames(report, rules, nodes);
  return rules;
}

function readRule(reading: Reading, node: Node, place: string): Rule {
  const { report, file } = reading;
  const fields = readMap(reading, node, place, Object.keys(ruleFields));
  const name = fields.get('name');
  if (name === undefined) {
    report.add(node, `${place}: name is missing`, 'say in a few words whom the rule is for');
  }
  const when = fields.get('when');
  const then = fields.get('then');
  if (then === undefined) {
    report.add(node, `${place}: then is missing`, 'list the steps, or write "then: []" for none');
  }
  const rule: Rule = {
    name: (name && readText(reading, name.value ?? name.keyNode, `${place}.name`)) || place,
    file,
    line: report.lineOf(node),
    when: when === undefined ? null : readWhen(reading, when.value, `${place}.when`, when.keyNode),
    // Rule files call it `then`. No code ever awaits a rule.
    // oxlint-disable-next-line unicorn/no-thenable
    then: then === undefined ? [] : readThen(reading, then.value, `${place}.then`, then.keyNode),
    dryRun: readFlag(reading, fields.get('dry-run'), `${place}.dry-run`),
  };
  findVerifyDeadEnd(report, rule, node, place);
  return rule;
}
