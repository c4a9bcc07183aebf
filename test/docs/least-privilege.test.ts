import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

import { settings } from '../../src/platform/settings.ts';
import { wantedTopics } from '../../src/adapters/kafka/topic-specs.ts';
import { onPath } from '../../stack/paths.ts';

const page = readFileSync(join(import.meta.dirname, '../..', 'docs', 'least-privilege.md'), 'utf8');
const block = (start: RegExp): string =>
  new RegExp(`${start.source}\n\n\`\`\`[a-z]*\n(.*?)\`\`\``, 's').exec(page)?.[1] ?? '';
const rules = block(/<!-- nft -->/);
const nft = onPath('nft') ?? onPath('nft', '/usr/sbin:/sbin');

interface Peer {
  readonly ports: readonly { readonly protocol: string; readonly port: number }[];
}

/** The commands of this page are run by test/stack/least-privilege.test.ts. */
describe('docs/least-privilege.md', () => {
  it('makes the topics as the service would', () => {
    const commands = block(/<!-- run: topics -->/).replaceAll('\\\n', '');
    const made = [...commands.matchAll(/^topic --topic (\S+) --partitions (\d+) (.*)$/gm)].map(
      ([, topic, partitions, rest = '']) => ({
        topic,
        partitions: Number(partitions),
        config: Object.fromEntries([...rest.matchAll(/--config (\S+)=(\S+)/g)].map(([, name, value]) => [name, value])),
      }),
    );
    const wanted = wantedTopics({
      events: 'keycloak.events',
      approvals: 'vestibule.approvals',
      state: 'vestibule.state',
      door: 'vestibule.door',
      audit: 'vestibule.audit',
      deadLetters: 'vestibule.dead-letter',
    });
    expect(made).toEqual(
      wanted.map(({ topic, partitions, cleanup, config }) => ({
        topic,
        partitions,
        config: { 'cleanup.policy': cleanup, ...config },
      })),
    );
  });

  it('uses no value that its first block does not name', () => {
    const named = new Set(block(/<!-- values -->/).match(/\b[A-Z_]+(?==)/g));
    const used = [...page.matchAll(/<!-- run: \S+ -->\n\n```sh\n(.*?)```/gs)].flatMap(
      ([, commands = '']) => commands.match(/(?<=\$)[A-Z_]+/g) ?? [],
    );
    expect(used.filter((name) => !named.has(name))).toEqual([]);
  });

  it('opens the same ports in each form, and those that the service listens on', () => {
    const policy = parse(block(/On Kubernetes \(the labels are examples\):/)) as {
      spec: { ingress: Peer[]; egress: Peer[] };
    };
    const portsOf = (peers: readonly Peer[]): number[] => ascending(peers.flatMap(({ ports }) => ports.map(portOf)));
    const inChain = (chain: string): number[] =>
      ascending(
        [...(rules.split(`chain ${chain} {`)[1]?.split('\n  }')[0] ?? '').matchAll(/dport (\d+)/g)].map(number),
      );
    expect(inChain('in')).toEqual(portsOf(policy.spec.ingress));
    expect(inChain('out')).toEqual(portsOf(policy.spec.egress));
    const listening = [settings.HTTP_PORT, settings.OPS_PORT].map(({ schema }) => schema.parse(undefined));
    expect(inChain('in')).toEqual(ascending(listening));
  });

  (nft === undefined ? it.skip : it)('has rules that nft accepts', () => {
    const dir = mkdtempSync(join(tmpdir(), 'vestibule-nft-'));
    try {
      writeFileSync(join(dir, 'rules.nft'), rules);
      execFileSync(nft ?? '', ['--check', '--file', join(dir, 'rules.nft')], { stdio: 'pipe' });
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

const portOf = ({ port }: { readonly port: number }): number => port;
const number = ([, digits]: RegExpMatchArray): number => Number(digits);
const ascending = (numbers: readonly number[]): number[] => numbers.toSorted((left, right) => left - right);
