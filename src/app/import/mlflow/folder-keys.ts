/* Folders in which each key has a file: `params/deep/er` is the key `deep/er`. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tag } from '../../../tracking/index.ts';
import type { LeaveOut } from '../import-report.ts';
import { openPlain, Unreadable } from '../open-plain.ts';
import { readText } from './read-meta.ts';

const deepest = 50;
const linesAtOnce = 5000;
/** The longest line of a file of points; a line that MLflow writes has a thousand characters at most. */
const longestLine = 16_384;

/** What lies in a folder, by name; nothing where it is none. */
export async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The folders in a folder, through no link. */
export async function foldersOf(folder: string): Promise<readonly string[]> {
  return (await entriesOf(folder)).filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Where things come from, for what is left out. */
export interface Owner {
  readonly folder: string;
  readonly what: string;
  readonly leave: LeaveOut;
}

/** The keys below a folder. */
export async function keysOf(owner: Owner, kind: string): Promise<readonly string[]> {
  const keys: string[] = [];
  const root = join(owner.folder, kind);
  // A link in place of the folder would lead anywhere.
  if (!(await foldersOf(owner.folder)).includes(kind)) return keys;
  const open = [''];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of await entriesOf(join(root, folder))) {
      const key = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && key.split('/').length < deepest) open.push(key);
      else if (entry.isFile()) keys.push(key);
      else owner.leave(`${owner.what}: ${kind}/${key}`, 'no plain file');
    }
  }
  return keys;
}

/** The texts below a folder, by key. */
export async function textsOf(owner: Owner, kind: string): Promise<Tag[]> {
  const texts: Tag[] = [];
  for (const key of await keysOf(owner, kind)) {
    const value = await orLeave(owner, `${kind}/${key}`, () => readText(join(owner.folder, kind, key)));
    if (value !== null) texts.push({ key, value });
  }
  return texts;
}

/** Reads something; what cannot be read is left out. */
export async function orLeave<Result>(
  { what, leave }: Owner,
  part: string,
  read: () => Promise<Result>,
): Promise<Result | null> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    leave(part === '' ? what : `${what}: ${part}`, error.message);
    return null;
  }
}

/** The lines of a file without empty ones, as their parts between spaces, some at once. @throws Unreadable */
export async function* linesOf(path: string): AsyncGenerator<readonly (readonly string[])[]> {
  const handle = await openPlain(path);
  try {
    let rest = '';
    let lines: string[][] = [];
    for await (const piece of handle.createReadStream({ encoding: 'utf8', autoClose: false })) {
      const parts = `${rest}${piece}`.split('\n');
      rest = parts.pop()!;
      if (rest.length > longestLine) throw new Unreadable(`has a line of more than ${longestLine} characters`);
      lines.push(...parts.filter((line) => line.trim() !== '').map((line) => line.trim().split(' ')));
      if (lines.length < linesAtOnce) continue;
      yield lines;
      lines = [];
    }
    if (rest.trim() !== '') lines.push(rest.trim().split(' '));
    if (lines.length > 0) yield lines;
  } finally {
    await handle.close();
  }
}
