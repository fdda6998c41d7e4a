import { lstatSync, mkdirSync, opendirSync, unlinkSync } from 'node:fs';
import { chmod, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Up to here a folder is removed in place. */
const small = { entries: 50, fileBytes: 1 << 20 };

/** The folders of one attempt: inputs are copied in, outputs are written there, everything is removed afterwards. */
export interface Scratch {
  readonly root: string;
  /** Made with the first input. */
  readonly inputs: string;
  readonly outputs: string;
  readonly work: string;
  readonly logs: string;
  /** Made by the step where it keeps files beside its outputs. */
  readonly kept: string;
  readonly eventsPath: string;
  readonly resultPath: string;
  readonly invocationPath: string;
  /** Makes the folders, readable by the user alone. */
  make(): void;
  /** Never fails: what it cannot remove the next command does. */
  remove(): Promise<void>;
}

/** The folders of one attempt. They are made after the attempt is recorded, so that a folder always has a record. */
export function scratchOf(scratchRoot: string, executionId: string): Scratch {
  const root = join(scratchRoot, executionId);
  const folders = { outputs: join(root, 'outputs'), work: join(root, 'work'), logs: join(root, 'logs') };
  return {
    root,
    inputs: join(root, 'inputs'),
    ...folders,
    kept: join(root, 'artifacts'),
    make: () => {
      // Not recursive: that would tell an unwritable file system as a folder that is missing.
      for (const folder of [root, ...Object.values(folders)]) mkdirSync(folder, { mode: 0o700 });
    },
    eventsPath: join(root, 'events.ndjson'),
    resultPath: join(root, 'result.json'),
    invocationPath: join(root, 'invocation.json'),
    remove: () => removeFolder(root).catch(() => undefined),
  };
}

/** Removes a folder: its files in place where they are few, which takes a tenth of the time, else beside other work. */
async function removeFolder(root: string): Promise<void> {
  try {
    const content = smallContent(root);
    if (content !== null) return await removeContent(content);
  } catch {
    // The step may have taken permissions away, or still be writing.
  }
  await chmod(root, 0o700).catch(() => undefined);
  await rm(root, { recursive: true, force: true, maxRetries: 3 });
}

interface Content {
  readonly files: readonly string[];
  /** Each behind the one that it lies in. */
  readonly folders: readonly string[];
}

async function removeContent({ files, folders }: Content): Promise<void> {
  for (const file of files) unlinkSync(file);
  // File systems take a millisecond for each of these, and no processor.
  for (const folder of folders.toReversed()) await rmdir(folder);
}

/** What a folder holds, where it is few files, all of them small; else null. Looks at no more than it must. */
function smallContent(root: string): Content | null {
  const [folders, files]: [string[], string[]] = [[root], []];
  for (const path of folders) {
    const folder = opendirSync(path);
    try {
      for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
        const inside = join(path, entry.name);
        if (entry.isDirectory()) folders.push(inside);
        else files.push(inside);
        if (folders.length + files.length > small.entries) return null;
        if (entry.isFile() && lstatSync(inside).size > small.fileBytes) return null;
      }
    } finally {
      folder.closeSync();
    }
  }
  return { files, folders };
}

/** Whether a step left something at a path of its folder. */
export function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

const endings: Readonly<Record<string, string>> = {
  Dataset: '.parquet',
  SealedDataset: '.sealed',
  Predictions: '.parquet',
  Model: '',
  Package: '',
  Any: '',
};

/** The file ending that an artifact of a type has on disk: `.parquet` for tables, none for directories, else `.json`. */
export function fileEnding(type: string): string {
  return endings[type] ?? '.json';
}
