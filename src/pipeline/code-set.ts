import { stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { Digest } from '../encoding/index.ts';
import type { CodeSet, InvocationResult } from './invocation.ts';

/** Paths of a code set that begin so are files of the product itself, relative to its installation. */
export const programPrefix = 'program:';

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
}

/** Makes a reader that remembers every answer: for one run, in which code counts as it stood when first asked. */
export function createCodeReader(options: CodeReaderOptions): CodeReader {
  const digests = new Map<string, Promise<Digest | null>>();
  const found = new Map<string, Promise<boolean>>();
  return {
    digest: (path) => remember(digests, path, () => options.digestFile(absolutePath(path, options))),
    exists: (path) => remember(found, path, () => exists(absolutePath(path, options))),
  };
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

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
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

/** The code set of a finished execution: paths sorted, those outside project and program left out. */
export function toCodeSet(code: InvocationResult['code']): CodeSet {
  const inside = (path: string): boolean =>
    path.startsWith(programPrefix) || !(path.startsWith(`..${sep}`) || path.startsWith(sep));
  const files = code.files.filter((file) => inside(file.path)).sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    files: Object.fromEntries(files.map((file) => [file.path, file.digest])),
    absent: [...new Set(code.absent.filter(inside))].sort(),
  };
}
