import { describe, expect, it } from '@jest/globals';

import { linkKeyFindings, publicUrlFindings } from '../../../src/operate/doctor/links.ts';

/** As random as needed, and the same each time. */
const secret = (seed: number, bytes = 32): string =>
  Buffer.from(Array.from({ length: bytes }, (_, index) => (seed + index * 37) % 256)).toString('base64');
const levels = (findings: readonly { id: string; level: string }[]) => findings.map(({ id, level }) => [id, level]);

describe('src/operate/doctor/links', () => {
  it('is content with long random keys, each under its own name', () => {
    expect(levels(linkKeyFindings(`k2:${secret(1)},k1:${secret(2)}`))).toEqual([['link-keys', 'ok']]);
  });

  it.each([
    ['link-key-short', 'error', `k1:${secret(1, 31)}`],
    ['link-key-placeholder', 'error', `k1:${Buffer.alloc(32, 'changeme').toString('base64')}`],
    ['link-key-name-long', 'error', `${'k'.repeat(33)}:${secret(1)}`],
    ['link-key-name-twice', 'error', `k1:${secret(1)},k1:${secret(2)}`],
    ['link-key-twice', 'warning', `k2:${secret(1)},k1:${secret(1)}`],
  ])('finds %s', (id, level, keys) => {
    const findings = linkKeyFindings(keys);
    expect(levels(findings)).toEqual([[id, level]]);
    expect(JSON.stringify(findings)).not.toContain(keys.split(':')[1]?.slice(0, 20));
  });

  it.each([
    ['public-url', 'ok', 'https://vestibule.acme.com'],
    ['public-url-loopback', 'warning', 'http://localhost:8090'],
    ['public-url-plain', 'error', 'http://vestibule.acme.com'],
    ['public-url-path', 'warning', 'https://acme.com/vestibule'],
    ['public-url-more', 'error', 'https://acme.com?from=mail'],
  ])('finds %s (%s) in %s', (id, level, url) => {
    expect(levels(publicUrlFindings(url))).toEqual([[id, level]]);
  });
});
