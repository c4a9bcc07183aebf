import { isLoopback } from './networks.ts';

/** The addresses of channels, by `slack:NAME` or `teams:NAME`, and what is wrong with the text that holds them. */
export interface ChatWebhooks {
  readonly urls: ReadonlyMap<string, string>;
  /** Each names its place or its channel, and never a URL: whoever knows it can post. */
  readonly problems: readonly string[];
}

const entry = /^(slack|teams):([a-z0-9][a-z0-9_-]{0,63})=(\S+)$/;

/** Reads `CHAT_WEBHOOKS`: `slack:partners=https://…`, separated by commas or lines. */
export function chatWebhooksIn(text: string): ChatWebhooks {
  const urls = new Map<string, string>();
  const problems: string[] = [];
  const parts = text.split(/[\n,]/).map((part) => part.trim());
  for (const [index, part] of parts.filter((part) => part !== '').entries()) {
    const [, service, name, url = ''] = entry.exec(part) ?? [];
    const channel = `${service}:${name}`;
    if (service === undefined) {
      problems.push(`entry ${index + 1} must look like slack:NAME=https://… or teams:NAME=https://…`);
    } else if (urls.has(channel)) {
      problems.push(`${channel} is named twice`);
    } else if (!isSafe(url)) {
      problems.push(`${channel} must have an https URL without a user or a password`);
    } else {
      urls.set(channel, url);
    }
  }
  return { urls, problems };
}

/** Without TLS only to this machine, where tests listen: the URL itself is the key to the channel. */
function isSafe(url: string): boolean {
  if (!URL.canParse(url)) {
    return false;
  }
  const { protocol, hostname, username, password } = new URL(url);
  const encrypted = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
  return encrypted && username === '' && password === '';
}
