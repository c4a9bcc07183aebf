const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text of a file, without a byte order mark; `null`: it is not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}
