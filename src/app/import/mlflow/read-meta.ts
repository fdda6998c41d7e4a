/**
 * Files of MLflow's folders: meta.yaml and texts. They may come from anybody: none is read through a link, beyond a length,
 * or with more of YAML than MLflow writes, which is a map of texts, numbers and nulls with maps of texts in it.
 */
import { isMap, isScalar, type Node, parseDocument } from 'yaml';
import { openPlain, Unreadable } from '../open-plain.ts';

/** What a meta.yaml says: scalars as they are written, null, or a map of them. */
export type Meta = Readonly<Record<string, string | null | Readonly<Record<string, string | null>>>>;

const longestFile = 4 * 1024 * 1024;

/** The text of a file. @throws Unreadable */
export async function readText(path: string): Promise<string> {
  const handle = await openPlain(path);
  try {
    const { size } = await handle.stat();
    if (size > longestFile) throw new Unreadable(`has ${size} bytes, more than ${longestFile}`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** Reads a meta.yaml. @throws Unreadable */
export async function readMeta(path: string): Promise<Meta> {
  const text = await readText(path);
  try {
    const { contents, errors } = parseDocument(text, { schema: 'failsafe', logLevel: 'silent', stringKeys: true });
    if (errors.length > 0) throw new Unreadable(`is no YAML: ${errors[0]!.message.split('\n')[0]}`);
    if (!isMap(contents)) throw new Unreadable('expected a map');
    return mapOf(contents.items, (value) => (isMap(value) ? mapOf(value.items, scalarOf) : scalarOf(value))) as Meta;
  } catch (error) {
    // What nests too deep ends the parser's stack.
    throw error instanceof Unreadable ? error : new Unreadable('is no YAML that MLflow writes');
  }
}

type Items = readonly { readonly key: unknown; readonly value: unknown }[];

function mapOf<Value>(
  items: Items,
  readValue: (value: Node | null) => Value | undefined,
): Readonly<Record<string, Value>> {
  const entries = items.flatMap(({ key, value }) => {
    const read = readValue(value as Node | null);
    return isScalar(key) && read !== undefined ? [[String(key.value), read] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** A scalar as it is written; null and nothing are null; lists and aliases are left out. */
function scalarOf(node: Node | null): string | null | undefined {
  if (node === null) return null;
  if (!isScalar(node)) return undefined;
  const text = String(node.value);
  return node.type === 'PLAIN' && ['', '~', 'null'].includes(text) ? null : text;
}

/** A scalar of a map; null for what is absent or no scalar. */
export function scalar(meta: Meta, key: string): string | null {
  const value = Object.hasOwn(meta, key) ? meta[key] : null;
  return typeof value === 'string' ? value : null;
}
