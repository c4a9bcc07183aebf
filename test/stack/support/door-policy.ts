import { gzipSync } from 'node:zlib';

import { signingKey } from '../../../stack/distributions/keycloak.ts';
import { signatureHeader } from '../../../src/ingest/signature.ts';
import { macOver } from '../../../src/platform/mac.ts';

interface Published {
  readonly topic: string;
  readonly version: string;
  readonly sequence: number;
  readonly parts?: number;
  readonly key?: string;
  /** What is above `open` for everyone. */
  readonly policy?: object;
}

/** The records of a policy, as the service writes them. */
export function policyRecords({ topic, version, sequence, parts = 1, key = signingKey, policy = {} }: Published) {
  const json = JSON.stringify({ format: 1, version, entries: [], lists: [], ...policy });
  const packed = gzipSync(json).toString('base64');
  const size = Math.ceil(packed.length / parts);
  return Array.from({ length: parts }, (_, part) => {
    const data = packed.slice(part * size, (part + 1) * size);
    const value = JSON.stringify({ format: 1, sequence, version, part, parts, data });
    const recordKey = `policy-${part}`;
    const signature = macOver(key, ['vestibule door policy v1', topic, recordKey, value]).toString('hex');
    return { key: recordKey, value, headers: { [signatureHeader]: signature } };
  });
}
