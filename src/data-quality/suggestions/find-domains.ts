import { type Cell, type Field, type QueryEngine, type QueryOptions, quoteIdentifier } from '../../tables/index.ts';
import { countedSql } from '../value-table.ts';
import type { Series } from './back-test.ts';
import type { PartitionValue } from './measure-partitions.ts';
import type { PartitionedRows } from './partition-rows.ts';

const mostTexts = 300;
const mostCodes = 20;
const longestList = 8_000;
const rowsForValue = 5;

/** The values of a column that has few, and when each was first seen. */
export interface Domain {
  /** The most frequent first. */
  readonly values: readonly { readonly value: string | number; readonly rowCount: number }[];
  /** Rows with a value. */
  readonly present: number;
  /** The shares of the values of each partition that nobody had seen who knew those before `end` alone. */
  readonly series: (end: number) => Series;
}

/** How many different values columns of whole numbers and texts have, and how many rows have one. */
export async function countDistinct(
  engine: QueryEngine,
  { table, fields }: PartitionedRows,
  options: QueryOptions,
): Promise<Map<string, { values: number; present: number }>> {
  const counted = fields.filter(({ type }) => type === 'string' || type === 'int64');
  if (counted.length === 0) return new Map();
  const list = counted.map(
    (field, at) => `count(DISTINCT ${countedSql(field)}) AS d${at}, count(${quoteIdentifier(field.name)}) AS n${at}`,
  );
  const [row] = await engine.rows(`SELECT ${list.join(', ')} FROM ${table}`, options);
  return new Map(
    counted.map(({ name }, at) => [name, { values: Number(row![`d${at}`]), present: Number(row![`n${at}`]) }]),
  );
}

/** The domains of those columns that have few values, each in several rows: texts of up to 300, whole numbers of up to 20. */
export async function findDomains(
  engine: QueryEngine,
  rows: PartitionedRows,
  { distinct, ...options }: QueryOptions & { readonly distinct: Awaited<ReturnType<typeof countDistinct>> },
): Promise<Map<string, Domain>> {
  const domains = new Map<string, Domain>();
  for (const field of rows.fields) {
    const { values = 0, present = 0 } = distinct.get(field.name) ?? {};
    const most = field.type === 'string' ? mostTexts : mostCodes;
    if (values === 0 || values > most || present < rowsForValue * values) continue;
    const domain = await findDomain(engine, rows, { field, ...options });
    const length = domain.values.reduce((sum, { value }) => sum + String(value).length + 4, 0);
    // Larger whole numbers are none that a check could name.
    const isTold = domain.values.every(({ value }) => typeof value === 'string' || Number.isSafeInteger(value));
    if (length <= longestList && isTold) domains.set(field.name, domain);
  }
  return domains;
}

async function findDomain(
  engine: QueryEngine,
  { table, partitions }: PartitionedRows,
  { field, ...options }: QueryOptions & { readonly field: Field },
): Promise<Domain> {
  const answers = await engine.rows(
    `SELECT x, __partition AS p, count(*) AS n FROM (SELECT ${countedSql(field)} AS x, __partition FROM ${table}) WHERE x IS NOT NULL GROUP BY ALL ORDER BY p, x`,
    options,
  );
  const first = new Map<Cell, number>();
  const counts = new Map<Cell, number>();
  const present = partitions.map(() => 0);
  for (const row of answers) {
    const [value, at, n] = [row['x']!, Number(row['p']), Number(row['n'])];
    if (!first.has(value)) first.set(value, at);
    counts.set(value, (counts.get(value) ?? 0) + n);
    present[at]! += n;
  }
  const byPartition = Map.groupBy(answers, (row) => Number(row['p']));
  const newShare = (at: number, end: number): PartitionValue => {
    if (present[at] === 0) return null;
    const unseen = (byPartition.get(at) ?? []).filter((row) => first.get(row['x']!)! >= end);
    return unseen.reduce((sum, row) => sum + Number(row['n']), 0) / present[at]!;
  };
  return {
    values: [...counts]
      .map(([value, rowCount]) => ({ value: typeof value === 'string' ? value : Number(value), rowCount }))
      .sort((a, b) => b.rowCount - a.rowCount),
    present: present.reduce((sum, n) => sum + n, 0),
    // Of partitions of the past it counts what was new in them when they came; the very first know too little.
    series: (end) => ({
      values: partitions.map((_, at) => newShare(at, Math.min(at, end))),
      from: Math.ceil(end / 4),
    }),
  };
}
