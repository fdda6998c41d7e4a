/** A governance report as one HTML page that asks for nothing else. */
import { cellStates, type FilledCell, type GovernanceReport, stateWords } from '../../exports/index.ts';
import { html, type Markup, nothing, table, wholeText } from './html.ts';

const style = `body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1c2330;background:#fff}
h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;margin:2.4rem 0 .6rem;border-bottom:1px solid #dde3ea}h3{font-size:1rem;margin:1.4rem 0 .3rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.3rem 0}th,td{text-align:left;padding:.2rem .8rem .2rem 0;border-bottom:1px solid #edf0f4;vertical-align:top}th{color:#5a6577;font-weight:600}
code{font:12px ui-monospace,monospace;overflow-wrap:anywhere}.cell{border-left:4px solid #b8c1cc;padding:.1rem 0 .1rem .8rem;margin:.6rem 0}.cell p{margin:.2rem 0}.cell ul{margin:.2rem 0;padding-left:1.2rem}
.state{font-weight:600}.verified{border-color:#58a869}.declared{border-color:#5b8fd0}.human{border-color:#c79a3a}.missing{border-color:#cc5a53}
.verified .state{color:#217a37}.declared .state{color:#2f5f9f}.human .state{color:#946a00}.missing .state{color:#b3312a}
.faint{color:#667}blockquote{margin:.3rem 0;padding-left:.8rem;border-left:2px solid #c79a3a;white-space:pre-wrap}.wide{overflow-x:auto}
@media print{body{margin:0;max-width:none}.cell{break-inside:avoid}}`;

/** The page. */
export function renderGovernance(report: GovernanceReport): string {
  const { template, about, sections, madeBy } = report;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><meta name="viewport" content="width=device-width"><title>${template.title}: ${about}</title><style>${{ markup: style }}</style></head><body>
<h1>${template.title}: ${about}</h1>
<p>${template.source.name}, ${template.source.version} (${template.source.date}). <span class="faint">Template ${template.id} of ${template.dated}.</span></p>
${template.note === null ? nothing : html`<p>${wholeText(template.note)}</p>`}
${facts(report)}
${states(report)}
${sections.map(
  ({ number, title, points }) =>
    html`<section><h2>${heading(number, title)}</h2>${points.map(
      (point) => html`<h3>${heading(point.number, point.asks)}</h3>${point.cells.map(cellMarkup)}`,
    )}</section>
`,
)}
<p class="faint">Made by ${madeBy}.</p>
</body></html>
`;
  return page.markup;
}

/** Number and title; once where they are the same. */
function heading(number: string, title: string): string {
  return number === title ? number : `${number}: ${title}`;
}

function facts({ run, verification }: GovernanceReport): Markup {
  const { isGood, broken, level, next, missing, caveats } = verification;
  const rows: (readonly [string, string])[] = [
    ['run', `${run.id}, ${run.state}`],
    ['declaration', `${run.name}, ${run.declaration}`],
    ...(run.record === null ? [] : [['record', run.record] as const]),
    ['owners', run.owners.length === 0 ? 'none declared' : run.owners.join(', ')],
    ...(run.log === null ? [] : [['log', run.log] as const]),
    ['verification', isGood ? 'every rule holds' : 'not verified: no cell of this report is'],
    ...broken.map(({ rule, by }) => [`broken: ${rule}`, by.join('; ')] as const),
    ['level', `${level}${next === null ? '' : `; ${next} asks for ${missing.join(', ')}`}`],
    ...caveats.map((caveat) => ['but', caveat] as const),
  ];
  return html`<table><tbody>${rows.map(([name, value]) => html`<tr><th>${name}</th><td>${wholeText(value)}</td></tr>`)}</tbody></table>`;
}

function states({ counts }: GovernanceReport): Markup {
  return table(
    ['state', 'cells', ''],
    cellStates.map((state) => [html`${state}`, html`${counts[state]}`, html`${stateWords[state]}`]),
  );
}

function cellMarkup(cell: FilledCell): Markup {
  const { state, says, id, lines, human, answer } = cell;
  const owners = human === null || human.owners.length === 0 ? 'no owner declared' : human.owners.join(', ');
  return html`<div class="cell ${state}"><p><span class="state">${state}</span> ${says} <code class="faint">${id}</code></p>${
    human === null || answer !== null ? nothing : html`<p>Open: ${human.role} (${owners}).</p>`
  }${lines.length === 0 ? nothing : html`<ul>${lines.map((line) => html`<li>${wholeText(line)}</li>`)}</ul>`}${tableOf(cell)}${
    answer === null ? nothing : html`<blockquote>${wholeText(answer.text)}</blockquote><p>answered by ${answer.by}</p>`
  }${proofs(cell)}</div>
`;
}

function tableOf({ table: of }: FilledCell): Markup {
  if (of === null) return nothing;
  const rows = of.rows.map((row) => row.map((value) => wholeText(value)));
  return html`<div class="wide">${table(of.columns, rows)}</div>`;
}

function proofs({ proofs: all, furtherProofs }: FilledCell): Markup {
  if (all.length === 0) return nothing;
  const rows = all.map(({ name, digest, statement, signedBy, logIndex }) => [
    html`${name}`,
    html`<code>${digest}</code>`,
    html`<code>${statement}</code>`,
    html`<code>${signedBy.join(', ')}</code>`,
    html`${String(logIndex)}`,
  ]);
  const more =
    furtherProofs === 0 ? nothing : html`<p class="faint">and ${furtherProofs} more digests in the statements</p>`;
  return html`<div class="wide">${table(['evidence', 'digest', 'statement', 'signed by', 'log entry'], rows)}</div>${more}`;
}
