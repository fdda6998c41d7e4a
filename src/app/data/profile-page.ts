/**
 * The page about a table: one document that asks for nothing else, warnings first. Its size is bounded: a column takes less than two
 * kilobytes. Names and values are escaped; besides, the page allows no script but its own, by its digest.
 */
import { createHash } from 'node:crypto';
import { type ColumnStatistics, type SliceStatistics, strongestPairs } from '../../data-quality/index.ts';
import { html, type Markup, nothing, number, table } from '../report/html.ts';
import { factsOf } from './profile-facts.ts';
import type { FileProfile } from './profile-files.ts';
import { distribution } from './profile-plots.ts';
import { toldFirst } from './told-first.ts';

const most = { warnings: 1_000, groupCells: 2_000, pairs: 100 };

const style = `body{font:14px/1.45 system-ui,sans-serif;margin:0 auto;max-width:76rem;padding:1rem;color:#1c2330;background:#fff}h1{font-size:1.4rem;margin:0 0 .3rem;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:1.8rem 0 .5rem}h3{font-size:1rem;margin:0 0 .3rem;overflow-wrap:anywhere}h3 i{font-weight:400;color:#667}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.1rem .9rem .1rem 0;vertical-align:top}th{color:#5a6577;font-weight:600}.c{border-top:1px solid #dde3ea;padding:.7rem 0;scroll-margin-top:4rem}.c:focus{outline:2px solid #5b8fd0;outline-offset:2px}
.g{display:flex;flex-wrap:wrap;align-items:start;gap:.6rem 2.5rem}.g>svg{width:24rem;height:6rem;overflow:visible}.v td:first-child{max-width:18rem;overflow-wrap:anywhere}.bar{width:10rem;height:1rem}.s0{fill:#2f6fc2;fill-opacity:.55}.s1{fill:#d9822b;fill-opacity:.55}
b.s0{color:#2f6fc2}b.s1{color:#b5651d}.w{color:#946a00}.drifted{color:#b3312a;font-weight:600}#bar{position:sticky;top:0;background:#fff;padding:.5rem 0;z-index:1;border-bottom:1px solid #dde3ea}input{font:inherit;width:22rem;max-width:60vw;padding:.2rem .5rem}code{font:12px ui-monospace,monospace;overflow-wrap:anywhere}kbd{border:1px solid #b8c1cc;border-radius:3px;padding:0 .3em}`;

const script = `(()=>{const q=document.getElementById('q'),n=document.getElementById('n'),all=[...document.querySelectorAll('.c')];let at=-1;
const seen=()=>all.filter(c=>!c.hidden);
const find=()=>{const t=q.value.toLowerCase();for(const c of all)c.hidden=!c.dataset.q.includes(t);n.textContent=seen().length+' of '+all.length;at=-1};
const go=by=>{const s=seen();if(!s.length)return;at=Math.min(s.length-1,Math.max(0,at+by));s[at].focus();s[at].scrollIntoView({block:'start'})};
q.addEventListener('input',find);
document.addEventListener('keydown',e=>{if(e.ctrlKey||e.metaKey||e.altKey)return;if(e.target===q){if(e.key==='Escape'){q.value='';find();q.blur()}else if(e.key==='Enter'||e.key==='ArrowDown'){e.preventDefault();at=-1;q.blur();go(1)}return}
if(e.key==='/'){e.preventDefault();q.focus();q.select()}else if(e.key==='j')go(1);else if(e.key==='k')go(-1);else if(e.key==='Escape'){q.value='';find()}});find()})()`;

/** The page about a profile. */
export function profilePage(profile: FileProfile): string {
  const allowed = `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src ${allowed}`;
  const columns = pairs(profile);
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${{ markup: policy }}"><meta name="viewport" content="width=device-width"><title>${profile.name}</title><style>${{ markup: style }}</style></head><body>
<h1>${profile.name}</h1>
${overview(profile)}
${warnings(profile)}
${profile.outlyingRows === null ? nothing : outlyingTable(profile.outlyingRows)}
${profile.weighted === null ? nothing : weightedTable(profile.weighted)}
${profile.pairs === null ? nothing : pairTables(profile.pairs)}
${profile.slices.map((slice) => groups(slice))}
<h2>Columns</h2>
<div id="bar"><input id="q" type="search" placeholder="find a column" aria-label="find a column"> <span id="n"></span> <span><kbd>/</kbd> find, <kbd>j</kbd> <kbd>k</kbd> next and previous, <kbd>Esc</kbd> all</span></div>
${columns.map((pair, at) => columnSection(profile, pair, at))}
${{ markup: `<script>${script}</script>` }}</body></html>
`;
  return page.markup;
}

type Pair = readonly [ColumnStatistics | null, ...(ColumnStatistics | null)[]];

/** The columns of the table, each beside the other table's of that name; then those that the other alone has. */
function pairs({ statistics, compared }: FileProfile): Pair[] {
  if (compared === null) return statistics.columns.map((column) => [column]);
  const others = new Map(compared.statistics.columns.map((column) => [column.name, column]));
  const own = statistics.columns.map((column): Pair => [column, others.get(column.name) ?? null]);
  const names = new Set(statistics.columns.map(({ name }) => name));
  return [
    ...own,
    ...compared.statistics.columns.filter(({ name }) => !names.has(name)).map((column): Pair => [null, column]),
  ];
}

function overview({ statistics, digest, compared, name }: FileProfile): Markup {
  const tables = [
    { name, statistics, digest },
    ...(compared === null ? [] : [{ name: compared.name, statistics: compared.statistics, digest: compared.digest }]),
  ];
  const missing = ({ rowCount, columns }: FileProfile['statistics']): string => {
    const cells = rowCount * columns.length;
    const count = columns.reduce((sum, column) => sum + column.missingCount, 0);
    return cells === 0 ? '–' : `${number(count)} (${Number(((count / cells) * 100).toPrecision(3))} %)`;
  };
  return table(
    ['', 'rows', 'columns', 'missing cells', 'digest of the statistics'],
    tables.map((one, side) => [
      html`<b class="${`s${side}`}">${one.name}</b>`,
      html`${number(one.statistics.rowCount)}`,
      html`${number(one.statistics.columns.length)}`,
      html`${missing(one.statistics)}`,
      html`<code>${one.digest}</code>`,
    ]),
  );
}

function warnings(profile: FileProfile): Markup {
  const places = new Map(pairs(profile).map((pair, at) => [(pair[0] ?? pair[1])!.name, at]));
  const link = (name: string | null): Markup =>
    name === null ? html`the table` : html`<a href="#c${{ markup: String(places.get(name)) }}">${name}</a>`;
  const all = toldFirst(profile).map(({ column, message, isDifference }) => [
    link(column),
    isDifference ? html`<span class="drifted">${message}</span>` : html`<span class="w">${message}</span>`,
  ]);
  const rest = all.length > most.warnings ? html`<p>and ${number(all.length - most.warnings)} more</p>` : nothing;
  return html`<h2>Warnings</h2>${all.length === 0 ? html`<p>none</p>` : table(['column', ''], all.slice(0, most.warnings))}${rest}`;
}

function columnSection({ compared }: FileProfile, pair: Pair, at: number): Markup {
  const column = (pair[0] ?? pair[1])!;
  const drift = compared?.drift.columns.find(({ name }) => name === column.name);
  const head = pair.length === 1 ? nothing : html`<tr><th><th><b class="s0">this</b><th><b class="s1">other</b>`;
  const facts = factsOf(pair).map(
    ({ name, values }) => html`<tr><th>${name}${values.map((value) => html`<td>${value}`)}`,
  );
  const judged =
    drift === undefined
      ? nothing
      : html` <span class="${drift.drifted ? 'drifted' : ''}">${drift.judgedBy} ${number(drift.distances[drift.judgedBy])}</span>`;
  const marks = html`${column.constant ? ', constant' : ''}${column.identifier ? ', identifier' : ''}`;
  return html`<section class="c" id="c${{ markup: String(at) }}" tabindex="-1" data-q="${column.name.toLowerCase()}"><h3>${column.name} <i>${column.type}${marks}</i>${judged}</h3><div class="g"><table>${head}${facts}</table>${distribution(pair)}</div></section>
`;
}

function outlyingTable({ columns, rowCount, rows, threshold }: NonNullable<FileProfile['outlyingRows']>): Markup {
  const cells = rows.map(({ score, count, values }) => [
    html`${number(score, 3)}`,
    html`${number(count)}`,
    ...values.map((value) => html`${number(value)}`),
  ]);
  return html`<h2>Outlying rows</h2><p>${number(rowCount)} rows with a score above ${number(threshold)}</p>${table(['score', 'rows', ...columns], cells)}`;
}

function weightedTable({ weight, total, columns }: NonNullable<FileProfile['weighted']>): Markup {
  const rows = columns.map(({ name, missing, mean, standardDeviation, top }) => [
    html`${name}`,
    html`${missing === null ? '–' : `${Number((missing * 100).toPrecision(3))} %`}`,
    html`${number(mean)}`,
    html`${number(standardDeviation)}`,
    html`${top
      .slice(0, 3)
      .map(({ value, share }) => `${String(value).slice(0, 30)} ${Number((share * 100).toPrecision(3))} %`)
      .join(', ')}`,
  ]);
  return html`<h2>Weighted by ${weight}, ${number(total)} in all</h2>${table(['column', 'missing', 'mean', 'deviation', 'most weight'], rows)}`;
}

/** The strongest pairs, and how well each column alone tells the label. */
function pairTables({ label, power, pairs: all }: NonNullable<FileProfile['pairs']>): Markup {
  const rows = strongestPairs(all, most.pairs).map((one) => [
    html`${one.a}`,
    html`${one.b}`,
    ...[one.pearson, one.spearman, one.cramersV, one.mutualInformationBits].map((value) => html`${number(value, 3)}`),
  ]);
  const head = ['', '', 'Pearson', 'Spearman', "Cramér's V", 'mutual information, bits'];
  const told = power.map((one) => [html`${one.column}`, html`${number(one.power, 3)}`]);
  const ofLabel =
    label === null ? nothing : html`<h2>How well a column alone tells ${label}</h2>${table(['column', 'power'], told)}`;
  return html`<h2>Pairs</h2>${table(head, rows)}${ofLabel}`;
}

/** Groups of a slice: rows, and of each column with numbers the mean, as far as there is room. */
function groups({ slice, groups: all, leftOutCount }: SliceStatistics): Markup {
  const numbers = (all[0]?.columns ?? []).flatMap(({ name, numbers: found }, at) =>
    found === null ? [] : [{ name, at }],
  );
  const shown = numbers.slice(0, Math.floor(most.groupCells / Math.max(1, all.length)));
  const rows = all.map(({ value, rowCount, columns }) => [
    html`${value}`,
    html`${number(rowCount)}`,
    html`${number(columns.reduce((sum, { missingCount }) => sum + missingCount, 0))}`,
    ...shown.map(({ at }) => html`${number(columns[at]!.numbers?.mean)}`),
  ]);
  const rest = leftOutCount === 0 ? nothing : html`<p>and ${number(leftOutCount)} smaller groups</p>`;
  return html`<h2>By ${slice}</h2>${table([slice, 'rows', 'missing', ...shown.map(({ name }) => `mean of ${name}`)], rows)}${rest}`;
}
