import { html, type Html } from '../../../src/messages/html.ts';
import type { RulesInForce } from '../rules-in-force.ts';
import type { Application } from './applications.ts';
import type { Person } from './oidc.ts';

/** Something to look at beside the applications. */
export interface Sight {
  readonly title: string;
  readonly about: string;
  /** An address to open, or a place to look at in a terminal. */
  readonly at: { readonly url: string } | { readonly path: string };
}

export function startPage(applications: readonly Application[], sights: readonly Sight[], rules: RulesInForce): string {
  return page(
    'Vestibule demo',
    html`<div class="card">
        <h1>Vestibule demo</h1>
        <p>
          One Keycloak realm, four applications, and for each its own rule about people who register. Pick one, fill in
          the form with any name and address, and see what becomes of you. No mail leaves this machine: it all arrives
          in the inbox.
        </p>
      </div>
      <section>
        <h2>Applications</h2>
        <div class="apps">${applications.map(applicationCard)}</div>
      </section>
      <section>
        <h2>Behind the scenes</h2>
        <div class="card">
          ${sights.map(
            ({ title, about, at }) =>
              html`<p>
                ${'url' in at ? html`<a href="${at.url}" target="_blank" rel="noopener">${title}</a>` : html`<strong>${title}</strong> <code>${at.path}</code>`}<br />
                <span class="note">${about}</span>
              </p>`,
          )}
        </div>
      </section>
      ${whatToTry} ${rulesSection(rules)}`,
  );
}

const whatToTry = html`<section>
  <h2>What to try next</h2>
  <p>
    Keycloak knows one person per window. Log out before you register as somebody else, or open a private window for
    each.
  </p>
  <ol class="card">
    <li>
      <strong>Wait at the gate.</strong> Register for the Partner Portal. Keycloak says that you have to wait. Open the
      inbox in another tab, and the mail to the partner desk; press its button and decide. Then log in.
    </li>
    <li>
      <strong>Change a rule.</strong> Open <code>rules/blog.yaml</code> in an editor and put a rule in front, as “A
      first rule” in the README shows. It is in force within a second: load this page again, and register for the blog.
    </li>
    <li>
      <strong>Ask why.</strong> In a terminal, in the folder of the project:
      <pre>
node --env-file=.env.demo bin/vestibule.js explain --realm acme --user paul
node --env-file=.env.demo bin/vestibule.js check --live
node --env-file=.env.demo bin/vestibule.js doctor</pre>
    </li>
  </ol>
</section>`;

function rulesSection({ state, files }: RulesInForce): Html {
  return html`<section>
    <h2>Rules in force</h2>
    <div class="card">
      <p>${state}</p>
      ${files.map(
        ({ name, text }) =>
          html`<details>
            <summary>rules/${name}</summary>
            <pre>${text}</pre>
          </details>`,
      )}
      <p class="note">
        To be read here; to be changed in an editor. rules/README.md explains every condition and step.
      </p>
    </div>
  </section>`;
}

function applicationCard({ clientId, name, promise }: Application): Html {
  return html`<div class="card">
    <h2><a href="/${clientId}">${name}</a></h2>
    <p>${promise}</p>
    ${doors(clientId)}
  </div>`;
}

/** The application for somebody who is not logged in. */
export function visitorPage({ clientId, name, promise }: Application): string {
  return page(
    name,
    html`${backToStart}
      <div class="card">
        <h1>${name}</h1>
        <p>${promise}</p>
        <p class="state">You are not logged in.</p>
        ${doors(clientId)}
      </div>`,
  );
}

export function memberPage({ clientId, name, group }: Application, person: Person, at: Date): string {
  const member = person.groups.includes(group);
  return page(
    name,
    html`${backToStart}
      <div class="card">
        <h1>${name}</h1>
        ${
          member
            ? html`<p class="state in" role="status">You are in: you belong to ${group}.</p>`
            : html`<p class="state wait" role="status">
                You are logged in, but not let in: this application is for ${group}, and you are not in that group.
              </p>`
        }
        ${facts(person)}
        <div class="buttons">${logOut(clientId, 'Log out')}</div>
        <p class="note">
          As in the token of ${clock(at)} UTC. This page asks Keycloak for a new one every three seconds, so you see
          here what a decision changes.
        </p>
      </div>`,
    { refresh: true },
  );
}

/** For somebody whom Keycloak gives no token: held, disabled, deleted, or logged out elsewhere. */
export function endedPage({ clientId, name }: Application, said: string, person: Person | null, inbox: string): string {
  return page(
    name,
    html`${backToStart}
      <div class="card">
        <h1>${name}</h1>
        <p class="state out" role="status">
          ${person === null ? 'You are not let in.' : 'You are logged out: your session was ended.'}
        </p>
        <p>Keycloak says: <q>${said}</q>. ${meaning(said)}</p>
        <p>
          That is all an application can see. What happened is in the mail to you:
          <a href="${inbox}" target="_blank" rel="noopener">open the inbox</a>. If somebody has to decide about you,
          their mail is there too: press a button in it, then log in here.
        </p>
        ${person === null ? null : facts(person)}
        <div class="buttons">
          <a class="button" href="/${clientId}/login">Log in</a
          >${person === null ? null : logOut(clientId, 'Start over')}
        </div>
      </div>`,
  );
}

export function problemPage(title: string, text: string): string {
  return page(
    title,
    html`${backToStart}
      <div class="card">
        <h1>${title}</h1>
        <p>${text}</p>
      </div>`,
  );
}

/** What Keycloak's words mean for a person. */
function meaning(said: string): string {
  if (/disabled/i.test(said)) {
    return 'The account is disabled.';
  }
  if (/session not active|session doesn't|not found|code not valid|invalid user|stale|user or client/i.test(said)) {
    return 'The session has ended. That happens when an account is disabled or deleted, and when you log out elsewhere.';
  }
  return '';
}

function facts({ username, name, email, emailVerified, groups, roles }: Person): Html {
  const tags = (values: readonly string[], none: string): Html =>
    values.length === 0
      ? html`${none}`
      : html`${values.map((value) => html`<span class="tag"><bdi>${value}</bdi></span>`)}`;
  return html`<dl>
    <dt>You are</dt>
    <dd><bdi>${name === '' ? username : `${name} (${username})`}</bdi></dd>
    <dt>E-mail</dt>
    <dd><bdi>${email}</bdi>${emailVerified ? ', verified' : ''}</dd>
    <dt>Groups</dt>
    <dd>${tags(groups, 'none')}</dd>
    <dt>Roles</dt>
    <dd>${tags(roles, 'none')}</dd>
  </dl>`;
}

function doors(clientId: string): Html {
  return html`<p class="buttons">
    <a class="button" href="/${clientId}/register">Register</a>
    <a class="button second" href="/${clientId}/login">Log in</a>
  </p>`;
}

function logOut(clientId: string, label: string): Html {
  return html`<form method="post" action="/${clientId}/logout"><button class="button second">${label}</button></form>`;
}

const backToStart = html`<nav><a href="/">← Vestibule demo</a></nav>`;

function clock(at: Date): string {
  return at.toISOString().slice(11, 19);
}

function page(title: string, body: Html, { refresh = false } = {}): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        ${refresh ? html`<meta http-equiv="refresh" content="3" />` : null}
        <title>${title}</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html>`.markup;
}
