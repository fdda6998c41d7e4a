/**
 * A window of production data, compared with what a model was trained on, and stated. The other side is the training part itself,
 * out of the store by the digest that signed statements name, and not the statistics that analysis wrote down of it: those have bins
 * and most frequent values that were chosen before the window was known, and no test with a false-alarm rate can be made of them. The
 * statement names both, and `mlspec verify` holds both to be those of the run.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareTables, type DriftOptions, type TableDrift } from '../../data-quality/index.ts';
import { type Digest, digestFile, formatInstant, now } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import {
  type MonitoringWindow,
  monitoringWindowPredicateType,
  monitoringWindowStatement,
} from '../../provenance/index.ts';
import {
  type Field,
  parquetFilesSource,
  type QueryEngine,
  quoteIdentifier,
  quoteLiteral,
  tableFiles,
} from '../../tables/index.ts';
import type { Config } from '../config.ts';
import { openDataFile, requireDataFile } from '../data/data-file.ts';
import { type TableWork, withTables } from '../data/with-tables.ts';
import type { ProjectRecord } from '../project-record.ts';
import { withRecord } from '../records.ts';
import { hasKey, openSigning } from '../signing.ts';
import { publishLogOrSay } from '../transparency-log.ts';
import { programVersion } from '../version.ts';
import { findTrainedOn, type TrainedOn } from './trained-on.ts';
import { parseBounds, type WindowBounds } from './window-bounds.ts';

/** What is to be compared, and how. */
export interface WindowRequest extends DriftOptions, TableWork {
  /** `MODEL`, `MODEL/VERSION`, `MODEL/ALIAS` or a run. */
  readonly name: string;
  /** A CSV, JSON or Parquet file with the data of production. */
  readonly file: string;
  /** Dates or instants: `from` is in the window, `to` is not. */
  readonly from: string;
  readonly to: string;
  /** Is told where the files of the log cannot be brought up to what the record took in. */
  readonly onMessage: (message: string) => void;
}

/** What was found, and what was stated of it. */
export interface ComparedWindow extends TableDrift {
  readonly run: string;
  readonly model: string | null;
  readonly trained: MonitoringWindow['trained'];
  readonly window: Omit<MonitoringWindow['window'], 'fromMs' | 'toMs'> & { readonly from: string; readonly to: string };
  /** The digest of the statement; null: nothing could be stated. */
  readonly statement: Digest | null;
  /** Why nothing was stated. */
  readonly why: string | null;
}

/**
 * Compares a window with what the run behind a name trained on. It is stated, signed by the runner and logged, where there is a key;
 * none is made for it, which nobody would trust.
 * @throws PlatformError CONFIG_BAD_VALUE for bounds or columns, DATA_NO_FILE, DATA_UNKNOWN_FORMAT, TABLE_FILE_UNREADABLE, INGESTION_NO_ROWS
 *   for a window without rows, ARTIFACT_SOURCE_CHANGED for a file that is written meanwhile, ARTIFACT_NOT_FOUND, METADATA_RUN_UNKNOWN,
 *   ARTIFACT_MISSING for a training part that was erased or collected, PROVENANCE_KEY_BAD, CANCELED
 */
export async function compareWindow(config: Config, request: WindowRequest): Promise<ComparedWindow> {
  const bounds = parseBounds(request.from, request.to);
  const data = await requireDataFile(request.file);
  return await withRecord(config, async (record) => {
    const trained = await findTrainedOn(record, request.name);
    const { digest } = await digestFile(data.path);
    const found = await compare(record, { trained, bounds, request });
    if ((await digestFile(data.path)).digest !== digest)
      throw new PlatformError('ARTIFACT_SOURCE_CHANGED', {
        message: `expected ${request.file} to stay as it was while it was compared, found it changed`,
      });
    const { drift, timeColumn, leftOutRowCount } = found;
    const monitored: MonitoringWindow = {
      ...{ run: trained.run, spec: trained.spec, model: trained.model, windowDigest: digest, program: programVersion },
      trained: { dataset: trained.dataset, profile: trained.profile, rowCount: drift.referenceRowCount },
      window: { ...bounds, timeColumn, rowCount: drift.currentRowCount, leftOutRowCount },
      ...{ falseAlarmRate: drift.falseAlarmRate, columns: columnsOf(drift), missing: drift.onlyReference },
      differentTypes: drift.differentTypes.map(({ name }) => name),
      atMs: now(),
    };
    const { fromMs, toMs, ...rows } = monitored.window;
    return {
      ...drift,
      ...{ run: monitored.run, model: monitored.model, trained: monitored.trained },
      window: { from: formatInstant(fromMs), to: formatInstant(toMs), ...rows },
      ...(await state(config, record, { monitored, onProgress: request.onMessage })),
    };
  });
}

interface Work {
  readonly trained: TrainedOn;
  readonly bounds: WindowBounds;
  readonly request: WindowRequest;
}

async function compare(
  record: ProjectRecord,
  { trained, bounds, request }: Work,
): Promise<{ readonly drift: TableDrift; readonly timeColumn: string | null; readonly leftOutRowCount: number }> {
  const { name, file, from, to, onMessage, columns = new Set(trained.columns), ...options } = request;
  const folder = await mkdtemp(join(tmpdir(), 'mlspec-monitor-'));
  try {
    const part = join(folder, 'train.parquet');
    await record.artifacts.materialize(trained.dataset, part, {
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    return await withTables(options, async (engine) => {
      const reference = parquetFilesSource(await tableFiles(part));
      await requireColumns(engine, reference, columns);
      const { fields } = await openDataFile(engine, await requireDataFile(file), 'observed');
      const timeColumn = timesOf(fields, trained.timeColumn);
      const current = windowSql(fields, timeColumn, bounds);
      const drift = await compareTables(engine, { reference, current }, { ...options, columns });
      const [all] = await engine.rows('SELECT count(*) AS n FROM observed', options);
      if (drift.currentRowCount === 0)
        throw new PlatformError('INGESTION_NO_ROWS', {
          message: `expected rows from ${from} to ${to} in ${file}, found none among ${Number(all!['n'])}`,
          hint: 'Give the bounds of the data with --from and --to; times without a zone are read as UTC.',
        });
      return { drift, timeColumn, leftOutRowCount: Number(all!['n']) - drift.currentRowCount };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function requireColumns(engine: QueryEngine, source: string, columns: ReadonlySet<string>): Promise<void> {
  const { fields } = await engine.describe(`SELECT * FROM ${source}`);
  const unknown = [...columns].filter((column) => !fields.some(({ name }) => name === column));
  if (unknown.length === 0 && columns.size > 0) return;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected columns of the training part, ${fields.map(({ name }) => name).join(', ')}; found ${unknown.join(', ') || 'none'}`,
    hint: 'Correct monitoring.drift in the declaration, or --column.',
  });
}

/** The column of times by which rows can be taken. */
function timesOf(fields: readonly Field[], column: string | null): string | null {
  const found = fields.find(({ name }) => name === column);
  return found?.type === 'timestamp' || found?.type === 'date' ? found.name : null;
}

function windowSql(fields: readonly Field[], timeColumn: string | null, { fromMs, toMs }: WindowBounds): string {
  const names = fields.map(({ name }) => quoteIdentifier(name)).join(', ');
  if (timeColumn === null) return `(SELECT ${names} FROM observed)`;
  const at = (atMs: number): string => `TIMESTAMP ${quoteLiteral(formatInstant(atMs).replace('T', ' ').slice(0, -1))}`;
  const time = quoteIdentifier(timeColumn);
  return `(SELECT ${names} FROM observed WHERE ${time} >= ${at(fromMs)} AND ${time} < ${at(toMs)})`;
}

function columnsOf({ columns }: TableDrift): MonitoringWindow['columns'] {
  return columns.map(({ name, judgedBy, distances, threshold, adjustedPValue, drifted }) => ({
    ...{ name, judgedBy, threshold, adjustedPValue, drifted },
    distance: distances[judgedBy],
  }));
}

async function state(
  config: Config,
  { metadata }: ProjectRecord,
  of: { readonly monitored: MonitoringWindow; readonly onProgress: (message: string) => void },
): Promise<Pick<ComparedWindow, 'statement' | 'why'>> {
  if (!(await hasKey(config, 'runner'))) return { statement: null, why: 'there is no key here to sign with' };
  const { monitored, onProgress } = of;
  const signing = openSigning(config);
  const statement = monitoringWindowStatement(monitored);
  const about = { runId: monitored.run, predicateType: monitoringWindowPredicateType };
  await metadata.putRunStatement(about, await signing.statement(statement, 'runner'));
  await publishLogOrSay(config, { metadata, signing, onProgress });
  return { statement: statement.digest, why: null };
}
