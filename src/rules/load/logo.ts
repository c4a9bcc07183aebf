import type { LogoImage } from '../model.ts';
import type { Bytes } from './folder.ts';

/** Each mail carries it. */
export const maxLogoBytes = 100 * 1024;

/** Gives an image by its path in the rules folder, or says why it cannot. */
export type ReadLogo = (path: string) => LogoImage | { readonly problem: string; readonly remedy?: string };

/** By its first bytes: a name proves nothing, and mail programs show what the bytes are. */
export function logoOf(path: string, content: Bytes): ReturnType<ReadLogo> {
  if ('problem' in content) {
    return content;
  }
  const { bytes } = content;
  const contentType = typeOf(bytes);
  return contentType === null
    ? { problem: `${path} is neither a PNG nor a JPEG image`, remedy: 'mail programs show no other kinds everywhere' }
    : { contentType, content: bytes };
}

function typeOf(bytes: Buffer): LogoImage['contentType'] | null {
  const starts = (hex: string): boolean => bytes.toString('hex', 0, hex.length / 2) === hex;
  return starts('89504e470d0a1a0a') ? 'image/png' : starts('ffd8ff') ? 'image/jpeg' : null;
}
