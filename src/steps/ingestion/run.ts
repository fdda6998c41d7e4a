import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rowDigest } from '../../data-quality/index.ts';
import { canonicalJson, type JsonValue } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { parquetSource, type QueryEngine, quoteIdentifier } from '../../tables/index.ts';
import { mentions } from '../clear-datasets.ts';
import { withLabels } from './labels.ts';
import type { IngestionParams } from './plan.ts';
import type { IngestionReport } from './result.ts';
import { writeDataset } from './shards.ts';
import { guardSource, openSources } from './sources.ts';

interface Work {
  readonly engine: QueryEngine;
  readonly params: IngestionParams;
  readonly context: StepContext;
}

/** Brings the declared rows into one dataset, sealed where parts of it will be, with a report. */
export async function runIngestion(context: StepContext): Promise<void> {
  const params = context.params as unknown as IngestionParams;
  const work: Work = { engine: await context.tables(), params, context };
  const plain = join(context.workDir, 'dataset.parquet');
  try {
    const sources = await openSources(work.engine, params, context);
    const total = Object.keys(sources).length + 2;
    context.progress({ done: total - 2, total, message: 'querying' });
    const { rowCount, unlabelledRows } = await writeQuery(work, params.query, {
      name: 'query',
      path: plain,
      labels: params.labels,
    });
    requireRows(rowCount, unlabelledRows);
    const datasets = await writeNamed(work);
    const report = {
      ...(await describeDataset(work, plain, { rowCount, unlabelledRows, sources, datasets })),
      ...(await inspected(work, plain)),
      ...(await madeOfForbidden(work, plain)),
    };
    context.progress({ done: total - 1, total, message: params.sealed ? 'sealing' : 'writing' });
    await writeDataset(work, { plain, rowCount });
    context.outputs['dataset']!.setProperties({ rowCount, columns: report.columns });
    await writeFile(context.outputs['report']!.path, canonicalJson(report as unknown as JsonValue));
    context.value('rows', rowCount);
    const quarantined = Object.values(sources).reduce((sum, source) => sum + source.quarantinedRows, 0);
    if (quarantined > 0) context.log('warn', `${quarantined} rows of the sources cannot be read and are left out`);
    if (unlabelledRows > 0) context.log('warn', `${unlabelledRows} rows have no label yet and are left out`);
  } finally {
    // Rows that will be sealed do not outlive the step, in no file that it made.
    for (const name of await readdir(context.workDir))
      if (/^(source-\d+|dataset)\./.test(name)) await rm(join(context.workDir, name), { force: true });
  }
}

/**
 * Writes the result of a user's query. It is bound as a view, from its own text: nothing in it can reach beyond the one
 * SELECT. Joins and aggregates run on one thread and keep one order, so that equal sources give equal bytes.
 */
async function writeQuery(
  { engine, params, context }: Work,
  query: IngestionParams['query'],
  to: { readonly name: string; readonly path: string; readonly labels: IngestionParams['labels'] },
): Promise<{ rowCount: number; unlabelledRows: number }> {
  const { signal } = context;
  const text = await textOf(query, params, context);
  return await guardSource(query?.file ?? to.name, context, async () => {
    await engine.requireQuery(text);
    const view = quoteIdentifier(`__result of ${to.name}`);
    // The view would give two columns of one name new names.
    await engine.describe(text);
    await engine.execute(`CREATE TEMP VIEW ${view} AS ${text}`);
    await engine.execute('SET threads = 1');
    try {
      if (Object.keys(to.labels).length === 0) {
        const { rowCount } = await engine.writeParquet(`SELECT * FROM ${view}`, to.path, { signal });
        return { rowCount, unlabelledRows: 0 };
      }
      const labelled = await withLabels(engine, view, to.labels);
      await engine.describe(labelled);
      const { rowCount } = await engine.writeParquet(labelled, to.path, { signal });
      const [all] = await engine.rows(`SELECT count(*) AS n FROM ${view}`, { signal });
      return { rowCount, unlabelledRows: Number(all!['n']) - rowCount };
    } finally {
      await engine.execute('RESET threads');
    }
  });
}

/** Without a query the dataset is what the only source holds. */
async function textOf(query: IngestionParams['query'], params: IngestionParams, context: StepContext): Promise<string> {
  return query === null
    ? `SELECT * FROM ${quoteIdentifier(Object.keys(params.sources)[0]!)}`
    : await queryText(query, context);
}

async function queryText(query: NonNullable<IngestionParams['query']>, context: StepContext): Promise<string> {
  if (query.sql !== null) return query.sql;
  try {
    return await readFile(join(context.projectRoot, query.file!), 'utf8');
  } catch (cause) {
    throw new PlatformError('INGESTION_SOURCE_MISSING', {
      message: `expected the query at ${query.file} (relative to the declaration), found no file that can be read`,
      cause,
    });
  }
}

function requireRows(rowCount: number, unlabelledRows: number): void {
  if (rowCount > 0) return;
  throw new PlatformError('INGESTION_NO_ROWS', {
    message:
      unlabelledRows > 0
        ? `the dataset has no rows: none of ${unlabelledRows} has a label`
        : 'the dataset has no rows: the sources are empty, or the query leaves none',
  });
}

async function writeNamed(work: Work): Promise<IngestionReport['datasets']> {
  const written: IngestionReport['datasets'] = {};
  for (const [name, { query }] of Object.entries(work.params.datasets)) {
    const output = work.context.outputs[name]!;
    const { rowCount } = await writeQuery(work, query, {
      name: `datasets.${name}`,
      path: output.path,
      labels: {},
    });
    written[name] = { rowCount };
    output.setProperties({ rowCount });
  }
  return written;
}

/** Which columns the query made of those that no feature may be made of, where there are any. */
async function madeOfForbidden(
  { engine, params, context }: Work,
  plain: string,
): Promise<Pick<IngestionReport, 'forbidden'>> {
  const { forbidden, query } = params;
  if (forbidden === undefined) return {};
  const { madeOf } = await import('./made-of.ts');
  const { fields } = await engine.describe(`SELECT * FROM ${parquetSource(plain)}`);
  const result = fields.map(({ name }) => name);
  const { columns, untold } = await madeOf(engine, {
    query: await textOf(query, params, context),
    given: forbidden,
    result,
  });
  return { forbidden: { columns: [...columns], untold } };
}

/** What the query took away of the groups of columns, where that is asked for. */
async function inspected(
  { engine, params, context }: Work,
  plain: string,
): Promise<Pick<IngestionReport, 'inspected'>> {
  const { inspect, query } = params;
  if (inspect === undefined) return {};
  const text = await textOf(query, params, context);
  const sources = Object.keys(params.sources).filter((name) => mentions(text, name));
  const { inspectSources } = await import('./inspect-sources.ts');
  const given = { engine, sources, dataset: parquetSource(plain), signal: context.signal };
  return { inspected: await inspectSources(inspect, given) };
}

async function describeDataset(
  { engine, context }: Work,
  path: string,
  counted: Pick<IngestionReport, 'rowCount' | 'unlabelledRows' | 'sources' | 'datasets'>,
): Promise<IngestionReport> {
  const source = parquetSource(path);
  const { fields } = await engine.describe(`SELECT * FROM ${source}`);
  const { digest } = await rowDigest(engine, source, {
    columns: fields,
    signal: context.signal,
  });
  return { ...counted, columns: fields.map(({ name, type }) => ({ name, type })), rowDigest: digest };
}
