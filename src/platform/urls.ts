/** A URL as logs, audit and reasons may have it: a query can hold a key. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '');
}
