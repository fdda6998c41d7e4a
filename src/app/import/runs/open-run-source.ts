import { stat } from 'node:fs/promises';
import { PlatformError } from '../../../errors/index.ts';
import type { LeaveOut } from '../import-report.ts';
import { looksLikeNeptune, openNeptune } from '../neptune/open-export.ts';
import { looksLikeLogdir, openLogdir } from '../tensorboard/open-logdir.ts';
import { looksLikeWandb, openWandb } from '../wandb/open-folder.ts';
import type { RunSource } from './run-source.ts';

/** Whose runs a place has. */
export type RunSourceForm = 'tensorboard' | 'wandb' | 'neptune';

/** How a place is read. */
export interface RunSourceOptions {
  readonly experiment: string | undefined;
  readonly artifacts: string | undefined;
  readonly mode: 'once' | 'live';
  readonly leave: LeaveOut;
  readonly onBytes: (bytes: number) => void;
}

/** Whose runs a path has; null where it has none that are known. */
export async function recognizeRuns(path: string): Promise<RunSourceForm | null> {
  const info = await stat(path).catch(() => null);
  if (info?.isDirectory() !== true) return null;
  // Its runs may hold event files too.
  if (await looksLikeWandb(path)) return 'wandb';
  if (await looksLikeNeptune(path)) return 'neptune';
  return (await looksLikeLogdir(path)) ? 'tensorboard' : null;
}

const openers: Readonly<Record<RunSourceForm, (path: string, options: RunSourceOptions) => Promise<RunSource>>> = {
  tensorboard: openLogdir,
  wandb: openWandb,
  neptune: openNeptune,
};

/** Opens a place with runs. @throws PlatformError IMPORT_NO_SOURCE */
export async function openRunSource(form: RunSourceForm, path: string, options: RunSourceOptions): Promise<RunSource> {
  const info = await stat(path).catch(() => null);
  if (info?.isDirectory() !== true) {
    throw new PlatformError('IMPORT_NO_SOURCE', {
      message: `expected a folder at ${path}, found ${info === null ? 'nothing' : 'something else'}`,
    });
  }
  return await openers[form](path, options);
}
