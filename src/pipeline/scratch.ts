import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The folders of one attempt: inputs are copied in, outputs are written there, everything is removed afterwards. */
export interface Scratch {
  readonly root: string;
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
  make(): Promise<void>;
  remove(): Promise<void>;
}

/** The folders of one attempt. They are made after the attempt is recorded, so that a folder always has a record. */
export function scratchOf(scratchRoot: string, executionId: string): Scratch {
  const root = join(scratchRoot, executionId);
  const folders = {
    inputs: join(root, 'inputs'),
    outputs: join(root, 'outputs'),
    work: join(root, 'work'),
    logs: join(root, 'logs'),
  };
  return {
    root,
    ...folders,
    kept: join(root, 'artifacts'),
    make: async () => {
      // Not recursive: that would tell an unwritable file system as a folder that is missing.
      for (const folder of [root, ...Object.values(folders)]) await mkdir(folder, { mode: 0o700 });
    },
    eventsPath: join(root, 'events.ndjson'),
    resultPath: join(root, 'result.json'),
    invocationPath: join(root, 'invocation.json'),
    remove: async () => {
      await chmod(root, 0o700).catch(() => undefined);
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
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
