import { dirname, join } from 'node:path';
import { rowText } from '../../data-quality/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import {
  type Field,
  type QueryEngine,
  quoteIdentifier,
  readPostgresTable,
  readSqliteTable,
  type TableReader,
} from '../../tables/index.ts';
import { type CsvReading, csvReader, type Rejected, rejectedOf, tellingBrokenLine } from './csv-source.ts';
import { filesOf, type SourceFile } from './files.ts';
import { jsonReader, quarantineLines } from './json-source.ts';
import type { IngestionParams } from './plan.ts';
import { runPythonSource } from './python-source.ts';
import type { IngestionReport } from './result.ts';
import { listOf, optionsOf, type Source } from './source-options.ts';

type SourceReport = IngestionReport['sources'][string];

const sampleScale = 1_000_000;
const maximumQuarantineShown = 20;

interface Opening {
  readonly engine: QueryEngine;
  readonly name: string;
  readonly source: Source;
  readonly at: number;
  readonly key: readonly string[];
  readonly context: StepContext;
}

/** A source that was opened: its table or view stands in the engine under its name. */
interface Opened {
  readonly files: readonly SourceFile[];
  readonly rejected: readonly Rejected[];
  /** Files that the engine reads again for each query; others were read whole. */
  readonly readLater: readonly string[];
}

/**
 * Brings every source into the engine under its name, and confines the engine to them: a query reaches nothing else. Text
 * files are read whole here, so that each broken row is found once, whatever the query asks for.
 */
export async function openSources(
  engine: QueryEngine,
  params: IngestionParams,
  context: StepContext,
): Promise<Record<string, SourceReport>> {
  const reports: Record<string, SourceReport> = {};
  const readLater: string[] = [];
  const names = Object.entries(params.sources);
  for (const [at, [name, source]] of names.entries()) {
    context.progress({ done: at, total: names.length + 2, message: `reading ${name}` });
    const opened = await guardSource(`source ${name}`, context, () =>
      openSource({ engine, name, source, at, key: params.key, context }),
    );
    readLater.push(...opened.readLater);
    reports[name] = reportOf(name, source, opened);
  }
  const outputs = Object.values(context.outputs).map((output) => dirname(output.path));
  await engine.confine({ files: readLater, directories: [...new Set([context.workDir, ...outputs])] });
  return reports;
}

function reportOf(name: string, source: Source, { files, rejected }: Opened): SourceReport {
  if (rejected.length > source.quarantine_limit) {
    const first = rejected[0]!;
    throw new PlatformError('INGESTION_TOO_MANY_BAD_ROWS', {
      message: `source ${name}: ${rejected.length} rows cannot be read, more than the ${source.quarantine_limit} that quarantine_limit allows; the first: ${first.file}, line ${first.line}${first.column === null ? '' : `, column ${first.column}`}: ${first.message}`,
      details: { file: first.file, line: first.line, column: first.column },
    });
  }
  return {
    format: source.format,
    files: files.map(({ written, sizeBytes }) => ({ path: written, sizeBytes })),
    sample: source.sample,
    quarantinedRows: rejected.length,
    quarantined: rejected.slice(0, maximumQuarantineShown).map((one) => ({ ...one })),
  };
}

async function openSource(opening: Opening): Promise<Opened> {
  switch (opening.source.format) {
    case 'csv':
      return await openCsv(opening);
    case 'json':
      return await openJson(opening);
    case 'parquet':
      return await openParquet(opening);
    case 'sqlite':
      return await openSqlite(opening);
    case 'postgres':
      return await openPostgres(opening);
    default:
      return await openPython(opening);
  }
}

async function openCsv(opening: Opening): Promise<Opened> {
  const { engine, source, at, context } = opening;
  const files = await filesOf(source.path!, context.projectRoot);
  const reading: CsvReading = { source, files, at };
  const reader = await csvReader(reading);
  await tellingBrokenLine(engine, reading, () => define(opening, reader, 'TEMP TABLE'));
  const rejected =
    source.on_error === 'quarantine' ? await rejectedOf(engine, reading, { signal: context.signal }) : [];
  return { files, rejected, readLater: [] };
}

async function openJson(opening: Opening): Promise<Opened> {
  const { engine, source, at, context } = opening;
  const files = await filesOf(source.path!, context.projectRoot);
  if (source.on_error === 'fail') {
    await define(opening, jsonReader(source, files), 'TEMP TABLE');
    return { files, rejected: [], readLater: [] };
  }
  const cleanPath = join(context.workDir, `source-${at}.ndjson`);
  const rejected = await quarantineLines(engine, { files, cleanPath }, { signal: context.signal });
  await define(opening, jsonReader(source, [{ path: cleanPath }]), 'TEMP TABLE');
  return { files, rejected, readLater: [] };
}

async function openParquet(opening: Opening): Promise<Opened> {
  const { engine, source, context } = opening;
  const files = await filesOf(source.path!, context.projectRoot);
  const byName = source.options['union_by_name'] === true;
  let first: string | null = null;
  for (const file of byName ? [] : files) {
    const rows = await engine.rows(`DESCRIBE SELECT * FROM read_parquet(${listOf([file])})`);
    const columns = rows.map((row) => `${row['column_name']} ${row['column_type']}`).join(', ');
    if (first !== null && columns !== first)
      throw new PlatformError('INGESTION_WRONG_HEADER', {
        message: `${file.written}: expected the columns of the first file, ${first}; found ${columns} (options: {union_by_name: true} joins them by name)`,
        details: { file: file.written, line: null, column: null },
      });
    first ??= columns;
  }
  await define(opening, `read_parquet(${[listOf(files), ...optionsOf(source.options)].join(', ')})`, 'VIEW');
  return { files, rejected: [], readLater: files.map((file) => file.path) };
}

async function openSqlite(opening: Opening): Promise<Opened> {
  const { source, context } = opening;
  const files = await filesOf(source.path!, context.projectRoot);
  if (files.length !== 1)
    throw new PlatformError('INGESTION_BAD_OPTION', {
      message: 'expected one SQLite file, found a pattern of several',
    });
  await stage(opening, await readSqliteTable(files[0]!.path, source.table!));
  return { files, rejected: [], readLater: [] };
}

async function openPostgres(opening: Opening): Promise<Opened> {
  const { source, context } = opening;
  const url = context.secrets[source.secret!];
  if (url === undefined || url === '')
    throw new PlatformError('INGESTION_SOURCE_MISSING', {
      message: `expected the address of the database in the secret ${source.secret}, found none`,
    });
  await stage(opening, await readPostgresTable(url, source.table!));
  return { files: [], rejected: [], readLater: [] };
}

async function openPython(opening: Opening): Promise<Opened> {
  const { source, at, context } = opening;
  const path = join(context.workDir, `source-${at}.parquet`);
  await runPythonSource(source.python!, path, context);
  await define(opening, `read_parquet(${listOf([{ path }])})`, 'VIEW');
  return { files: [], rejected: [], readLater: [] };
}

/** Puts the rows of another system's table into the working folder, as Parquet, and a view over it into the engine. */
async function stage(opening: Opening, reader: TableReader): Promise<void> {
  const { engine, at, context } = opening;
  const path = join(context.workDir, `source-${at}.parquet`);
  try {
    await engine.appendBatches(path, reader.schema, reader.batches(context.signal));
  } finally {
    await reader.close();
  }
  await define(opening, `read_parquet(${listOf([{ path }])})`, 'VIEW');
}

/** Defines the source's name as a table or view over what a table function reads, its sample drawn. */
async function define(opening: Opening, reader: string, as: 'VIEW' | 'TEMP TABLE'): Promise<void> {
  const { engine, name, source, context } = opening;
  const { signal } = context;
  const sample =
    source.sample === null || source.sample >= 1
      ? ''
      : `WHERE ${await sampleOf(engine, reader, { share: source.sample, key: opening.key })}`;
  await engine.execute(`CREATE ${as} ${quoteIdentifier(name)} AS SELECT * FROM ${reader} ${sample}`, { signal });
}

/** A repeatable share of the rows: by a hash of the key columns that the source has, else of the whole row. */
async function sampleOf(
  engine: QueryEngine,
  reader: string,
  by: { readonly share: number; readonly key: readonly string[] },
): Promise<string> {
  const described = await engine.rows(`DESCRIBE SELECT * FROM ${reader}`);
  const columns = described.map((row) => ({
    name: String(row['column_name']),
    type: textFormOf(String(row['column_type'])),
  }));
  const keys = by.key.flatMap((name) => columns.find((column) => column.name === name) ?? []);
  const isKeyed = keys.length > 0 && keys.length === by.key.length;
  return `md5_number_lower(${rowText(isKeyed ? keys : columns)}) % ${sampleScale} < ${Math.round(by.share * sampleScale)}`;
}

/** How a column of the engine's type is written into the text of a row; sources may have types that datasets cannot. */
function textFormOf(engineType: string): Field['type'] {
  if (engineType.startsWith('TIMESTAMP')) return 'timestamp';
  return /^(U?(TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL|BOOLEAN|DATE)/.test(engineType)
    ? 'float64'
    : 'string';
}

/**
 * Puts the name of a source before what is said about it, and takes the project's folder out of the paths in it.
 */
export async function guardSource<T>(what: string, context: StepContext, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code === 'CANCELED') throw error;
    const relative = (text: string): string => text.replaceAll(`${context.projectRoot}/`, '');
    const isOption = /Invalid named parameter|does not exist as a parameter/.test(error.message);
    const details = Object.entries(error.details ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? relative(value) : value,
    ]);
    throw new PlatformError(isOption ? 'INGESTION_BAD_OPTION' : error.code, {
      message: `${what}: ${relative(error.message)}`,
      ...(isOption || error.hint === undefined ? {} : { hint: error.hint }),
      details: Object.fromEntries(details),
      cause: error.cause,
    });
  }
}
