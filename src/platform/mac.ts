import { createHmac } from 'node:crypto';

/** HMAC-SHA-256 over fields, each with its length before it, so that no two lists of fields make the same bytes. */
export function macOver(key: string | Uint8Array, fields: readonly (string | Uint8Array)[]): Buffer {
  const hmac = createHmac('sha256', key);
  for (const field of fields) {
    const bytes = Buffer.from(field as string);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hmac.update(length).update(bytes);
  }
  return hmac.digest();
}
