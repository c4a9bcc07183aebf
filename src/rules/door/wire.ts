import { gunzipSync, gzipSync } from 'node:zlib';

import { z } from 'zod';

import { isSigned, type SignaturePurpose, signatureOf } from '../../ingest/signature.ts';
import type { DoorPolicy } from './policy.ts';

// How a policy travels: JSON, gzipped, as base64, in parts that fit into records of a compacted topic. The provider
// reads it in PolicyRecord.java and PolicyParts.java. Pure.

const purpose: SignaturePurpose = 'vestibule door policy v1';
/** With the rest of its record below the least `max.message.bytes` that a broker has by default. */
const longestPart = 500_000;
/** The provider reads no more. */
const mostParts = 100;
/** A little text can unpack to more than there is memory. */
const mostBytes = 32 << 20;

/** A record of the door's topic, without its signature. */
export interface DoorRecord {
  readonly key: string;
  readonly value: string;
}

const partSchema = z.object({
  format: z.literal(1),
  sequence: z.int().min(0),
  version: z.string(),
  part: z.int().min(0),
  parts: z.int().min(1).max(mostParts),
  data: z.string(),
});

export type Part = z.infer<typeof partSchema>;

/** @returns the records of a policy, or `null` for one that is too long for the provider */
export function recordsOf({ json, version }: Packed, sequence: number): readonly DoorRecord[] | null {
  if (Buffer.byteLength(json) > mostBytes) {
    return null;
  }
  const whole = gzipSync(json).toString('base64'); // 90 parts at most, also of what gzip cannot make shorter
  const parts = Math.ceil(whole.length / longestPart);
  return Array.from({ length: parts }, (_, part) => {
    const data = whole.slice(part * longestPart, (part + 1) * longestPart);
    return { key: `policy-${part}`, value: JSON.stringify({ format: 1, sequence, version, part, parts, data }) };
  });
}

/** A policy as text: what is compared to know whether two are the same. */
export interface Packed {
  readonly version: string;
  readonly json: string;
}

export function packed(policy: DoorPolicy): Packed {
  return { version: policy.version, json: JSON.stringify(policy) };
}

/** Whether a record with this key can be a part of a policy. */
export function isPartKey(key: string): boolean {
  const [, part] = /^policy-(0|[1-9]\d*)$/.exec(key) ?? [];
  return part !== undefined && Number(part) < mostParts;
}

/** @returns `null` for what is no part of a policy that this version knows */
export function partIn({ key, value }: DoorRecord): Part | null {
  try {
    const part = partSchema.parse(JSON.parse(value));
    return key === `policy-${part.part}` && part.part < part.parts ? part : null;
  } catch {
    return null;
  }
}

/** @param parts of one policy, all of them, in their order. @returns its JSON, or `null` if it cannot be read */
export function jsonOf(parts: readonly Part[]): string | null {
  const whole = Buffer.from(parts.map(({ data }) => data).join(''), 'base64');
  try {
    return gunzipSync(whole, { maxOutputLength: mostBytes }).toString();
  } catch {
    return null;
  }
}

export function signPart(topic: string, record: DoorRecord, signingKey: string): string {
  return signatureOf({ topic, ...record }, signingKey, purpose);
}

/** With which of the keys a record is signed: `first`, which signs, or a later one. `null`: with none. */
export function signerOf(
  topic: string,
  record: DoorRecord,
  signature: string | undefined,
  [first, ...others]: readonly string[],
): 'first' | 'later' | null {
  const signedBy = (keys: readonly string[]): boolean => isSigned({ topic, ...record }, signature, keys, purpose);
  if (first !== undefined && signedBy([first])) {
    return 'first';
  }
  return signedBy(others) ? 'later' : null;
}
