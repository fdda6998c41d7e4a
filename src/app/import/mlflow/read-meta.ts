/**
 * Files of MLflow's folders: meta.yaml and texts. They may come from anybody: none is read through a link, beyond a length,
 * or with more of YAML than MLflow writes, which is a map of texts, numbers and nulls with maps of texts in it.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { isMap, isScalar, type Node, parseDocument } from 'yaml';

/** What a meta.yaml says: scalars as they are written, null, or a map of them. */
export type Meta = Readonly<Record<string, string | null | Readonly<Record<string, string | null>>>>;

const longestFile = 4 * 1024 * 1024;

/** Something of a folder that cannot be read; the message says why. */
export class Unreadable extends Error {}

/** Opens a plain file, through no link. @throws Unreadable */
export async function openPlain(path: string): Promise<FileHandle> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await handle.stat()).isFile()) return handle;
  } catch (error) {
    const { code } = error as { code?: string };
    throw new Unreadable(
      code === 'ENOENT' ? 'the file is missing' : code === 'ELOOP' ? 'a link' : `cannot be read: ${code}`,
    );
  }
  await handle.close();
  throw new Unreadable('no plain file');
}

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
