import { csvReader } from './csv-source.ts';
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
export async function fileReader({ format, path, options }: ReadableFile): Promise<string> {
  const files = [{ path, written: path, sizeBytes: 0 }];
  const source: Source = {
    format,
    path,
    secret: null,
    python: null,
    environment: null,
    table: null,
    version: null,
    sample: null,
    on_error: 'fail',
    quarantine_limit: 0,
    options,
  };
  if (format === 'csv') return await csvReader({ source, files, at: 0 });
  if (format === 'json') return jsonReader(source, files);
  return `read_parquet(${[listOf(files), ...optionsOf(options)].join(', ')})`;
}
