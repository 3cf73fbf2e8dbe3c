/** The sign-in page of demo mode as HTML: plain form controls, no script, usable by keyboard alone. */
import type { AuthorizationRequest } from '../auth/demo/authorization-request.ts';
import type { People, Person } from '../auth/demo/people.ts';
import type { DemoRole } from '../auth/demo/sign-in.ts';

export interface SignInPage {
  readonly request: AuthorizationRequest;
  readonly roles: readonly DemoRole[];
  readonly people: People;
  /** What is wrong with the last choice. */
  readonly fault?: string;
  /** The last choice. */
  readonly role?: string;
  readonly patient?: string;
}

/** Styles, in a `style` element that the policy names by its hash. */
export const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 34rem; margin: 2rem auto; padding: 0 1rem; }
label, legend { display: block; font-weight: 600; margin-top: 1rem; }
select, input, button { font: inherit; padding: .5rem; width: 100%; box-sizing: border-box; }
button { margin-top: 1rem; cursor: pointer; }
.note, [role=alert] { border-left: .3rem solid; padding: .5rem 1rem; }
.note { border-color: #b26a00; }
[role=alert] { border-color: #c62828; }
code { overflow-wrap: anywhere; }
:focus-visible { outline: .2rem solid #1565c0; outline-offset: .1rem; }
`;

/** The page on which a person picks a role and a patient. */
export function signInPage({ request, roles, people, fault, role, patient }: SignInPage): string {
  const listed = people.patients.some(({ id }) => id === patient);
  return document(
    'Demo sign-in',
    `${fault === undefined ? '' : `<p role="alert" id="fault">${escapeHtml(fault)}</p>`}
<p>The app <code>${escapeHtml(request.clientId)}</code> at <code>${escapeHtml(new URL(request.redirectUri).host)}</code> asks for:</p>
<ul>${request.scopes.map((scope) => `<li><code>${escapeHtml(scope)}</code></li>`).join('')}</ul>
<form method="post" action="/demo/authorize">
${request.parameters.map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`).join('\n')}
<label for="role">Role</label>
<select id="role" name="role" required${fault === undefined ? '' : ' aria-describedby="fault"'}>
<option value="">Choose a role</option>
${roles.map(({ name, why }) => option(name, `${name}: ${why}`, role)).join('\n')}
</select>
<label for="patient">Patient</label>
<select id="patient" name="patient">
<option value="">No patient, or one named below</option>
${people.patients.map((person) => option(person.id, labelOf(person), patient)).join('\n')}
</select>
<label for="patient-id">Or the id of another patient</label>
<input id="patient-id" name="patient_id" maxlength="64" autocomplete="off" spellcheck="false" value="${escapeHtml(listed ? '' : (patient ?? ''))}">
<button type="submit">Sign in</button>
<button type="submit" name="deny" value="true" formnovalidate>Cancel</button>
</form>`,
  );
}

/** A page that tells why there is nothing to sign in to. */
export const refusalPage = (reason: string): string =>
  document('Demo sign-in refused', `<p role="alert">${escapeHtml(reason)}</p>`);

const labelOf = ({ id, name }: Person): string => (name === id ? id : `${name} (${id})`);

const option = (value: string, label: string, chosen: string | undefined): string =>
  `<option value="${escapeHtml(value)}"${value === chosen ? ' selected' : ''}>${escapeHtml(label)}</option>`;

const document = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Veil</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="note"><strong>This is a demo.</strong> Nobody's password is asked: whoever can open this page may be anyone. Use synthetic data alone.</p>
${body}
</main>
</body>
</html>
`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
