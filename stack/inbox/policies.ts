/**
 * What the HTML of a mail may do: look as its sender meant. No script runs in it, no form is sent from it, nothing is
 * fetched for it. `allow-same-origin` lets the page around it measure it; a script that could abuse that never runs.
 */
export const mailSandbox = 'allow-same-origin allow-popups allow-popups-to-escape-sandbox';

export const mailPolicy = [
  `sandbox ${mailSandbox}`,
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

/** The inbox's own pages: their style, their scripts, what the list asks for, the frame with the mail. */
export const pagePolicy = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "script-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The opener policy cuts what a link in a mail opens from the inbox, also where the mail asks for an opener. */
export const securityHeaders = {
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const;
