import { html, type Html } from '../../../src/messages/html.ts';
import type { Chapter } from '../diary.ts';
import type { RulesInForce } from '../rules-in-force.ts';
import type { Application } from './applications.ts';
import { page } from './layout.ts';
import { doors } from './pages.ts';

/** Something to look at beside the applications. */
export interface Sight {
  readonly title: string;
  readonly about: string;
  /** An address to open, or a place to look at in a terminal. */
  readonly at: { readonly url: string } | { readonly path: string };
}

interface StartPage {
  readonly applications: readonly Application[];
  readonly sights: readonly Sight[];
  readonly rules: RulesInForce;
  readonly chapters: readonly Chapter[];
  /** Whether the service runs; `null`: nobody can stop it here. */
  readonly runs: boolean | null;
}

export function startPage({ applications, sights, rules, chapters, runs }: StartPage): string {
  return page(
    'Vestibule demo',
    html`<div class="card">
        <h1>Vestibule demo</h1>
        <p>
          One Keycloak realm, four applications, and for each its own rule about people who register. Pick one, fill in
          the form with any name and address, and see what becomes of you. Nobody is in before the rules have spoken. No
          mail leaves this machine: it all arrives in the inbox.
        </p>
      </div>
      <section>
        <h2>Applications</h2>
        <div class="apps">${applications.map(applicationCard)}</div>
      </section>
      ${chapters.length === 0 ? null : walkThrough(chapters)} ${whatToTry(runs)}
      <section>
        <h2>Behind the scenes</h2>
        <div class="card">${sights.map(sightLine)}</div>
      </section>
      ${rulesSection(rules)}`,
  );
}

function applicationCard({ clientId, name, promise }: Application): Html {
  return html`<div class="card">
    <h3><a href="/${clientId}">${name}</a></h3>
    <p>${promise}</p>
    ${doors(clientId)}
  </div>`;
}

function walkThrough(chapters: readonly Chapter[]): Html {
  return html`<section>
    <h2>Who was here before you</h2>
    <div class="card">
      ${chapters.map(
        ({ title, gist, lines }) =>
          html`<details>
            <summary>${title}<br /><strong>${gist}</strong></summary>
            <table>
              ${lines.map(
                ({ ms, text }) =>
                  html`<tr>
                    <td>${ms === null ? '' : `${ms} ms`}</td>
                    <td>${text}</td>
                  </tr>`,
              )}
            </table>
          </details>`,
      )}
      <p class="note">Milliseconds are counted from sending the form. The first person pays for a cold start.</p>
    </div>
  </section>`;
}

function whatToTry(runs: boolean | null): Html {
  return html`<section>
    <h2>What to try next</h2>
    <p>
      Keycloak knows one person per window. Log out before you register as somebody else, or open a private window for
      each.
    </p>
    <ol class="card">
      <li>
        <strong>Find the closed door.</strong> Log in to the Staff Tool: the page has no link “Register”. Then press
        “Register” here: Keycloak says that registration is closed, and leads you back. Change the language there.
      </li>
      <li>
        <strong>Be refused at the field.</strong> Register for the blog as <code>you@mailinator.com</code>. The form
        says what is wrong, at the field, and no account is made.
      </li>
      <li>
        <strong>Pass the gate without noticing.</strong> Register for the shop. Keycloak holds you until the rules have
        decided. That takes a fraction of a second, and there is no page in between.
      </li>
      <li>
        <strong>Wait at the gate.</strong> Register for the Partner Portal. Keycloak says that you have to wait. Open
        the inbox in another tab, and the mail to the partner desk; press its button and decide. The page that waits
        looks again by itself, and lets you in.
      </li>
      ${runs === null ? null : stopTheService(runs)}
      <li>
        <strong>Change a rule.</strong> Open <code>rules/blog.yaml</code> in an editor and put a rule in front, as “A
        first rule” in the README shows. It is in force within seconds, at Keycloak’s door too: load this page again,
        and register for the blog.
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
}

function stopTheService(runs: boolean): Html {
  const [state, action, label] = runs
    ? ['Vestibule runs.', 'stop', 'Stop Vestibule']
    : ['Vestibule is stopped.', 'start', 'Start Vestibule'];
  return html`<li id="service">
    <strong>Stop Vestibule, and register.</strong> Stop it here, and register for the shop in another tab. Keycloak
    holds you, and shows a page: you have no code, no session and no token. Then start Vestibule here. The page looks
    again by itself, and lets you in. The blog does not hold anybody: there you are in, and become a reader when
    Vestibule is back.
    <p class="state ${runs ? 'in' : 'out'}" role="status">${state}</p>
    <form method="post" action="/service/${action}"><button class="button second">${label}</button></form>
  </li>`;
}

function sightLine({ title, about, at }: Sight): Html {
  return html`<p>
    ${'url' in at ? html`<a href="${at.url}" target="_blank" rel="noopener">${title}</a>` : html`<strong>${title}</strong> <code>${at.path}</code>`}<br />
    <span class="note">${about}</span>
  </p>`;
}

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
