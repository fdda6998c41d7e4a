import { lstat, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Digest } from '../../encoding/index.ts';
import type { FilePart, HashedPart } from './hash-part.ts';
import { hashParts } from './hash-parts.ts';
import { partOfName, pathOfName, type SignedFolder } from './signature.ts';

/** What a folder holds, against what its signature says. */
export interface FolderCheck {
  /** Each file that the signature speaks of whole, by its path: found, and equal. */
  readonly whole: ReadonlyMap<string, Digest>;
  /** What is wrong, a line each. */
  readonly problems: readonly string[];
  /** Files that are there and that the signature leaves out: anybody may have changed them. */
  readonly outside: readonly string[];
  /** How many files the signature speaks of. */
  readonly fileCount: number;
  /** What was hashed. */
  readonly sizeBytes: number;
}

/** What lies below a folder. */
export interface FolderListing {
  /** With `/` between parts. */
  readonly files: ReadonlySet<string>;
  /** What is neither a file nor a folder, a line each: links, pipes, devices. */
  readonly strange: readonly string[];
  /** Files and links that were ignored. */
  readonly ignored: readonly string[];
}

/** What no signature speaks of, in the folder itself, unless it names it. */
export const alwaysIgnored: readonly string[] = ['.git', '.gitattributes', '.github', '.gitignore'];

/** A part that should be there. */
interface Wanted extends FilePart {
  readonly name: string;
  readonly file: string;
  readonly digest: Digest;
}

/**
 * Hashes every file of a folder, or a single file, and compares it with a signature. Files that the signature does not have,
 * and links, are problems; nothing outside the folder is read. In the form of parts a signature does not speak of
 * empty files. Memory: a buffer for each thread, and the list of files.
 */
export async function checkFolder(
  folder: string,
  signed: SignedFolder,
  options: { readonly signal?: AbortSignal } = {},
): Promise<FolderCheck> {
  const { shardBytes, resources } = signed;
  const { files, strange, ignored } = await listSigned(folder, signed);
  const sizes = await sizesOf(folder, files);
  const sole = soleFile(signed, files);
  const wanted = resources.map(({ name, digest }): Wanted => {
    const part = shardBytes === null ? null : partOfName(name);
    const path = pathOfName(name, shardBytes);
    const file = path === '.' || files.has('.') ? (sole ?? path) : path;
    const [from, to] = [part?.from ?? 0, part?.to ?? null];
    return {
      name,
      file,
      digest,
      path: placeOf(folder, file),
      from,
      to,
      sizeBytes: (to ?? sizes.get(file) ?? 0) - from,
    };
  });
  const there = wanted.filter(({ file }) => files.has(file));
  const hashed = await hashParts(there, options);
  const named = new Set(wanted.map(({ file }) => file));
  const problems = [
    ...strange,
    ...[...named].filter((file) => !files.has(file)).map((file) => `${file} is missing`),
    ...there.flatMap((part, place) => problemOf(part, hashed[place]!)),
    ...(shardBytes === null ? [] : gapsOf(there, sizes)),
    // An empty file has no parts.
    ...[...files]
      .filter((file) => !named.has(file) && (shardBytes === null || sizes.get(file) !== 0))
      .map((file) => `${file} is not signed`),
  ];
  const isEqual = (part: Wanted, place: number): boolean => problemOf(part, hashed[place]!).length === 0;
  const whole = there.filter((part, place) => part.to === null && isEqual(part, place));
  return {
    whole: new Map(whole.map(({ file, digest }) => [file, digest])),
    problems,
    outside: ignored,
    fileCount: named.size,
    sizeBytes: there.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** The files below a folder, or the single file itself. What is ignored is so at the root alone. */
export async function listFolder(folder: string, ignored: ReadonlySet<string>): Promise<FolderListing> {
  const files = new Set<string>();
  const strange: string[] = [];
  const left: string[] = [];
  const root = await lstat(folder);
  if (root.isFile()) return { files: new Set(['.']), strange, ignored: left };
  // A link to a folder is followed, as whoever names it means; what else there is cannot be signed.
  if (!root.isDirectory() && !(await isFolder(folder)))
    return { files, strange: [`it is ${kindOf(root)}`], ignored: left };
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/');
    if (isIgnored(path, ignored)) {
      if (!entry.isDirectory()) left.push(path);
    } else if (entry.isFile()) files.add(path);
    else if (!entry.isDirectory()) strange.push(`${path} is ${kindOf(entry)}`);
  }
  return { files, strange, ignored: left };
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function kindOf(entry: { isSymbolicLink(): boolean }): string {
  return entry.isSymbolicLink() ? 'a link' : 'no file';
}

function isIgnored(path: string, ignored: ReadonlySet<string>): boolean {
  for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
    if (ignored.has(path.slice(0, end))) return true;
  }
  return ignored.has(path);
}

async function listSigned(folder: string, { resources, shardBytes, ignored }: SignedFolder): Promise<FolderListing> {
  const first = new Set(resources.map(({ name }) => pathOfName(name, shardBytes).split('/')[0]!));
  return await listFolder(folder, new Set([...alwaysIgnored.filter((path) => !first.has(path)), ...ignored]));
}

/** The file, where the signature speaks of one only and there is one only: some call it `.`, others by its name. */
function soleFile({ resources, shardBytes }: SignedFolder, files: ReadonlySet<string>): string | null {
  const paths = new Set(resources.map(({ name }) => pathOfName(name, shardBytes)));
  return paths.size === 1 && files.size === 1 ? [...files][0]! : null;
}

function placeOf(folder: string, file: string): string {
  return file === '.' ? folder : join(folder, file);
}

async function sizesOf(folder: string, files: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
  const sizes = await Promise.all(
    [...files].map(async (file) => {
      const found = await lstat(placeOf(folder, file)).catch(() => null);
      return found === null ? [] : [[file, found.size] as const];
    }),
  );
  return new Map(sizes.flat());
}

function problemOf({ name, digest }: Wanted, hashed: HashedPart): string[] {
  if ('digest' in hashed) return hashed.digest === digest ? [] : [`${name} is changed`];
  return hashed.failed === 'TOO_SHORT' ? [`${name} is cut short`] : [`${name} cannot be read: ${hashed.failed}`];
}

/** Parts of a file have to follow each other from its beginning to its end. */
function gapsOf(parts: readonly Wanted[], sizes: ReadonlyMap<string, number>): string[] {
  const byFile = Map.groupBy(parts, ({ file }) => file);
  return [...byFile].flatMap(([file, own]) => {
    const sorted = own.toSorted((a, b) => a.from - b.from);
    const gap = sorted.find(({ from }, place) => from !== (sorted[place - 1]?.to ?? 0));
    if (gap !== undefined) return [`${gap.name} does not follow the part before it`];
    return sorted.at(-1)!.to! < (sizes.get(file) ?? 0) ? [`${file} is longer than what was signed`] : [];
  });
}
