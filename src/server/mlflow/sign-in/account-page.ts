/* The page on which people who signed in see who they are, make API tokens, end them, and sign out. */
import type { SignedIn } from '../../../access/index.ts';
import { formatInstant } from '../../../encoding/index.ts';
import { escapeHtml, type Page } from './pages.ts';
import { paths } from './paths.ts';

const tokens = '/ajax-api/2.0/mlspec/tokens';

/** Asks the endpoints of tokens, which answer this page's own requests by its cookie. */
const script = `
const rows = document.getElementById('tokens');
const said = document.getElementById('said');
const ask = async (what, fields) => {
  const answer = await fetch('${tokens}/' + what, fields === undefined ? {} :
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(fields) });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.message);
  return found;
};
const cell = (row, text) => { row.insertCell().textContent = text; };
const show = async () => {
  const { tokens = [] } = await ask('list');
  rows.replaceChildren();
  for (const token of tokens.filter((one) => one.revoked_at === null)) {
    const row = rows.insertRow();
    cell(row, token.name); cell(row, token.prefix); cell(row, token.role); cell(row, token.expires_at ?? 'does not end');
    const end = document.createElement('button');
    end.textContent = 'end';
    end.addEventListener('click', () => ask('revoke', { prefix: token.prefix }).then(show, tell));
    row.insertCell().append(end);
  }
};
const tell = (error) => { said.textContent = error.message; };
document.getElementById('make').addEventListener('submit', (event) => {
  event.preventDefault();
  const { name, role, days } = Object.fromEntries(new FormData(event.target));
  ask('create', { name, role, days: Number(days) }).then(async ({ secret }) => {
    said.textContent = secret;
    await show();
  }).catch(tell);
});
show().catch(tell);
`;

const roles = ['reader', 'writer', 'approver', 'admin'].map((role) => {
  return `<option${role === 'writer' ? ' selected' : ''}>${role}</option>`;
});

/** The page for whoever signed in. */
export function accountPage({ user, session }: SignedIn): Page {
  const until =
    session === undefined ? '' : ` This browser stays signed in until ${formatInstant(session.expiresAtMs)}.`;
  return {
    title: user.name,
    body: `<p>You are signed in as <b>${escapeHtml(user.name)}</b>, ${user.role} wherever nothing else was granted.${until}</p>
<form method="post" action="${paths.signOut}"><button>Sign out</button> <a href="/">Experiments</a></form>
<h2>API tokens</h2>
<p>For programs: set <code>MLFLOW_TRACKING_TOKEN</code> to one. It is shown once, here:</p>
<pre id="said"> </pre>
<form id="make"><input name="name" required maxlength="64" placeholder="what it is for" aria-label="what it is for">
<select name="role" aria-label="the most that it can do">${roles.join('')}</select>
<input name="days" type="number" min="1" max="366" value="90" aria-label="days"> days <button>Make a token</button></form>
<table><thead><tr><th>for</th><th>begins with</th><th>at most</th><th>ends</th><th></th></tr></thead><tbody id="tokens"></tbody></table>`,
    script,
  };
}
