import { isIP } from 'node:net';

/**
 * Whether a text is one address, or a range of addresses such as `10.0.0.0/8`. The range of all addresses is none: who
 * names it means "anybody", which is what a list of networks is there to prevent.
 */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = address.includes('%') ? 0 : isIP(address);
  const widest = family === 4 ? 32 : 128;
  return (
    family !== 0 && rest.length === 0 && (bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= widest))
  );
}

/** Whether what is sent there stays on this machine. */
export function isLoopback(host: string): boolean {
  return /^(127\.[\d.]+|localhost|\[?::1\]?)$/i.test(host);
}
