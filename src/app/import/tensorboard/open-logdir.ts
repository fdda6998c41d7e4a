/** A folder of event files, as TensorBoard shows it: each folder in it that has some is a run, named by its path. */
import type { Dirent } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Tag } from '../../../tracking/index.ts';
import type { LeaveOut } from '../import-report.ts';
import { importedRunId } from '../runs/run-id.ts';
import type { FoundRun, RunEnd, RunPart, RunSource } from '../runs/run-source.ts';
import { readEventRun } from './read-run.ts';

/** How a folder of event files is read. */
export interface LogdirOptions {
  /** The experiment of its runs; default the name of the folder. */
  readonly experiment?: string | undefined;
  /** `live`: whether a run has ended is left open unless it says so itself. */
  readonly mode: 'once' | 'live';
  readonly leave: LeaveOut;
  readonly onBytes: (bytes: number) => void;
}

/** Deeper folders are not looked into. */
const deepest = 100;

/** In how many folders an event file is looked for before a path is taken for something else. */
const lookedInto = 1000;

/** Whether a name is one of an event file. Files `.profile-empty` hold no values. */
export function isEventFile(name: string): boolean {
  return name.includes('tfevents') && !name.endsWith('.profile-empty');
}

/** Whether there is an event file somewhere in a folder. */
export async function looksLikeLogdir(path: string): Promise<boolean> {
  const found = await foldersWithEvents(path, { leave: () => undefined, atMost: lookedInto }).next();
  return found.done !== true;
}

/** Opens a folder of event files. */
export async function openLogdir(path: string, options: LogdirOptions): Promise<RunSource> {
  const root = await realpath(path);
  const experiment = options.experiment ?? (basename(root) || 'tensorboard');
  const sums = new Map<string, number>();
  const unchanged = new Map<string, string>();
  return {
    location: root,
    form: 'TensorBoard event files',
    runs: () => findRuns({ root, experiment, options, sums, unchanged }),
    leaveRest: () => {
      for (const [what, count] of sums) options.leave(what, `${count} left out; this tracker has no place for them`);
      sums.clear();
    },
    close: async () => undefined,
  };
}

interface Logdir {
  readonly root: string;
  readonly experiment: string;
  readonly options: LogdirOptions;
  /** How many values of a kind were left out, by run and kind. */
  readonly sums: Map<string, number>;
  /** What the files of a run looked like when they were last read to their ends. */
  readonly unchanged: Map<string, string>;
}

async function* findRuns(logdir: Logdir): AsyncGenerator<FoundRun> {
  const { root, options, unchanged } = logdir;
  const ids = new Map<string, string>();
  for await (const { folder, files } of foldersWithEvents(root, { leave: options.leave })) {
    const names = files.toSorted();
    const runId = importedRunId('tensorboard', [logdir.experiment, folder, names[0]!]);
    ids.set(folder, runId);
    const look = await lookOf(join(root, folder), names);
    if (options.mode === 'live' && unchanged.get(folder) === look.state) continue;
    yield runOf(logdir, { folder, names, runId, parent: parentOf(folder, ids), ...look });
    unchanged.set(folder, look.state);
  }
}

interface Found {
  /** From the root; empty for the root itself. */
  readonly folder: string;
  readonly names: readonly string[];
  readonly runId: string;
  readonly parent: string | null;
  readonly sizeBytes: number;
  readonly changedAtMs: number;
}

function runOf({ root, experiment, options, sums }: Logdir, found: Found): FoundRun {
  const { folder, names, runId, parent, sizeBytes, changedAtMs } = found;
  const name = folder === '' ? '.' : folder;
  const tags: Tag[] = [{ key: 'tensorboard.run', value: name }];
  if (parent !== null) tags.push({ key: 'mlflow.parentRunId', value: parent });
  const where = folder === '' ? '' : `${folder}/`;
  const leaveKind = (kind: string): void => {
    const what = `run ${name}: ${kind}`;
    sums.set(what, (sums.get(what) ?? 0) + 1);
  };
  return {
    ...{ label: name, runId, experiment, name, userId: '', startedAtMs: startOf(names[0]!), tags, sizeBytes },
    parts: async function* (from): AsyncGenerator<RunPart, RunEnd | null> {
      const { end, lastAtMs } = yield* readEventRun({ folder: join(root, folder), names }, from, {
        leave: (what, why) => options.leave(`${where}${what}`, why),
        leaveKind,
        onBytes: options.onBytes,
      });
      if (end !== null) return { ...end, endedAtMs: end.endedAtMs ?? lastAtMs ?? changedAtMs };
      return options.mode === 'live' ? null : { status: 'FINISHED', endedAtMs: lastAtMs ?? changedAtMs };
    },
  };
}

/** The run in the nearest folder above: `add_hparams` makes folders in that of its run. */
function parentOf(folder: string, ids: ReadonlyMap<string, string>): string | null {
  for (let above = folder; above !== ''; ) {
    above = above.slice(0, Math.max(above.lastIndexOf('/'), 0));
    const id = ids.get(above);
    if (id !== undefined) return id;
  }
  return null;
}

/** `events.out.tfevents.SECONDS.HOST`: when the file was made. */
function startOf(name: string): number | null {
  const seconds = /tfevents\.(\d{9,11})\b/.exec(name)?.[1];
  return seconds === undefined ? null : Number(seconds) * 1000;
}

async function lookOf(
  folder: string,
  names: readonly string[],
): Promise<Pick<Found, 'sizeBytes' | 'changedAtMs'> & { readonly state: string }> {
  const infos = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => null)));
  return {
    state: infos.map((info, index) => `${names[index]} ${info?.size} ${info?.mtimeMs}`).join('\n'),
    sizeBytes: infos.reduce((sum, info) => sum + (info?.size ?? 0), 0),
    changedAtMs: Math.floor(Math.max(0, ...infos.map((info) => info?.mtimeMs ?? 0))),
  };
}

interface EventFolder {
  readonly folder: string;
  readonly files: readonly string[];
}

/** Folders with event files, those above before those in them, through no link. */
async function* foldersWithEvents(
  root: string,
  { leave, atMost = Number.POSITIVE_INFINITY }: { readonly leave: LeaveOut; readonly atMost?: number },
): AsyncGenerator<EventFolder> {
  const open = [''];
  let seen = 0;
  for (let folder = open.pop(); folder !== undefined && seen < atMost; folder = open.pop()) {
    seen += 1;
    const entries = await entriesOf(join(root, folder));
    if (entries === null) {
      leave(folder === '' ? '.' : folder, 'the folder cannot be read');
      continue;
    }
    const files = entries.filter((entry) => entry.isFile() && isEventFile(entry.name)).map(({ name }) => name);
    if (files.length > 0) yield { folder, files };
    for (const entry of entries.filter((one) => one.isSymbolicLink())) leave(below(folder, entry.name), 'a link');
    if (folder.split('/').length >= deepest) continue;
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => below(folder!, name));
    open.push(...folders.toSorted().reverse());
  }
}

async function entriesOf(folder: string): Promise<Dirent[] | null> {
  const entries: Dirent[] = [];
  try {
    for await (const entry of await opendir(folder)) entries.push(entry);
    return entries;
  } catch {
    return null;
  }
}

function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
