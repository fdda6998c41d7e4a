/** Text that stands in a page as it is: markup made here, never a name, value or message from outside. */
export interface Markup {
  readonly markup: string;
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const longestText = 300;

/**
 * Markup with values in it: texts and numbers are escaped, so that nothing of them is read as markup; markup and lists
 * of markup are put in as they are. The only way in which the pages of this folder are made.
 */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Markup | readonly Markup[] | null)[]
): Markup {
  const pieces = parts.map((part, index) => (index < values.length ? part + render(values[index]!) : part));
  return { markup: pieces.join('') };
}

/** Nothing. */
export const nothing: Markup = { markup: '' };

function render(value: string | number | Markup | readonly Markup[] | null): string {
  if (value === null) return '';
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value));
  return isMarkup(value) ? value.markup : value.map((one) => one.markup).join('');
}

function isMarkup(value: Markup | readonly Markup[]): value is Markup {
  return 'markup' in value;
}

function escapeText(text: string): string {
  return wholeText(text.length > longestText ? `${text.slice(0, longestText)}…` : text, /\p{Cc}/gu).markup;
}

/** Text of any length as markup, escaped; its line ends stay. */
export function wholeText(text: string, unseen = /[^\P{Cc}\n]/gu): Markup {
  const markup = text
    .toWellFormed()
    .replaceAll(unseen, ' ')
    .replaceAll(/[&<>"']/g, (character) => escapes[character]!);
  return { markup };
}

/** A table; cells are markup. */
export function table(head: readonly string[], rows: readonly (readonly Markup[])[]): Markup {
  return html`<table><thead><tr>${head.map((name) => html`<th>${name}</th>`)}</tr></thead><tbody>${rows.map(
    (row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table>`;
}

/** A metric's value: four decimals where they tell enough, else as `number`. */
export function figure(value: number | null | undefined): string {
  const isUsual =
    value !== null && value !== undefined && (value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1000));
  return isUsual ? value.toFixed(4) : number(value);
}

/** A number as a page shows it. */
export function number(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined) return '–';
  if (Number.isInteger(value)) return value.toLocaleString('en');
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(digits))) : value.toExponential(digits - 1);
}
