import { html, type Html } from '../../../src/messages/html.ts';
import type { Application } from './applications.ts';
import { page } from './layout.ts';
import type { Person } from './oidc.ts';

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

export function doors(clientId: string): Html {
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
