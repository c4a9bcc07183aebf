/** Mail addresses of approvers are somebody's personal data, too: enough to tell them apart. */
export function masked(address: string): string {
  const [, first = '', host = ''] = /^(.).*@(.*)$/su.exec(address) ?? [];
  return host === '' ? address : `${first}…@${host}`;
}
