import type { QueryEngine } from '../../tables/index.ts';
import { csvReader, tellingBrokenLine } from './csv-source.ts';
import type { SourceFile } from './files.ts';
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
  const { format, options } = file;
  const { source, files } = readingOf(file);
  if (format === 'csv') return await csvReader({ source, files, at: 0 });
  if (format === 'json') return jsonReader(source, files);
  return `read_parquet(${[listOf(files), ...optionsOf(options)].join(', ')})`;
}

/**
 * Does what reads a file; of a CSV file whose rows have no form in common the first broken line is told.
 * @throws PlatformError TABLE_FILE_UNREADABLE with file and line, and whatever the work throws
 */
export async function readingFile<T>(engine: QueryEngine, file: ReadableFile, work: () => Promise<T>): Promise<T> {
  return file.format === 'csv' ? await tellingBrokenLine(engine, readingOf(file), work) : await work();
}

function readingOf({ format, path, options }: ReadableFile): {
  readonly source: Source;
  readonly files: readonly SourceFile[];
} {
  const none = { secret: null, python: null, environment: null, table: null, version: null, sample: null };
  return {
    source: { ...none, format, path, on_error: 'fail', quarantine_limit: 0, options },
    files: [{ path, written: path, sizeBytes: 0 }],
  };
}
