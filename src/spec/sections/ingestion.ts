import { z } from 'zod';
import { sqlFile } from '../sql-file.ts';
import { pythonFunction } from './implementation.ts';
import { dataPath, duration, identifier, projectPath, share } from './quantities.ts';

const sourceOptions = {
  allow_deprecated: z.boolean().default(false).describe('Train on it although it is deprecated (mlspec data state).'),
  sample: share.optional().describe('A repeatable share of the rows.'),
  on_error: z.enum(['fail', 'quarantine']).default('fail').describe('What a row that cannot be read does.'),
  quarantine_limit: z
    .number()
    .int()
    .min(0)
    .default(1000)
    .describe('With quarantine: more bad rows than this fail the step.'),
  options: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))
    .default({})
    .describe('Options of the format, for example delim or header of CSV.'),
};

const source = z
  .union([
    z.strictObject({ parquet: dataPath, ...sourceOptions }),
    z.strictObject({ csv: dataPath, ...sourceOptions }),
    z.strictObject({ json: dataPath, ...sourceOptions }),
    z.strictObject({
      postgres: z.string().describe('The secret that holds the address.'),
      table: z.string().describe('The table, with its schema where that is not the usual one.'),
      version: z
        .string()
        .optional()
        .describe('What names the state of the table; without it the step is never reused.'),
      ...sourceOptions,
    }),
    z.strictObject({ sqlite: dataPath, table: z.string().describe('The table.'), ...sourceOptions }),
    z.strictObject({
      python: pythonFunction.describe('module:function that returns a table or writes one.'),
      version: z
        .string()
        .optional()
        .describe('What names the state of what it returns; without it the step is never reused.'),
      environment: projectPath.optional().describe('requirements.txt, pyproject.toml or a lock file.'),
      ...sourceOptions,
    }),
    dataPath.transform((path) => ({
      [formatOf(path)]: path,
      allow_deprecated: false,
      on_error: 'fail' as const,
      quarantine_limit: 1000,
      options: {},
    })),
  ])
  .transform((written) => {
    const { allow_deprecated, sample, on_error, quarantine_limit, options, ...rest } = written as Record<
      string,
      unknown
    > & {
      allow_deprecated: boolean;
      sample?: number;
      on_error: 'fail' | 'quarantine';
      quarantine_limit: number;
      options: Record<string, string | number | boolean | string[]>;
    };
    const format = formats.find((name) => name in rest)!;
    return {
      format,
      path:
        format === 'csv' || format === 'json' || format === 'parquet' || format === 'sqlite'
          ? (rest[format] as string)
          : null,
      secret: format === 'postgres' ? (rest['postgres'] as string) : null,
      python: format === 'python' ? (rest['python'] as string) : null,
      environment: (rest['environment'] as string | undefined) ?? null,
      table: (rest['table'] as string | undefined) ?? null,
      version: (rest['version'] as string | undefined) ?? null,
      sample: sample ?? null,
      on_error,
      quarantine_limit,
      options,
      allow_deprecated,
    };
  })
  .describe(
    'Where rows come from: a file or glob (parquet, csv, json), a table (postgres, sqlite), or a Python function.',
  );

const formats = ['parquet', 'csv', 'json', 'postgres', 'sqlite', 'python'] as const;

function formatOf(path: string): 'parquet' | 'csv' | 'json' {
  if (/\.parquet$/i.test(path)) return 'parquet';
  return /\.(json|ndjson|jsonl)(\.gz)?$/i.test(path) ? 'json' : 'csv';
}

/** A query: a file of the project that ends in .sql, or the text itself. */
const query = z
  .string()
  .min(1)
  .transform((text) => {
    const file = sqlFile(text);
    return { file, sql: file === null ? text : null };
  })
  .describe('SQL over the sources by name, or a .sql file.');

const label = z.strictObject({
  from: z.string().describe('column: the label is in the data; else the source that brings it.'),
  join: z.string().optional().describe('The column that both have.'),
  available_after: duration.optional().describe('How long after a row its label is known.'),
});

/** Where the data come from. */
export const ingestionSection = z
  .strictObject({
    sources: z.record(identifier, source).describe('Tables, by the name that the query uses.'),
    query: query.optional().describe('SQL that makes the dataset; default: all rows of the only source.'),
    datasets: z.record(identifier, z.strictObject({ query })).default({}).describe('Further named datasets.'),
    labels: z.record(z.string(), label).default({}).describe('Where labels come from, if not from a column.'),
    shards: z.number().int().min(1).max(10_000).nullish().describe('Into how many files the dataset is written.'),
  })
  .transform((written) => ({
    sources: Object.fromEntries(
      Object.entries(written.sources).map(([name, { allow_deprecated: _allowed, ...source }]) => [name, source]),
    ),
    // What may be trained on decides no result, so it is no part of a source.
    allow_deprecated: Object.entries(written.sources).flatMap(([name, source]) =>
      source.allow_deprecated ? [name] : [],
    ),
    query: written.query ?? null,
    datasets: written.datasets,
    labels: Object.fromEntries(
      Object.entries(written.labels).map(([name, value]) => [
        name,
        { from: value.from, join: value.join ?? null, available_after_ms: value.available_after ?? null },
      ]),
    ),
    shards: written.shards ?? null,
  }))
  .describe('Where the data come from.');
