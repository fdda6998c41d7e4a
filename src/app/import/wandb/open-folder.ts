/** A folder `wandb` with offline runs, the folder that holds it, or the folder of one run. */
import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { now } from '../../../encoding/index.ts';
import { isPlatformError } from '../../../errors/index.ts';
import type { SourcePosition, Tag } from '../../../tracking/index.ts';
import type { LeaveOut } from '../import-report.ts';
import { openPlain, Unreadable } from '../open-plain.ts';
import { importedRunId } from '../runs/run-id.ts';
import type { FoundRun, RunSource } from '../runs/run-source.ts';
import { readLog } from './log-records.ts';
import { type RunLog, readWandbRun } from './read-run.ts';
import { type RunFacts, readRecord } from './record.ts';

/** How offline runs are read. */
export interface WandbOptions {
  /** The experiment of all runs; default their projects. */
  readonly experiment?: string | undefined;
  /** The folder into which links of saved files may lead; default none. */
  readonly artifacts?: string | undefined;
  readonly leave: LeaveOut;
  readonly onBytes: (bytes: number) => void;
}

const runFolder = /^(offline-)?run-\d{8}_\d{6}-.+$/;
/** What the program calls a project that has no name. */
const unnamedProject = 'uncategorized';
/** The record of a run is among the first ones of its log. */
const lookedAt = 100;

/** Whether a folder holds runs of Weights & Biases. */
export async function looksLikeWandb(path: string): Promise<boolean> {
  return (await logsOf(path, () => undefined)).length > 0;
}

/** Opens a folder with offline runs. */
export async function openWandb(path: string, options: WandbOptions): Promise<RunSource> {
  const root = await realpath(path);
  const linksInto = options.artifacts === undefined ? null : await realpath(options.artifacts).catch(() => null);
  const sums = new Map<string, number>();
  return {
    location: root,
    form: 'Weights & Biases offline runs',
    runs: () => findRuns({ root, options, sums, linksInto }),
    leaveRest: () => {
      for (const [what, count] of sums) options.leave(what, `${count} left out; this tracker has no place for them`);
      sums.clear();
    },
    close: async () => undefined,
  };
}

interface WandbFolder {
  readonly root: string;
  readonly options: WandbOptions;
  readonly sums: Map<string, number>;
  readonly linksInto: string | null;
}

interface KnownRun {
  readonly facts: RunFacts;
  readonly username: string;
  readonly logs: RunLog[];
}

async function* findRuns(folder: WandbFolder): AsyncGenerator<FoundRun> {
  const { options } = folder;
  const runs = new Map<string, KnownRun>();
  for (const log of await logsOf(folder.root, options.leave)) {
    const head = await headOf(log, options.leave);
    if (head === null) continue;
    const project = head.facts.project || unnamedProject;
    const runId = importedRunId('wandb', [head.facts.entity, project, head.facts.id]);
    const known = runs.get(runId);
    if (known === undefined) runs.set(runId, { ...head, logs: [log] });
    else known.logs.push(log);
  }
  for (const [runId, run] of runs) yield runOf(folder, runId, run);
}

function runOf(
  { options, sums, linksInto }: WandbFolder,
  runId: string,
  { facts, username, logs }: KnownRun,
): FoundRun {
  const label = logs.map(({ name }) => name).join(', ');
  const leaveKind = (kind: string): void => {
    const what = `run ${label}: ${kind}`;
    sums.set(what, (sums.get(what) ?? 0) + 1);
  };
  const listener = {
    leave: (what: string, why: string): void => options.leave(`${label}: ${what}`, why),
    leaveKind,
    onBytes: options.onBytes,
  };
  return {
    ...{ label, runId, experiment: options.experiment ?? (facts.project || unnamedProject) },
    ...{ name: facts.name || facts.id, userId: username, startedAtMs: facts.startedAtMs, tags: tagsOf(facts) },
    sizeBytes: logs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    parts: (from: ReadonlyMap<string, SourcePosition>) =>
      readWandbRun(logs, from, { listener, nowMs: now(), linksInto }),
  };
}

function tagsOf(facts: RunFacts): Tag[] {
  const tags = {
    'wandb.id': facts.id,
    'wandb.project': facts.project,
    'wandb.entity': facts.entity,
    'wandb.group': facts.group,
    'wandb.job_type': facts.jobType,
    'wandb.sweep': facts.sweepId,
    'wandb.host': facts.host,
    'wandb.tags': facts.tags.join(', '),
    'mlflow.note.content': facts.notes,
    'mlflow.source.git.commit': facts.commit,
  };
  return Object.entries(tags).flatMap(([key, value]) => (value === '' ? [] : [{ key, value }]));
}

/** The logs in a folder, by the names of their folders, which begin with their times. */
async function logsOf(path: string, leave: LeaveOut): Promise<readonly RunLog[]> {
  const own = await logIn(path, basename(path), leave);
  if (own !== null) return [own];
  for (const folder of [path, join(path, 'wandb')]) {
    const entries = await entriesOf(folder);
    const names = entries.filter((entry) => entry.isDirectory() && runFolder.test(entry.name)).map(({ name }) => name);
    const logs = await Promise.all(names.toSorted().map((name) => logIn(join(folder, name), name, leave)));
    const found = logs.filter((log) => log !== null);
    if (found.length > 0) return found.toSorted((a, b) => (stampOf(a.name) < stampOf(b.name) ? -1 : 1));
  }
  return [];
}

function stampOf(name: string): string {
  return name.replace(/^offline-/, '');
}

async function logIn(folder: string, name: string, leave: LeaveOut): Promise<RunLog | null> {
  const files = (await entriesOf(folder)).filter((entry) => entry.isFile() && /^run-.+\.wandb$/.test(entry.name));
  const [first] = files;
  if (first === undefined) {
    if (runFolder.test(name)) leave(name, 'has no log run-….wandb: what was written online is on its server alone');
    return null;
  }
  const file = join(folder, first.name);
  const { size, mtimeMs } = await lstat(file);
  return { name, folder, file, sizeBytes: size, changedAtMs: Math.floor(mtimeMs) };
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  return await readdir(folder, { withFileTypes: true }).catch(() => []);
}

/** What the first records say of the run; null where they do not name one. */
async function headOf(log: RunLog, leave: LeaveOut): Promise<Omit<KnownRun, 'logs'> | null> {
  let facts: RunFacts | null = null;
  let username = '';
  let left = lookedAt;
  try {
    const handle = await openPlain(log.file);
    try {
      for await (const { bytes } of readLog(handle, () => undefined)) {
        const record = readRecord(bytes);
        if (record.kind === 'run') facts ??= record.run;
        else if (record.kind === 'environment') username = record.username || username;
        left -= 1;
        if (left === 0 || (facts !== null && username !== '')) break;
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!(error instanceof Unreadable) && !isPlatformError(error)) throw error;
    leave(log.name, error.message);
    return null;
  }
  if (facts === null || facts.id === '') {
    leave(log.name, 'the first records of its log name no run');
    return null;
  }
  return { facts, username };
}
