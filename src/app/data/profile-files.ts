import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  type ColumnStates,
  compareStates,
  type DataWarning,
  findOutlyingRows,
  findPairs,
  keepStates,
  keptStates,
  type OutlierMethod,
  type OutlyingRows,
  profileSlice,
  profileStates,
  profileWeighted,
  type SliceStatistics,
  statesOfRows,
  type TableDrift,
  type TablePairs,
  type TableStatistics,
  type WeightedStatistics,
  warningsOf,
} from '../../data-quality/index.ts';
import {
  type Digest,
  digestFile,
  digestHex,
  digestJson,
  type JsonValue,
  newId,
  pathExists,
} from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { QueryEngine } from '../../tables/index.ts';
import { requireDataFile } from './data-file.ts';
import { isQuery, openTable } from './open-table.ts';
import { type TableWork, withTables } from './with-tables.ts';

/** What is profiled, and how. */
export interface FileProfiling extends TableWork {
  /** Files or queries; several files are the parts of one table. */
  readonly tables: readonly string[];
  /** A file or query to compare with, the older of the two. */
  readonly compare?: string;
  /** What the tables are called, where that is not themselves. */
  readonly names?: { readonly tables: readonly string[]; readonly compare?: string };
  /** Where the states of files are kept: those that are there already are not made again. */
  readonly states?: string;
  /** Columns by whose values groups of rows are told of. */
  readonly by?: readonly string[];
  /** Default tukey; with isolation_forest rows are told of too. */
  readonly outliers?: OutlierMethod | 'isolation_forest';
  /** Which columns are held against each other; default none. */
  readonly pairs?: 'none' | 'label' | 'all';
  /** The column that a model would learn: pairs are told with it, and how well each column tells it. */
  readonly label?: string;
  /** A column by which rows count: statistics are also made with it. */
  readonly weight?: string;
  readonly onProgress?: (message: string, doneCount: number, columnCount: number) => void;
}

/** What is told of a table. */
export interface ProfiledTable {
  /** As it was named. */
  readonly name: string;
  readonly statistics: TableStatistics;
  /** Of the statistics, as canonical JSON. */
  readonly digest: Digest;
}

/** What a profile found. */
export interface FileProfile extends ProfiledTable {
  readonly warnings: readonly DataWarning[];
  readonly slices: readonly SliceStatistics[];
  /** Null where they were not asked for. */
  readonly pairs: TablePairs | null;
  readonly weighted: WeightedStatistics | null;
  readonly outlyingRows: OutlyingRows | null;
  /** The other table, and how far apart the two are; null where none was named. */
  readonly compared: (ProfiledTable & { readonly drift: TableDrift }) | null;
  /** Columns of types that are not looked at, such as lists. */
  readonly unreadable: readonly string[];
  /** Files whose states were there already. */
  readonly reusedCount: number;
}

interface OpenedStates {
  readonly states: ColumnStates;
  /** Null where the rows were not read. */
  readonly source: string | null;
  readonly unreadable: readonly string[];
  readonly reusedCount: number;
}

/**
 * Statistics of files or of the result of a query, and how far they are from another table.
 * @throws PlatformError DATA_NO_FILE, DATA_UNKNOWN_FORMAT, CONFIG_BAD_VALUE, STATES_DIFFER, STATES_UNREADABLE, and as `openTable`
 */
export async function profileFiles(profiling: FileProfiling): Promise<FileProfile> {
  const temporary = await mkdtemp(join(tmpdir(), 'mlspec-profile-'));
  try {
    return await withTables(profiling, (engine) => profileIn(engine, temporary, profiling));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function profileIn(engine: QueryEngine, temporary: string, profiling: FileProfiling): Promise<FileProfile> {
  const { tables, compare, by = [], names = { tables } } = profiling;
  const opened = await openStates(engine, temporary, profiling);
  const current = await describe(engine, { name: nameOf(names.tables), states: opened.states }, profiling);
  const slices: SliceStatistics[] = [];
  for (const column of by) {
    profiling.onProgress?.(`by ${column}`, slices.length, by.length);
    requireColumn(opened.states, column, '--by');
    const slice = { name: column, column, edges: null };
    slices.push(await profileSlice(engine, opened.source!, { slice, ...withSignal(profiling) }));
  }
  const pairs = await pairsOf(engine, opened, profiling);
  const other = compare === undefined ? null : await openTable(engine, compare, 'other');
  const name = names.compare ?? compare!;
  const compared = other === null ? null : await compareWith(engine, { ...other, name, opened }, profiling);
  return {
    ...current,
    warnings: warningsOf(current.statistics, pairs),
    slices,
    pairs,
    weighted: await weightedOf(engine, opened, profiling),
    outlyingRows:
      profiling.outliers === 'isolation_forest'
        ? await findOutlyingRows(engine, opened.source!, withSignal(profiling))
        : null,
    compared,
    unreadable: [...new Set([...opened.unreadable, ...(other?.unreadable ?? [])])],
    reusedCount: opened.reusedCount,
  };
}

async function pairsOf(
  engine: QueryEngine,
  { states, source }: OpenedStates,
  profiling: FileProfiling,
): Promise<TablePairs | null> {
  const { label, pairs = label === undefined ? 'none' : 'label', onProgress } = profiling;
  if (pairs === 'none') return null;
  if (label !== undefined) requireColumn(states, label, '--label');
  return await findPairs(engine, source!, {
    among: pairs,
    onProgress: (done, of) => onProgress?.('pairs', done, of),
    ...(label === undefined ? {} : { label }),
    ...withSignal(profiling),
  });
}

async function weightedOf(
  engine: QueryEngine,
  { states, source }: OpenedStates,
  profiling: FileProfiling,
): Promise<WeightedStatistics | null> {
  const { weight } = profiling;
  if (weight === undefined) return null;
  requireColumn(states, weight, '--weight');
  return await profileWeighted(engine, source!, { weight, ...withSignal(profiling) });
}

function nameOf(tables: readonly string[]): string {
  return tables.length === 1 ? tables[0]! : `${tables[0]} and ${tables.length - 1} more`;
}

async function describe(
  engine: QueryEngine,
  { name, states }: { readonly name: string; readonly states: ColumnStates },
  profiling: FileProfiling,
): Promise<ProfiledTable> {
  const statistics = await profileStates(engine, states, {
    outliers: profiling.outliers === 'isolation_forest' ? 'tukey' : (profiling.outliers ?? 'tukey'),
    onProgress: (done, of) => profiling.onProgress?.(name, done, of),
    ...withSignal(profiling),
  });
  return { name, statistics, digest: digestJson(statistics as unknown as JsonValue) };
}

async function compareWith(
  engine: QueryEngine,
  other: { readonly name: string; readonly source: string; readonly opened: OpenedStates },
  profiling: FileProfiling,
): Promise<NonNullable<FileProfile['compared']>> {
  const reference = await statesOfRows(engine, other.source);
  const described = await describe(engine, { name: other.name, states: reference }, profiling);
  const drift = await compareStates(
    engine,
    { reference, current: other.opened.states },
    { onProgress: (done, of) => profiling.onProgress?.('drift', done, of), ...withSignal(profiling) },
  );
  return { ...described, drift };
}

/** One table is read as it is; of several, and where states are kept, the states of each are put together. */
async function openStates(engine: QueryEngine, temporary: string, profiling: FileProfiling): Promise<OpenedStates> {
  const { tables, states: folder, onProgress } = profiling;
  if (folder === undefined && tables.length === 1) {
    const opened = await openTable(engine, tables[0]!, 'data');
    return { ...opened, states: await statesOfRows(engine, opened.source), reusedCount: 0 };
  }
  if (needsRows(profiling))
    throw new PlatformError('CLI_USAGE', {
      message:
        'expected one table and no kept states where groups, pairs, weights or an isolation forest are asked for',
    });
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  const unreadable = new Set<string>();
  let reusedCount = 0;
  for (const [at, table] of tables.entries()) {
    onProgress?.(basename(table), at, tables.length);
    const path = await keptPath(table, folder ?? temporary);
    paths.push(path);
    if (await pathExists(path)) {
      reusedCount++;
      continue;
    }
    // Each has a name of its own: a view would be hidden behind the table of the file before.
    const part = `part_${at}`;
    const opened = await openTable(engine, table, part);
    for (const name of opened.unreadable) unreadable.add(name);
    // A killed process leaves nothing that would be taken for a state.
    const half = `${path}.${newId('half')}`;
    await keepStates(engine, await statesOfRows(engine, opened.source), { path: half, ...withSignal(profiling) });
    await rename(half, path);
    await engine.execute(`DROP TABLE IF EXISTS temp.${part}`);
  }
  return { states: await keptStates(engine, paths), source: null, unreadable: [...unreadable], reusedCount };
}

/** Whether anything is asked for that is not told of states. */
export function needsRows({ by = [], label, weight, pairs = 'none', outliers }: FileProfiling): boolean {
  return (
    outliers === 'isolation_forest' || by.length > 0 || label !== undefined || weight !== undefined || pairs !== 'none'
  );
}

function withSignal({ signal }: FileProfiling): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** States are kept under the digest of what they are of: a file that changed is another part. */
async function keptPath(table: string, folder: string): Promise<string> {
  if (await isQuery(table))
    throw new PlatformError('CLI_USAGE', {
      message: 'expected files where there are several tables or kept states, found a query',
    });
  const { path, format } = await requireDataFile(table);
  return join(folder, `${digestHex((await digestFile(path)).digest)}.${format}.states.parquet`);
}

function requireColumn({ fields }: ColumnStates, name: string, option: string): void {
  if (fields.some((field) => field.name === name)) return;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected ${option} to name a column, found ${JSON.stringify(name)}; there are ${fields.map((field) => field.name).join(', ')}`,
  });
}
