/** One plain address: no list, no display name, no comment, nothing that a header could be made of. */
export const plainAddress =
  /^[^\s@<>()[\]\\,;:"\u0000-\u001f\u007f-\u009f]{1,64}@[^\s@<>()[\]\\,;:"\u0000-\u001f\u007f-\u009f]{1,253}$/u;

/** The address in a sender such as `Vestibule <vestibule@acme.com>`; `null` when no mail could be sent under it. */
export function senderAddress(from: string): string | null {
  const bare = from.replace(/^.*<(.*)>$/, '$1');
  return plainAddress.test(bare) ? bare : null;
}
