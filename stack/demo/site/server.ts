import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import type { Chapter } from '../diary.ts';
import type { RulesInForce } from '../rules-in-force.ts';
import type { Application } from './applications.ts';
import { OpenIdClient, Refusal } from './oidc.ts';
import { endedPage, memberPage, problemPage, visitorPage } from './pages.ts';
import { type Sight, startPage } from './start-page.ts';
import { style } from './style.ts';
import { remember, type Visit, Visits } from './visits.ts';

export interface SiteOptions {
  readonly port: number;
  readonly keycloakUrl: string;
  readonly realm: string;
  readonly inboxUrl: string;
  readonly applications: readonly Application[];
  readonly sights: readonly Sight[];
  readonly rules: () => Promise<RulesInForce>;
  /** The service, where the start page may stop it and start it again. */
  readonly service: Switch | null;
  /** What happened to the people of the walk-through. */
  readonly chapters: readonly Chapter[];
}

interface Switch {
  readonly runs: boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface Site {
  readonly url: string;
  stop(): Promise<void>;
}

type Answer =
  { readonly page: string; readonly status?: number } | { readonly location: string } | { readonly style: string };

interface Door {
  readonly application: Application;
  readonly client: OpenIdClient;
}

/** The applications that the demo's people register for, and a page to start from. On loopback only. */
export async function startSite(options: SiteOptions): Promise<Site> {
  const url = `http://127.0.0.1:${options.port}`;
  const issuer = `${options.keycloakUrl}/realms/${options.realm}`;
  const doors: ReadonlyMap<string, Door> = new Map(
    options.applications.map((application) => {
      const { clientId } = application;
      return [clientId, { application, client: new OpenIdClient(issuer, clientId, `${url}/${clientId}`) }];
    }),
  );
  const visits = new Visits();
  const headers = securityHeaders(options.keycloakUrl);

  const server = createServer((request, response) => {
    void answerTo(request, response)
      .catch((error: unknown): Answer => {
        const why = error instanceof Error ? error.message : String(error);
        return { status: 502, page: problemPage('That did not work', `Keycloak gives no usable answer: ${why}`) };
      })
      .then((answer) => send(response, answer, headers));
  });
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };

  async function answerTo(request: IncomingMessage, response: ServerResponse): Promise<Answer> {
    // One name for all: the cookie and Keycloak's redirect are of that name, and a foreign name gets nothing.
    if (request.headers.host !== new URL(url).host) {
      return { location: `${url}${request.url ?? '/'}` };
    }
    const { pathname, searchParams } = new URL(request.url ?? '/', url);
    if (pathname === '/') {
      const { applications, sights, chapters, service } = options;
      const runs = service === null ? null : service.runs;
      return { page: startPage({ applications, sights, chapters, runs, rules: await options.rules() }) };
    }
    if (pathname === '/style.css') {
      return { style };
    }
    const [, press] = /^\/service\/(start|stop)$/.exec(pathname) ?? [];
    if (options.service !== null && press !== undefined && request.method === 'POST') {
      await (press === 'start' ? options.service.start() : options.service.stop());
      return { location: `${url}/#service` };
    }
    const [, clientId = '', place = ''] = /^\/([\w-]+)\/?(register|login|callback|logout)?$/.exec(pathname) ?? [];
    const door = doors.get(clientId);
    if (door === undefined || (place === 'logout') !== (request.method === 'POST')) {
      return { status: 404, page: problemPage('Nothing here', `The demo has no page ${pathname}.`) };
    }
    const { visit, cookie } = visits.of(request, clientId);
    if (cookie !== null) {
      response.setHeader('set-cookie', cookie);
    }
    switch (place) {
      case 'register':
      case 'login': {
        const login = OpenIdClient.begin();
        remember(visit, login);
        return { location: door.client.loginAddress(login, place) };
      }
      case 'callback':
        return comeBack(door, visit, searchParams);
      case 'logout':
        return leave(door, visit, url);
      default:
        return look(door, visit, options.inboxUrl);
    }
  }
}

async function comeBack({ application, client }: Door, visit: Visit, query: URLSearchParams): Promise<Answer> {
  const login = visit.logins.get(query.get('state') ?? '');
  visit.logins.delete(login?.state ?? '');
  const home = `/${application.clientId}`;
  const code = query.get('code');
  if (login === undefined) {
    return { location: home }; // an old address: what holds now is on the page of the application
  }
  visit.tokens = null;
  visit.ended = null;
  if (code === null) {
    visit.ended = query.get('error_description') ?? query.get('error') ?? 'no code and no reason';
    return { location: home };
  }
  await refusable(visit, async () => (visit.tokens = await client.exchange(code, login)));
  return { location: home };
}

async function look({ application, client }: Door, visit: Visit, inbox: string): Promise<Answer> {
  const { tokens } = visit;
  if (tokens !== null && visit.ended === null) {
    await refusable(visit, async () => (visit.tokens = await client.refresh(tokens.refreshToken)));
  }
  if (visit.ended !== null) {
    return { page: endedPage(application, visit.ended, visit.tokens?.person ?? null, inbox) };
  }
  return {
    page: visit.tokens === null ? visitorPage(application) : memberPage(application, visit.tokens.person, new Date()),
  };
}

/** Ends the session here and in Keycloak; where Keycloak has ended it, only here. */
async function leave({ application, client }: Door, visit: Visit, url: string): Promise<Answer> {
  const { tokens, ended } = visit;
  visit.tokens = null;
  visit.ended = null;
  return {
    location:
      tokens !== null && ended === null ? client.logoutAddress(tokens.idToken) : `${url}/${application.clientId}`,
  };
}

async function refusable(visit: Visit, ask: () => Promise<unknown>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    visit.ended = error.message;
  }
}

function send(response: ServerResponse, answer: Answer, headers: Readonly<Record<string, string>>): void {
  if ('location' in answer) {
    response.writeHead(303, { ...headers, location: answer.location }).end();
  } else if ('style' in answer) {
    response.writeHead(200, { ...headers, 'content-type': 'text/css; charset=utf-8' }).end(answer.style);
  } else {
    response
      .writeHead(answer.status ?? 200, { ...headers, 'content-type': 'text/html; charset=utf-8' })
      .end(answer.page);
  }
}

/** The form that logs out is answered with a redirect to Keycloak, which browsers count as part of the form's way. */
function securityHeaders(keycloakUrl: string): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    `form-action 'self' ${keycloakUrl}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  };
}
