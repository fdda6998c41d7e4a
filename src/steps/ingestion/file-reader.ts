import type { QueryEngine } from '../../tables/index.ts';
import { csvReader, tellingBrokenLine } from './csv-source.ts';
import { filesOf, type SourceFile } from './files.ts';
import { jsonReader } from './json-source.ts';
import { listOf, optionsOf, type Source } from './source-options.ts';

/** A file that would be declared as a source. */
export interface ReadableFile {
  readonly format: 'csv' | 'json' | 'parquet';
  /** Absolute. */
  readonly path: string;
  /** Options of the format. */
  readonly options: Source['options'];
}

/**
 * The table function by which ingestion reads a file, for those who look at it before it is declared: what they find is
 * what a run will find.
 * @throws PlatformError INGESTION_WRONG_HEADER, INGESTION_BAD_OPTION, TABLE_FILE_UNREADABLE
 */
export async function fileReader(file: ReadableFile): Promise<string> {
  return await readerOf(readingOf(file));
}

/** Files of a declared source. */
export interface ReadableSource {
  /** In the order in which they are read. */
  readonly files: readonly SourceFile[];
  /** The table function by which ingestion reads all rows of them. */
  readonly reader: string;
}

/**
 * The files of a declared source; null of one that is read from something else.
 * @param root the folder of the declaration
 * @throws PlatformError INGESTION_SOURCE_MISSING, and as `fileReader`
 */
export async function sourceReader(source: Source, root: string): Promise<ReadableSource | null> {
  if (source.path === null || source.format === 'sqlite') return null;
  const files = await filesOf(source.path, root);
  return { files, reader: await readerOf({ source, files }) };
}

interface Reading {
  readonly source: Source;
  readonly files: readonly SourceFile[];
}

async function readerOf({ source, files }: Reading): Promise<string> {
  if (source.format === 'csv') return await csvReader({ source, files, at: 0 });
  if (source.format === 'json') return jsonReader(source, files);
  return `read_parquet(${[listOf(files), ...optionsOf(source.options)].join(', ')})`;
}

/**
 * Does what reads a file; of a CSV file whose rows have no form in common the first broken line is told.
 * @throws PlatformError TABLE_FILE_UNREADABLE with file and line, and whatever the work throws
 */
export async function readingFile<T>(engine: QueryEngine, file: ReadableFile, work: () => Promise<T>): Promise<T> {
  return file.format === 'csv' ? await tellingBrokenLine(engine, readingOf(file), work) : await work();
}

function readingOf({ format, path, options }: ReadableFile): Reading {
  const none = { secret: null, python: null, environment: null, table: null, version: null, sample: null };
  return {
    source: { ...none, format, path, on_error: 'fail', quarantine_limit: 0, options },
    files: [{ path, written: path, sizeBytes: 0 }],
  };
}
