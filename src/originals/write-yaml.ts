/** Documents as YAML that every reader takes alike, whether it reads YAML 1.1, as the original does, or 1.2. */
import type { JsonObject, JsonValue } from '../encoding/index.ts';
import type { Path } from './part.ts';
import { plainValue, type Scalar } from './plain-scalar.ts';

const plainWords = /^(?:[A-Za-z][\w./@-]*(?: [\w./@-]+)*|\d+\.\d+\.\d+)$/;
/** Words that some reader takes for something else than a text. */
const takenOtherwise = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
/** Characters that YAML does not take as they are. */
const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** Characters that a text of several lines may hold where it stands as it is. */
const plainLine = /^[\t\u0020-\u007e\u00a0-\u2027\u2030-\ud7ff\ue000-\ufdff]*$/;

/** A value as one word, or a text in double quotes. */
export function scalarText(value: Scalar): string {
  if (typeof value !== 'string') return value === null ? 'null' : String(value);
  if (plainWords.test(value) && !takenOtherwise.test(value) && plainValue(value) === value) return value;
  const escaped = (found: string): string => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(unprintable, escaped);
}

/** A document, ending in a line end. `written` are words that stand as they were written, by the path as JSON. */
export function documentText(document: JsonValue, written: ReadonlyMap<string, string>): string {
  const lines: string[] = [];
  write(document, { path: [], indent: '', lead: '', lines, written });
  return `${lines.join('\n')}\n`;
}

/** How a path stands among `written`. */
export function pathKey(path: Path): string {
  return JSON.stringify(path);
}

interface Place {
  readonly path: Path;
  readonly indent: string;
  /** What stands on the line before the value: a key with its colon, or the dash of a list. */
  readonly lead: string;
  readonly lines: string[];
  readonly written: ReadonlyMap<string, string>;
}

function write(value: JsonValue, place: Place): void {
  const { path, indent, lead, lines, written } = place;
  const rows = rowsOf(value);
  if (rows !== null && lead !== '') {
    lines.push(`${lead}${rows.at(-1) === '' ? '|' : '|-'}`);
    const last = rows.at(-1) === '' ? rows.slice(0, -1) : rows;
    lines.push(...last.map((row) => (row === '' ? '' : `${indent}${row}`)));
    return;
  }
  if (!holdsMore(value)) {
    const empty = Array.isArray(value) ? '[]' : '{}';
    const word = isScalar(value) ? (written.get(pathKey(path)) ?? scalarText(value)) : empty;
    lines.push(`${lead}${word}`);
    return;
  }
  if (lead !== '') lines.push(lead.trimEnd());
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) writeItem(item, { ...place, path: [...path, index] });
    return;
  }
  for (const [key, member] of Object.entries(value as JsonObject))
    write(member as JsonValue, {
      ...place,
      path: [...path, key],
      indent: `${indent}  `,
      lead: `${indent}${scalarText(key)}: `,
    });
}

/** The lines of a text that can stand as a block, the last of them empty where the text ends in a line end; else null. */
function rowsOf(value: JsonValue): readonly string[] | null {
  if (typeof value !== 'string' || !value.includes('\n') || value.endsWith('\n\n') || !/^\S/.test(value)) return null;
  const rows = value.split('\n');
  return rows.every((row) => plainLine.test(row) && (row === '' || /\S/.test(row))) ? rows : null;
}

/** An item behind its dash: what it holds begins on the same line. */
function writeItem(item: JsonValue, place: Place): void {
  const { indent, lines } = place;
  if (!holdsMore(item)) {
    write(item, { ...place, indent: `${indent}  `, lead: `${indent}- ` });
    return;
  }
  const first = lines.length;
  write(item, { ...place, indent: `${indent}  `, lead: '' });
  lines[first] = `${indent}- ${lines[first]!.slice(indent.length + 2)}`;
}

function isScalar(value: JsonValue): value is Scalar {
  return typeof value !== 'object' || value === null;
}

/** Whether a value is a list or mapping that is not empty. */
function holdsMore(value: JsonValue): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
