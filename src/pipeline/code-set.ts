import { isAbsolute, join, resolve } from 'node:path';
import { type Digest, pathExists } from '../encoding/index.ts';
import type { CodeSet, InvocationResult } from './invocation.ts';

/** Paths of a code set that begin so are files of the product itself, relative to its installation. */
export const programPrefix = 'program:';

/** What begins so in a code set is a Python interpreter: its digest is that of the environment that it is. */
export const pythonPrefix = 'python:';

/** Files of a code set that are neither the product's nor interpreters: those of the project, and any beside it. */
export function projectFilesOf(files: CodeSet['files']): [path: string, digest: Digest][] {
  return Object.entries(files).filter(([path]) => !path.startsWith(programPrefix) && !path.startsWith(pythonPrefix));
}

/** Whether the path of a code set leads out of the project. */
export function isBeside(path: string): boolean {
  return path.split('/').includes('..');
}

/** Answers what stands in project and program now; each file is hashed once for one reader. */
export interface CodeReader {
  /** The digest of a file of a code set, or null where there is none. */
  digest(path: string): Promise<Digest | null>;
  exists(path: string): Promise<boolean>;
}

/** Where a reader looks, and how it hashes. */
export interface CodeReaderOptions {
  readonly projectRoot: string;
  readonly programRoot: string;
  /** Digest of a file by absolute path, through the stat cache; null where there is no such file. */
  readonly digestFile: (path: string) => Promise<Digest | null>;
  /** Digest of the environment that an interpreter is, by its name in a code set; null where there is none. */
  readonly digestPython: (name: string) => Promise<Digest | null>;
}

/** Makes a reader that remembers every answer: for one run, in which code counts as it stood when first asked. */
export function createCodeReader(options: CodeReaderOptions): CodeReader {
  const digests = new Map<string, Promise<Digest | null>>();
  const found = new Map<string, Promise<boolean>>();
  return {
    digest: (path) => remember(digests, path, () => digestOf(path, options)),
    exists: (path) => remember(found, path, () => pathExists(absolutePath(path, options))),
  };
}

function digestOf(path: string, options: CodeReaderOptions): Promise<Digest | null> {
  if (path.startsWith(pythonPrefix)) return options.digestPython(path.slice(pythonPrefix.length));
  return options.digestFile(absolutePath(path, options));
}

function remember<T>(known: Map<string, Promise<T>>, path: string, ask: () => Promise<T>): Promise<T> {
  const before = known.get(path);
  if (before !== undefined) return before;
  const answer = ask();
  known.set(path, answer);
  return answer;
}

function absolutePath(path: string, options: CodeReaderOptions): string {
  if (path.startsWith(programPrefix)) return join(options.programRoot, path.slice(programPrefix.length));
  return resolve(options.projectRoot, path);
}

/** One way in which the code differs from a recorded set. */
export interface CodeDifference {
  readonly path: string;
  readonly change: 'changed' | 'removed' | 'appeared';
}

/** What differs between a recorded set and what stands there now; empty: wholly equal. */
export async function compareCodeSet(set: CodeSet, reader: CodeReader): Promise<CodeDifference[]> {
  const files = await Promise.all(
    Object.entries(set.files).map(async ([path, recorded]): Promise<CodeDifference[]> => {
      const digest = await reader.digest(path);
      if (digest === recorded) return [];
      return [{ path, change: digest === null ? 'removed' : 'changed' }];
    }),
  );
  const absent = await Promise.all(
    set.absent.map(
      async (path): Promise<CodeDifference[]> => ((await reader.exists(path)) ? [{ path, change: 'appeared' }] : []),
    ),
  );
  return [...files, ...absent].flat();
}

/** The code set of a finished execution: paths sorted, absolute ones, which mean nothing elsewhere, left out. */
export function toCodeSet(code: InvocationResult['code']): CodeSet {
  const files = code.files.filter((file) => !isAbsolute(file.path)).sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    files: Object.fromEntries(files.map((file) => [file.path, file.digest])),
    absent: [...new Set(code.absent.filter((path) => !isAbsolute(path)))].sort(),
  };
}
