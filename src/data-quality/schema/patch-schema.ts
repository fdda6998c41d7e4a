/**
 * Changes one place of a schema file and leaves every other character as it is: comments, order and form are people's. The change is made
 * in the text, at the place where the reader found the value, and read again; where that does not give what was wanted, which
 * may be so in forms of YAML that hardly anybody writes, the document is written anew, with its comments.
 */
import { isMap, isScalar, type Node, type Pair, parse, parseDocument, type YAMLMap } from 'yaml';
import { canonicalJson, type JsonValue } from '../../encoding/index.ts';
import { flowText } from './schema-file.ts';

/** What to set in a schema, and where. */
export interface SchemaPatch {
  readonly path: readonly string[];
  /** Null: the key is removed. */
  readonly value: JsonValue;
}

/** The text of a schema file with a change; the text must be that of a schema. */
export function patchSchemaFile(text: string, patch: SchemaPatch): string {
  const document = parseDocument(text);
  if (patch.value === null) document.deleteIn(patch.path);
  else document.setIn(patch.path, patch.value);
  const edited = editText(text, patch);
  if (edited !== null && isSame(edited, document.toJS())) return edited;
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function isSame(text: string, wanted: JsonValue): boolean {
  try {
    return canonicalJson(parse(text)) === canonicalJson(wanted);
  } catch {
    return false;
  }
}

interface Place {
  readonly text: string;
  readonly map: YAMLMap;
  readonly key: string;
  readonly write: (value: unknown) => string;
}

function editText(text: string, { path, value }: SchemaPatch): string | null {
  let at: unknown = parseDocument(text).contents;
  for (const step of path.slice(0, -1)) at = isMap(at) ? pairOf(at, step)?.value : null;
  if (!isMap(at)) return null;
  const write = text.trimStart().startsWith('{') ? (one: unknown) => JSON.stringify(one) : flowText;
  const place: Place = { text, map: at, key: path.at(-1)!, write };
  const pair = pairOf(at, place.key);
  if (value === null) return pair === undefined ? text : removed(place, pair);
  return pair === undefined ? added(place, value) : replaced(place, pair, value);
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
}

/** Where a key begins and a value begins and ends; null where there is no value. */
function rangeOf(pair: Pair): { readonly key: number; readonly start: number; readonly end: number } | null {
  const [key, value] = [(pair.key as Node | null)?.range, (pair.value as Node | null)?.range];
  return key && value ? { key: key[0], start: value[0], end: value[1] } : null;
}

function replaced({ text, write }: Place, pair: Pair, value: JsonValue): string | null {
  const range = rangeOf(pair);
  if (range === null) return null;
  const line = text.slice(range.start, range.end).endsWith('\n') ? '\n' : '';
  return text.slice(0, range.start) + write(value) + line + text.slice(range.end);
}

function added({ text, map, key, write }: Place, value: JsonValue): string | null {
  const entry = `${write(key)}: ${write(value)}`;
  const last = map.items.at(-1);
  if (last === undefined) {
    const inside = map.range![0] + 1;
    return map.flow === true ? text.slice(0, inside) + entry + text.slice(inside) : null;
  }
  const [range, first] = [rangeOf(last), rangeOf(map.items[0]!)];
  if (range === null || first === null) return null;
  if (map.flow === true) return `${text.slice(0, range.end)}, ${entry}${text.slice(range.end)}`;
  const indent = ' '.repeat(first.key - (text.lastIndexOf('\n', first.key - 1) + 1));
  const end = text[range.end - 1] === '\n' ? range.end : lineEnd(text, range.end);
  const before = text.slice(0, end);
  return `${before}${before.endsWith('\n') ? '' : '\n'}${indent}${entry}\n${text.slice(end)}`;
}

/** After the line of a position. */
function lineEnd(text: string, position: number): number {
  const end = text.indexOf('\n', position);
  return end < 0 ? text.length : end + 1;
}

function removed({ text, map }: Place, pair: Pair): string | null {
  const at = map.items.indexOf(pair);
  const [range, before, after] = [pair, map.items[at - 1], map.items[at + 1]].map((one) => one && rangeOf(one));
  if (!range) return null;
  if (map.flow !== true) {
    const start = text.lastIndexOf('\n', range.key - 1) + 1;
    return text.slice(0, start) + text.slice(text[range.end - 1] === '\n' ? range.end : lineEnd(text, range.end));
  }
  if (before) return text.slice(0, before.end) + text.slice(range.end);
  return text.slice(0, range.key) + text.slice(after ? after.key : range.end);
}
