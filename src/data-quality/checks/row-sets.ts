import { ofEachRow } from '../column-sql.ts';
import type { Partition } from '../in-partitions.ts';
import { type CheckEntry, keySql, type SqlCall, type SqlTerm } from './term.ts';

/** A check of rows together, as SQL over `rows`. */
export type RowSet = UniqueRows | OrderedRows;

/** No two rows have the same values. */
export interface UniqueRows {
  readonly kind: 'unique';
  readonly columns: readonly string[];
  /** The values as SQL. */
  readonly keys: readonly string[];
  /** The one value, where it is a column of whole numbers. */
  readonly whole: string | null;
  /** Whether a row with a missing one fails. */
  readonly isKey: boolean;
}

/** Values follow one another in an order. */
export interface OrderedRows {
  readonly kind: 'order';
  readonly columns: readonly string[];
  readonly x: string;
  readonly mayBeNaN: boolean;
  /** How a value stands to the one before it. */
  readonly sign: '>=' | '>' | '<=' | '<';
  /** What the rows are put in order by; null: the order in which they stand in the table. */
  readonly by: string | null;
}

const signs = {
  increasing: '>=',
  strictly_increasing: '>',
  decreasing: '<=',
  strictly_decreasing: '<',
} as const satisfies Record<string, OrderedRows['sign']>;

const ordered = (name: keyof typeof signs, says: string): CheckEntry => ({
  name,
  form: `${name}(x, order=t)`,
  says,
  example: `${name}(x)`,
});

/** Checks of rows together. They stand alone. */
export const rowSets: readonly CheckEntry[] = [
  {
    name: 'unique',
    form: 'unique(a, …)',
    says: 'No two rows have the same values. Of rows with a missing one nothing is said.',
    example: 'unique(x, s)',
  },
  {
    name: 'primary_key',
    form: 'primary_key(a, …)',
    says: 'No two rows have the same values, and none is missing.',
    example: 'primary_key(x)',
  },
  ordered('increasing', 'No value is below the one before it: in the order of `order`, else in that of the table.'),
  ordered('strictly_increasing', 'Every value is above the one before it.'),
  ordered('decreasing', 'No value is above the one before it.'),
  ordered('strictly_decreasing', 'Every value is below the one before it.'),
];

/** A call of such a check, or what is wrong with it. `columns` are those that its arguments name. */
export function compileRowSet({ name, args, named }: SqlCall, columns: readonly string[]): RowSet | string {
  if (Object.hasOwn(signs, name)) return compileOrder({ name: name as keyof typeof signs, args, named }, columns);
  if (Object.keys(named).length > 0) return `${name} takes no named arguments`;
  if (args.length === 0 || args.some(({ ofRow }) => ofRow !== true))
    return `${name} takes values of the columns of a row`;
  const [one] = args;
  const whole = args.length === 1 && one!.field?.type === 'int64' ? one!.sql : null;
  return { kind: 'unique', columns, keys: args.map(keySql), whole, isKey: name === 'primary_key' };
}

function compileOrder(
  { name, args, named }: SqlCall & { readonly name: keyof typeof signs },
  columns: readonly string[],
): RowSet | string {
  const { order: by, ...others } = named;
  const [x, ...more] = args;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) return `${name} has no argument ${unknown}; it is written ${name}(x, order=t)`;
  if (x === undefined || more.length > 0) return `it is written ${name}(x, order=t)`;
  const hasOrder = ({ type, ofRow }: SqlTerm): boolean => ofRow === true && type !== 'boolean' && type !== 'null';
  if (!hasOrder(x) || (by !== undefined && !hasOrder(by)))
    return `${name} takes numbers, times or texts of the columns of a row`;
  const rows = { kind: 'order', columns, x: x.sql, mayBeNaN: x.mayBeNaN === true, sign: signs[name] } as const;
  return { ...rows, by: by?.sql ?? null };
}

/** Rows with the same values: the query that counts how many values there are that so many rows have. */
export function frequenciesSql(keys: readonly string[], rows: string, partition: Partition = () => ''): string {
  const names = keys.map((_, at) => `k${at}`);
  const selected = keys.map((key, at) => `${key} AS k${at}`).join(', ');
  const missing = names.map((name) => `${name} IS NULL`).join(' OR ');
  return `SELECT missing, n, count(*) AS m FROM (SELECT (${missing}) AS missing, count(*) AS n FROM (SELECT ${selected} FROM ${rows})${partition(...names)} GROUP BY ${names.join(', ')}) GROUP BY ALL ORDER BY ALL`;
}

/** Rows that repeat another one, and those without a value where it must have one, in the order of their values. */
export function repeatedRowsSql({ keys, isKey }: UniqueRows, rows: string): string {
  const present = keys.map((key) => `(${key}) IS NOT NULL`).join(' AND ');
  const repeated = `count(*) OVER (PARTITION BY ${keys.join(', ')}) > 1`;
  const order = ` ORDER BY ${keys.join(', ')}`;
  return isKey
    ? `${rows} QUALIFY NOT (${present}) OR ${repeated}${order}`
    : `${rows} WHERE ${ofEachRow(present)} QUALIFY ${repeated}${order}`;
}

/** How rows that keep an order, or break it, are counted: rows with a value, and those of them that keep the order. */
export function orderCountsSql(order: OrderedRows, rows: string): string {
  return `SELECT (SELECT count(x) FROM (SELECT ${order.x} AS x FROM ${rows})) AS said, count_if(kept) AS kept FROM ${followingSql(order, rows)}`;
}

/**
 * The values that are there and not NaN (`x`), in their order, with the place of their row in the table and whether each keeps the order
 * (`kept`). Each is held to the one before it. Rows that are equal in `order` follow one another as is best for them. What is kept in memory
 * does not grow with the rows: a window without an order of its own takes them as they come, and they are sorted on the disk.
 */
function followingSql({ x, mayBeNaN, sign, by }: OrderedRows, rows: string): string {
  const taken = `SELECT ${x} AS x, ${by ?? 'NULL'} AS y, row_number() OVER () AS place FROM ${rows}`;
  const present = ofEachRow(mayBeNaN ? 'x IS NOT NULL AND NOT isnan(x)' : 'x IS NOT NULL');
  const direction = sign.startsWith('>') ? 'ASC' : 'DESC';
  const order = by === null ? '' : ` ORDER BY y NULLS LAST, x ${direction}, place`;
  return `(SELECT x, place, coalesce(x ${sign} lag(x) OVER (), true) AS kept FROM (SELECT * FROM (${taken}) WHERE ${present}${order}))`;
}

/** The first rows that break an order, as what follows FROM; with `missingFails` those without a value among them. */
export function brokenOrderSql(
  order: OrderedRows,
  rows: string,
  { most, missingFails }: { readonly most: number; readonly missingFails: boolean },
): string {
  const values = `(SELECT ${order.x} AS x, row_number() OVER () AS place FROM ${rows})`;
  const places = [
    `SELECT place FROM ${followingSql(order, rows)} WHERE NOT kept`,
    ...(order.mayBeNaN ? [`SELECT place FROM ${values} WHERE ${ofEachRow('isnan(x)')}`] : []),
    ...(missingFails ? [`SELECT place FROM ${values} WHERE ${ofEachRow('x IS NULL')}`] : []),
  ];
  const first = `SELECT place FROM (${places.join(' UNION ALL ')}) ORDER BY place LIMIT ${most}`;
  return `(SELECT *, row_number() OVER () AS __check_place FROM ${rows}) WHERE __check_place IN (${first}) ORDER BY __check_place`;
}
