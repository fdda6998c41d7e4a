/** A folder that neptune-exporter wrote: a folder for each project with `RUN_part_N.parquet`, and beside it the files. */
import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isPlatformError } from '../../../errors/index.ts';
import { createDuckDb, type QueryEngine } from '../../../tables/index.ts';
import type { Tag } from '../../../tracking/index.ts';
import type { LeaveOut } from '../import-report.ts';
import { importedRunId } from '../runs/run-id.ts';
import type { FoundRun, RunSource } from '../runs/run-source.ts';
import { type ExportFacts, readFacts } from './export-query.ts';
import { type ExportedRun, readExportedRun } from './read-run.ts';

/** How an export is read. */
export interface NeptuneOptions {
  /** The experiment of all runs; default their projects. */
  readonly experiment?: string | undefined;
  /** What was `--files-path`; default the folder `files` beside that of the Parquet files. */
  readonly artifacts?: string | undefined;
  readonly leave: LeaveOut;
  readonly onBytes: (bytes: number) => void;
}

/** What does not fit is sorted on disk. */
const memoryLimitBytes = 1024 ** 3;

const partForm = /^(.+)_part_(\d+)\.parquet$/;

/** Whether a folder holds such an export. */
export async function looksLikeNeptune(path: string): Promise<boolean> {
  return (await dataFolder(path)) !== null;
}

/** Opens an export. */
export async function openNeptune(path: string, options: NeptuneOptions): Promise<RunSource> {
  const root = await realpath(path);
  const data = (await dataFolder(root)) ?? root;
  const engine = await createDuckDb({ memoryLimitBytes, tempDirectory: join(tmpdir(), 'mlspec-import') });
  const sums = new Map<string, number>();
  return {
    location: root,
    form: "Neptune's Parquet export",
    runs: () => findRuns({ data, engine, options, sums }),
    leaveRest: () => {
      for (const [what, count] of sums) options.leave(what, `${count} left out`);
      sums.clear();
    },
    close: () => engine.close(),
  };
}

interface Export {
  readonly data: string;
  readonly engine: QueryEngine;
  readonly options: NeptuneOptions;
  readonly sums: Map<string, number>;
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  return await readdir(folder, { withFileTypes: true }).catch(() => []);
}

/** The folder with those of the projects: the one that is given, or `data` in it. */
async function dataFolder(path: string): Promise<string | null> {
  for (const folder of [path, join(path, 'data')]) {
    for (const entry of (await entriesOf(folder)).filter((one) => one.isDirectory()).slice(0, 100)) {
      if ((await entriesOf(join(folder, entry.name))).some(isPart)) return folder;
    }
  }
  return null;
}

function isPart(entry: Dirent): boolean {
  return entry.isFile() && partForm.test(entry.name);
}

async function* findRuns(source: Export): AsyncGenerator<FoundRun> {
  const { data, options, engine } = source;
  const projects = (await entriesOf(data)).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  for (const project of projects.toSorted()) {
    const names = (await entriesOf(join(data, project))).filter(isPart).map(({ name }) => name);
    const runs = Map.groupBy(names, (name) => partForm.exec(name)![1]!);
    for (const [name, parts] of [...runs].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const place = `${project}/${name}`;
      try {
        const run = await partsOf(source, project, parts);
        const facts = await readFacts(engine, run.files);
        if (facts === null) options.leave(place, 'its parts name no project and run');
        else yield runOf(source, { place, run, facts });
      } catch (error) {
        if (!isPlatformError(error) || !error.code.startsWith('TABLE_')) throw error;
        options.leave(place, error.message);
      }
    }
  }
}

async function partsOf({ data, options }: Export, project: string, names: readonly string[]): Promise<ExportedRun> {
  const numberOf = (name: string): number => Number(partForm.exec(name)![2]);
  const sorted = names.toSorted((a, b) => numberOf(a) - numberOf(b));
  const files = sorted.map((name) => join(data, project, name));
  const infos = await Promise.all(files.map((file) => lstat(file)));
  const base = options.artifacts ?? join(dirname(data), 'files');
  const roots = await Promise.all([base, join(base, project)].map((root) => realpath(root).catch(() => null)));
  return {
    ...{ name: `${project}/${sorted[0]!}`, files, fileRoots: roots.filter((root) => root !== null) },
    mark: infos.map(({ size, mtimeMs }) => `${size} ${Math.floor(mtimeMs)}`).join(', '),
    sizeBytes: infos.reduce((sum, { size }) => sum + size, 0),
  };
}

function runOf(
  { engine, options, sums }: Export,
  { place, run, facts }: { readonly place: string; readonly run: ExportedRun; readonly facts: ExportFacts },
): FoundRun {
  const { system, project } = facts;
  const startedAtMs = Date.parse(system.get('creation_time') ?? '');
  const listener = {
    leave: (what: string, why: string): void => options.leave(`${place}: ${what}`, why),
    leaveKind: (kind: string): void => {
      const what = `${place}: ${kind}`;
      sums.set(what, (sums.get(what) ?? 0) + 1);
    },
    onBytes: options.onBytes,
  };
  return {
    ...{ label: place, runId: importedRunId('neptune', [project, facts.run]), sizeBytes: run.sizeBytes },
    experiment: options.experiment ?? project,
    name: system.get('custom_run_id') || facts.run,
    userId: system.get('owner') ?? '',
    startedAtMs: Number.isNaN(startedAtMs) ? null : startedAtMs,
    tags: tagsOf(facts),
    parts: async function* (from) {
      try {
        return yield* readExportedRun(engine, run, { facts, from, listener });
      } catch (error) {
        if (!isPlatformError(error) || !error.code.startsWith('TABLE_')) throw error;
        listener.leave('its values', error.message);
        return null;
      }
    },
  };
}

function tagsOf({ run, project, system, stepMultiplier }: ExportFacts): Tag[] {
  const tags = {
    'neptune.run_id': run,
    'neptune.project': project,
    'neptune.experiment': system.get('experiment/name') ?? system.get('name') ?? '',
    'neptune.tags': system.get('tags') ?? '',
    'neptune.step_multiplier': stepMultiplier === 1 ? '' : `${stepMultiplier}`,
    'mlflow.note.content': system.get('description') ?? '',
  };
  return Object.entries(tags).flatMap(([key, value]) => (value === '' ? [] : [{ key, value }]));
}
