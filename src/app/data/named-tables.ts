/**
 * Datasets of the project where a table is asked for. A dataset is a source of the declaration, by its name or as DECLARATION/SOURCE, and stands for its files, read as
 * ingestion reads them. What is a file or a query is that first.
 */
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { nearestName } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { ResolvedSpec } from '../../spec/index.ts';
import { sourceReader } from '../../steps/ingestion/file-reader.ts';
import type { Config } from '../config.ts';
import { requireReadable } from '../dataset-states.ts';
import { isQuery } from './open-table.ts';
import { tableFormats } from './table-formats.ts';

const datasetName = /^(?:[\w.-]+\/)?[A-Za-z][A-Za-z0-9_-]{0,127}$/;

/** How a dataset of several files is put: as its files, where each says what its table is, or as one query over all of them. */
export type DatasetForm = 'files' | 'query';

/**
 * Files and queries as they are; in the place of a dataset its files, or a query over them.
 * @throws PlatformError DATA_NO_FILE where a dataset has nearly this name, DATA_UNKNOWN_FORMAT of a dataset that is read from something else than files,
 *   DATASET_ARCHIVED, SPEC_INVALID, INGESTION_SOURCE_MISSING, INGESTION_WRONG_HEADER, INGESTION_BAD_OPTION
 */
export async function namedTables(config: Config, named: readonly string[], form: DatasetForm): Promise<string[]> {
  const tables: string[] = [];
  for (const one of named) tables.push(...(await tablesOf(config, one, form)));
  return tables;
}

async function tablesOf(config: Config, named: string, form: DatasetForm): Promise<readonly string[]> {
  if (!datasetName.test(named) || extname(named) !== '' || (await isQuery(named))) return [named];
  const info = await stat(named).catch(() => null);
  const spec = info?.isFile() ? null : await declarationOf(config);
  if (spec === null) return [named];
  const { name, ingestion } = spec;
  const source = named.startsWith(`${name}/`) ? named.slice(name.length + 1) : named;
  const declared = Object.hasOwn(ingestion.sources, source) ? ingestion.sources[source]! : null;
  if (declared === null) {
    const near = info === null ? nearestName(source, Object.keys(ingestion.sources)) : null;
    if (near === null) return [named];
    throw new PlatformError('DATA_NO_FILE', {
      message: `expected a CSV, JSON or Parquet file or a dataset of the project at ${named}, found neither`,
      hint: `Did you mean ${near}?`,
    });
  }
  await requireReadable(config, `${name}/${source}`);
  const read = await sourceReader(declared, config.projectRoot);
  if (read === null)
    throw new PlatformError('DATA_UNKNOWN_FORMAT', {
      message: `expected a dataset of CSV, JSON or Parquet files, found ${source}, which is read from ${declared.format}`,
      hint: 'Run the project up to ingestion, and look at what that left: mlspec show latest ingestion --output dataset.',
    });
  const paths = read.files.map(({ path }) => path);
  // The form of CSV, and how options read anything, is known to ingestion alone.
  const isPlain =
    declared.format !== 'csv' &&
    Object.keys(declared.options).length === 0 &&
    paths.every((path) => tableFormats[extname(path).toLowerCase()] === declared.format);
  return isPlain && (form === 'files' || paths.length === 1) ? paths : [`SELECT * FROM ${read.reader}`];
}

/** The declaration of the project; null where there is none. */
async function declarationOf(config: Config): Promise<ResolvedSpec | null> {
  const { loadSpec, requireValid } = await import('../load-spec.ts');
  const loaded = await loadSpec(config, { params: [] }).catch((error: unknown) => {
    if (error instanceof PlatformError && error.code === 'SPEC_NOT_FOUND') return null;
    throw error;
  });
  return loaded === null ? null : requireValid(loaded);
}
