/**
 * Rows divided into partitions: what checks are made from, and held to one after another. Partitions stand in the order in which they came:
 * of times and numbers by value, of texts as they first appear in the table. They are copied into a table of the engine, because they are
 * read several times.
 */
import { newId } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type Field, type QueryEngine, type QueryOptions, quoteIdentifier, quoteLiteral } from '../../tables/index.ts';
import { placeCount, placeSql } from '../key-place.ts';

/** Below so many partitions nothing can be said of how they differ. */
export const fewestPartitions = 12;
const mostPartitions = 2_000;
const usualPartitions = 50;
const fewestRows = 20;
/** A partition with fewer rows, as a share of the usual number, tells of nothing but that. */
const smallShare = 0.25;

/** The stretches of time by which a column of times can be divided. */
export const timeUnits = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const;

/** One of these stretches. */
export type TimeUnit = (typeof timeUnits)[number];

/** What puts rows into one partition: the file that they come from, the value of a column, their place in the table, or the hash of a key. */
export type PartitionRule =
  /** The source has the columns `__file`, a name, and `__file_at`, its place among the files. */
  | { readonly by: 'file' }
  /** Without a unit a column of timestamps is divided by day, and any other by its values. */
  | { readonly by: 'column'; readonly column: string; readonly unit: TimeUnit | null }
  /** Stretches of equal length; without a count as many as the rows suffice for, at most fifty. */
  | { readonly by: 'order'; readonly count: number | null }
  /** Without a key that of all columns. */
  | { readonly by: 'hash'; readonly count: number | null; readonly key: readonly string[] };

/** One of the partitions. */
export interface Partition {
  readonly name: string;
  readonly rowCount: number;
}

/** Rows in a table of the engine, whose column `__partition` says which of the partitions they are in, from 0. */
export interface PartitionedRows {
  readonly table: string;
  /** The columns that are looked at: all whose names do not begin with `__`. */
  readonly fields: readonly Field[];
  readonly partitions: readonly Partition[];
  /** Rows that have no value of the column that divides them, and are in none. */
  readonly leftOutCount: number;
  /** Partitions with fewer than a quarter of the usual rows, by name: they are left out too. */
  readonly small: readonly string[];
  /** As it is told: `day(date)`. */
  readonly rule: string;
}

/**
 * Divides a source, a table or a query in parentheses. Whoever asks drops the table.
 * @throws PlatformError PARTITIONS_UNFIT where there are fewer than twelve, more than two thousand, or fewer than twenty rows in one of them on average;
 *   CONFIG_BAD_VALUE where the rule names a column that is not there, or is no column of times
 */
export async function partitionRows(
  engine: QueryEngine,
  source: string,
  { rule, ...options }: QueryOptions & { readonly rule: PartitionRule },
): Promise<PartitionedRows> {
  const described = await engine.describe(`SELECT * FROM ${source}`);
  const fields = described.fields.filter(({ name }) => !name.startsWith('__'));
  if (fields.length === 0)
    throw new PlatformError('PARTITIONS_UNFIT', {
      message: 'expected a column that can be looked at, found none whose name does not begin with __',
    });
  const [counted] = await engine.rows(`SELECT count(*) AS n FROM ${source}`, options);
  const rowCount = Number(counted!['n']);
  const divided = dividedBy(rule, fields, rowCount);
  const [raw, places, numbered, table] = [newId('rows'), newId('places'), newId('numbered'), newId('partitions')];
  const names = fields.map(({ name }) => quoteIdentifier(name)).join(', ');
  try {
    await engine.execute(
      `CREATE TEMP TABLE ${raw} AS SELECT *, ${divided.name} AS __name, ${divided.order} AS __order FROM (SELECT ${[names, ...(divided.beside ?? [])].join(', ')}, row_number() OVER () - 1 AS __at FROM ${source});
       CREATE TEMP TABLE ${places} AS SELECT *, CASE WHEN n >= ${smallShare} * median(n) OVER () THEN 0 ELSE 1 END AS small FROM (SELECT __name, count(*) AS n, min(__order) AS first FROM ${raw} WHERE __name IS NOT NULL GROUP BY __name);
       CREATE TEMP TABLE ${numbered} AS SELECT __name, n, row_number() OVER (ORDER BY first, __name) - 1 AS __partition FROM ${places} WHERE small = 0`,
      options,
    );
    const found = await engine.rows(
      `SELECT __name AS name, n FROM ${numbered} ORDER BY __partition LIMIT ${mostPartitions + 1}`,
      options,
    );
    const partitions = found.map(({ name, n }) => ({ name: String(name), rowCount: Number(n) }));
    requireFit(partitions, divided.told);
    await engine.execute(
      `CREATE TEMP TABLE ${table} AS SELECT ${names}, __partition FROM ${raw} JOIN ${numbered} USING (__name)`,
      options,
    );
    const [within] = await engine.rows(`SELECT sum(n) AS n FROM ${places}`, options);
    const small = await engine.rows(
      `SELECT __name AS name FROM ${places} WHERE small = 1 ORDER BY first, __name`,
      options,
    );
    return {
      ...{ table, fields, partitions, rule: divided.told },
      leftOutCount: rowCount - Number(within!['n']),
      small: small.map(({ name }) => String(name)),
    };
  } finally {
    await engine.execute(
      `DROP TABLE IF EXISTS ${raw}; DROP TABLE IF EXISTS ${places}; DROP TABLE IF EXISTS ${numbered}`,
    );
  }
}

/** SQL for the name of a row's partition and for what puts partitions in order, and how it is told. */
interface Divided {
  readonly name: string;
  readonly order: string;
  readonly told: string;
  /** Columns of the source that are not looked at, and that this is of. */
  readonly beside?: readonly string[];
}

function dividedBy(rule: PartitionRule, fields: readonly Field[], rowCount: number): Divided {
  if (rule.by === 'column') return byColumn(rule, fields);
  if (rule.by === 'file') return { name: '__file', order: '__file_at', told: 'file', beside: ['__file', '__file_at'] };
  const count = rule.count ?? Math.max(fewestPartitions, Math.min(usualPartitions, Math.floor(rowCount / 50)));
  if (rule.by === 'order') {
    const place = `CAST(floor(__at * ${count} / ${Math.max(1, rowCount)}) AS BIGINT)`;
    return { name: `printf('rows %d', ${place} + 1)`, order: '__at', told: `order(${count})` };
  }
  const key = (rule.key.length > 0 ? rule.key : fields.map(({ name }) => name)).map((name) => {
    requireField(fields, name);
    return `coalesce(CAST(${quoteIdentifier(name)} AS VARCHAR), '')`;
  });
  const place = placeSql(`concat_ws(chr(31), ${key.join(', ')})`, '');
  const part = `CAST(floor(${place} / ${placeCount / count}) AS BIGINT)`;
  return { name: `CAST(${part} AS VARCHAR)`, order: part, told: `hash(${count})` };
}

const writtenUnits: Readonly<Record<TimeUnit, string>> = {
  hour: "strftime(x, '%Y-%m-%dT%H')",
  day: "strftime(x, '%Y-%m-%d')",
  week: "strftime(date_trunc('week', x), '%Y-%m-%d')",
  month: "strftime(x, '%Y-%m')",
  quarter: "strftime(x, '%Y') || '-Q' || quarter(x)",
  year: "strftime(x, '%Y')",
};

function byColumn({ column, unit }: Extract<PartitionRule, { by: 'column' }>, fields: readonly Field[]): Divided {
  const { type } = requireField(fields, column);
  const x = quoteIdentifier(column);
  const isTime = type === 'timestamp' || type === 'date';
  if (unit !== null && !isTime)
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: `expected ${unit}(…) of a column of dates or timestamps, found ${column}, which is ${type}`,
    });
  if (!isTime)
    return {
      name: `CAST(${x} AS VARCHAR)`,
      order: type === 'int64' || type === 'float64' ? `CAST(${x} AS DOUBLE)` : '__at',
      told: column,
    };
  const stretch = unit ?? 'day';
  const time = `CAST(${x} AS TIMESTAMP)`;
  return {
    name: `CASE WHEN isfinite(${time}) THEN ${writtenUnits[stretch].replaceAll(/\bx\b/g, () => time)} END`,
    order: time,
    told: `${stretch}(${column})`,
  };
}

function requireField(fields: readonly Field[], name: string): Field {
  const field = fields.find((one) => one.name === name);
  if (field !== undefined) return field;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected a column of the table, found ${JSON.stringify(name)}; there are ${fields.map((one) => one.name).join(', ')}`,
  });
}

function requireFit(partitions: readonly Partition[], rule: string): void {
  const { length } = partitions;
  const rows = partitions.reduce((sum, { rowCount }) => sum + rowCount, 0);
  const wrong =
    length < fewestPartitions
      ? `at least ${fewestPartitions} partitions, found ${length}`
      : length > mostPartitions
        ? `at most ${mostPartitions} partitions, found more`
        : rows / length < fewestRows
          ? `at least ${fewestRows} rows in a partition, found ${Math.round(rows / length)}`
          : null;
  if (wrong !== null) throw new PlatformError('PARTITIONS_UNFIT', { message: `expected ${wrong}, by ${rule}` });
}

/** Gives back the room that partitions take. */
export async function dropPartitions(engine: QueryEngine, { table }: PartitionedRows): Promise<void> {
  await engine.execute(`DROP TABLE IF EXISTS ${table}`);
}

/** The source of some of the rows, for whoever looks at one partition. */
export function rowsOfPartition({ table, fields }: PartitionedRows, place: number): string {
  const names = fields.map(({ name }) => quoteIdentifier(name)).join(', ');
  return `(SELECT ${names} FROM ${table} WHERE __partition = ${quoteLiteral(place)})`;
}
