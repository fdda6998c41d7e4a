/** Files of a folder into the tracker's store: only plain files are read, through no link unless it leads where it may. */
import { constants } from 'node:fs';
import { type FileHandle, open, opendir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { isPlatformError } from '../../errors/index.ts';
import { type ArtifactPath, type ArtifactPaths, joinPath } from '../../tracking/index.ts';
import type { LeaveOut } from './import-report.ts';

/** Deeper folders are not read; paths of artifacts have at most 100 parts. */
const deepest = 100;

/** Where files go, and what is told. */
export interface CopyTarget {
  readonly paths: ArtifactPaths;
  readonly folder: ArtifactPath;
  /** Begins what is left out. */
  readonly owner: string;
  readonly leave: LeaveOut;
  /** The folder into which links to files may lead, as a real path; default none. */
  readonly linksInto?: string | null;
  readonly signal: AbortSignal;
}

/** What was copied. */
export interface Copied {
  readonly files: number;
  readonly bytes: number;
}

/** Copies what is not there yet; a file that is there with another length is left as it is. */
export async function copyArtifacts(folder: string, target: CopyTarget): Promise<Copied> {
  let [files, bytes] = [0, 0];
  for await (const { name, file } of filesBelow(folder, target)) {
    target.signal.throwIfAborted();
    const copied = await copyFile(file, name, target);
    if (copied === null) continue;
    files += 1;
    bytes += copied;
  }
  return { files, bytes };
}

/** Copies one file to a path below the folder. */
export async function copyArtifact(file: string, name: string, target: CopyTarget): Promise<Copied> {
  const bytes = await copyFile(file, name, target);
  return bytes === null ? { files: 0, bytes: 0 } : { files: 1, bytes };
}

interface FoundFile {
  /** Below the folder. */
  readonly name: string;
  readonly file: string;
}

async function* filesBelow(root: string, { owner, leave, linksInto }: CopyTarget): AsyncGenerator<FoundFile> {
  const open: string[] = [''];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    const entries = await opendir(join(root, folder)).catch(() => null);
    if (entries === null) {
      leave(`${owner}: ${shown(folder)}`, 'the folder cannot be read');
      continue;
    }
    for await (const entry of entries) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && name.split('/').length < deepest) open.push(name);
      else if (entry.isFile()) yield { name, file: join(root, name) };
      else if (entry.isSymbolicLink()) {
        const file = await linkedFile(join(root, name), linksInto ?? null);
        if (file !== null) yield { name, file };
        else leave(`${owner}: ${shown(name)}`, 'a link');
      } else leave(`${owner}: ${shown(name)}`, 'no plain file');
    }
  }
}

/** The file to which a link leads; null where it may not lead there. */
async function linkedFile(link: string, into: string | null): Promise<string | null> {
  if (into === null) return null;
  const file = await realpath(link).catch(() => null);
  return file?.startsWith(`${into}${sep}`) === true ? file : null;
}

/** @returns how many bytes; null where nothing was copied */
async function copyFile(file: string, name: string, target: CopyTarget): Promise<number | null> {
  const { paths, owner, leave } = target;
  const what = `${owner}: ${shown(name)}`;
  let handle: FileHandle | null = null;
  try {
    const path = joinPath(target.folder, name);
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) throw new Error('no plain file');
    const there = await sizeOf(paths, path);
    if (there !== null) {
      if (there !== stat.size)
        leave(what, `another file of ${there} bytes is here already, the source's has ${stat.size}`);
      return null;
    }
    return (await paths.put(path, handle.createReadStream({ autoClose: false }))).sizeBytes;
  } catch (error) {
    const isOfFile = !isPlatformError(error) || ['invalid-input', 'conflict'].includes(error.kind);
    if (!isOfFile || target.signal.aborted) throw error;
    leave(what, error instanceof Error ? error.message.split('\n')[0]! : String(error));
    return null;
  } finally {
    await handle?.close();
  }
}

async function sizeOf(paths: ArtifactPaths, path: ArtifactPath): Promise<number | null> {
  try {
    return (await paths.find(path)).sizeBytes;
  } catch (error) {
    if (isPlatformError(error) && error.code === 'TRACKING_ARTIFACT_UNKNOWN') return null;
    throw error;
  }
}

function shown(name: string): string {
  return name.length <= 200 ? JSON.stringify(name).slice(1, -1) : `${JSON.stringify(name.slice(0, 200)).slice(1, -1)}…`;
}
