/**
 * Every program that can be installed was asked about generated tables (test/golden/check-importers): what is taken over without a difference
 * gives the same answer here, and as many failing rows. The table in docs/reference/check-importers.md counts these answers.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  comparedStatements,
  coverageOf,
  type GoldenAnswers,
  type GoldenDocument,
  goldenAnswers,
  importGolden,
} from '../../tools/check-importers-coverage.ts';
import {
  type Anomaly,
  type CheckResult,
  findAnomalies,
  profileTable,
  runChecks,
  type TableStatistics,
} from '../data-quality/index.ts';
import { createDuckDb, type QueryEngine, quoteIdentifier, quoteLiteral } from '../tables/index.ts';
import { checkImporters, type ImportedChecks, type ImportedStatement } from './index.ts';

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb({ threads: 2 });
});
afterAll(() => engine.close());

function sourceOf(columns: GoldenAnswers['tables'][string]): string {
  const lists = Object.entries(columns).map(([name, { type, values }]) => {
    const list = values.map((value) => quoteLiteral(value === null ? null : String(value)));
    return `unnest([${list.join(', ')}]::VARCHAR[])::${type} AS ${quoteIdentifier(name)}`;
  });
  return `(SELECT ${lists.join(', ')})`;
}

/** Which anomalies say that what a statement set in the schema is not so. */
const reasons: Readonly<Record<string, RegExp>> = {
  type: /^UNEXPECTED_DATA_TYPE$|_NOT_INT_STRING$|_STRING_NOT_FLOAT$|^BOOL_TYPE_/,
  required: /^SCHEMA_MISSING_COLUMN$/,
  nullable: /^FEATURE_TYPE_NOT_PRESENT$/,
  unique: /^FEATURE_TYPE_LOW_UNIQUE$/,
  additional: /^SCHEMA_NEW_COLUMN$/,
  presence: /^FEATURE_TYPE_LOW_FRACTION_PRESENT$/,
  min_present: /^FEATURE_TYPE_LOW_NUMBER_PRESENT$/,
  min: /^INT_TYPE_SMALL_INT$|^FLOAT_TYPE_SMALL_FLOAT$/,
  max: /^INT_TYPE_BIG_INT$|^FLOAT_TYPE_BIG_FLOAT$/,
  nan: /^FLOAT_TYPE_HAS_(?:NAN|INF)$/,
  domain: /^ENUM_TYPE_UNEXPECTED_STRING_VALUES$/,
  domain_share: /^ENUM_TYPE_UNEXPECTED_STRING_VALUES$/,
  distinct: /^FEATURE_TYPE_(?:LOW|HIGH|NO)_UNIQUE$/,
  rows: /^DATASET_(?:LOW|HIGH)_NUM_EXAMPLES$/,
  stage: /^/,
};

function anomaliesOf({ schema }: ImportedStatement, anomalies: readonly Anomaly[]): Anomaly[] {
  return schema.flatMap((path) => {
    const parts = path.split('.');
    const column = parts.length === 1 ? null : parts.slice(1, -1).join('.');
    const reason = reasons[parts.at(-1)!];
    if (reason === undefined) throw new Error(`no anomaly is known to be about ${path}`);
    return anomalies.filter((one) => (column === null || one.column === column) && reason.test(one.reason));
  });
}

interface Found {
  readonly results: readonly CheckResult[];
  readonly anomalies: readonly Anomaly[];
}

/** What a table is, which many documents are about. */
const profiles = new Map<string, Promise<TableStatistics>>();

async function findAll(source: string, { checks, schema }: ImportedChecks, environment: string | null): Promise<Found> {
  const results = await runChecks(engine, source, { checks });
  if (schema === null) return { results, anomalies: [] };
  const statistics = profiles.get(source) ?? profileTable(engine, source);
  profiles.set(source, statistics);
  const comparison = { source, statistics: await statistics, schema, environment };
  return { results, anomalies: await findAnomalies(engine, comparison) };
}

/** What ours says of a statement, in the words of the other program. A check over the whole table counts no rows. */
function answerOf(statement: ImportedStatement, { results, anomalies }: Found) {
  const its = statement.checks.map((at) => results[at]!);
  const wrong = anomaliesOf(statement, anomalies);
  const broken = its.filter(({ outcome }) => outcome === 'broken').map(({ message }) => message);
  const ofRows = its.filter(({ kind }) => kind !== 'table').map(({ failingCount }) => failingCount);
  const count = [...ofRows, ...wrong.map(({ rowCount }) => rowCount ?? 1)];
  return {
    success: wrong.length === 0 && its.every(({ outcome }) => outcome === 'passed'),
    count: count.reduce((sum, one) => sum + one, 0),
    ...(broken.length === 0 ? {} : { broken }),
  };
}

const asked = checkImporters.filter((importer) => goldenAnswers(importer) !== null);

test.each(asked.map((importer) => [importer.origin, importer] as const))(
  '%s gave the same answers on generated tables',
  async (origin, importer) => {
    const { documents, tables } = goldenAnswers(importer)!;
    for (const [name, columns] of Object.entries(tables))
      await engine.execute(
        `CREATE TABLE ${quoteIdentifier(`${origin}_${name}`)} AS SELECT * FROM ${sourceOf(columns)}`,
      );
    const different: unknown[] = [];
    for (const document of documents) different.push(...(await differencesOf(document, origin)));
    expect(different).toEqual([]);
  },
);

async function differencesOf(document: GoldenDocument, origin: 'gx' | string): Promise<unknown[]> {
  const imported = importGolden({ origin: origin as 'gx' }, document);
  expect(imported.from).toBe(origin);
  const found = await findAll(quoteIdentifier(`${origin}_${document.table}`), imported, document.environment ?? null);
  return comparedStatements(imported, document).flatMap(({ statement, answer }) => {
    const ours = answerOf(statement, found);
    const isEqual =
      !('broken' in ours) && ours.success === answer.success && (answer.count === null || ours.count === answer.count);
    const checks = statement.checks.map((at) => imported.checks[at]);
    return isEqual ? [] : [{ table: document.table, ...statement, checks, ours, theirs: answer }];
  });
}

/** How many kinds of a program were held against it: what falls out of the answers is to be noticed. */
const supported: Readonly<Record<string, number>> = { gx: 38, pandera: 22, dbt: 3, tfdv: 8, soda: 7 };

test.each(asked.map((importer) => [importer.origin, importer] as const))(
  '%s: every kind that answers were made for is supported, and no other',
  (origin, importer) => {
    const kinds = coverageOf(importer);
    expect(kinds.filter(({ state }) => state === 'supported')).toHaveLength(supported[origin]!);
    for (const { state, becomes, compared, failing } of kinds) {
      expect(state === 'not imported').toBe(becomes === null);
      if (state === 'supported') expect([failing > 0, failing < compared]).toEqual([true, true]);
      if (becomes === null) expect(compared).toBe(0);
    }
  },
);
