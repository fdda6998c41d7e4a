import { type CheckEntry, keySql, type SqlCall, type SqlTerm } from './term.ts';

/** A check of rows together, as SQL over `rows`. */
export type RowSet = UniqueRows | OrderedRows;

/** No two rows have the same values. */
export interface UniqueRows {
  readonly kind: 'unique';
  readonly columns: readonly string[];
  /** The values as SQL. */
  readonly keys: readonly string[];
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
  return { kind: 'unique', columns, keys: args.map(keySql), isKey: name === 'primary_key' };
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
export function frequenciesSql(keys: readonly string[], rows: string): string {
  const names = keys.map((_, at) => `k${at}`);
  const selected = keys.map((key, at) => `${key} AS k${at}`).join(', ');
  const missing = names.map((name) => `${name} IS NULL`).join(' OR ');
  return `SELECT missing, n, count(*) AS m FROM (SELECT (${missing}) AS missing, count(*) AS n FROM (SELECT ${selected} FROM ${rows}) GROUP BY ${names.join(', ')}) GROUP BY ALL ORDER BY ALL`;
}

/** Rows that repeat another one, and those without a value where it must have one, in the order of their values. */
export function repeatedRowsSql({ keys, isKey }: UniqueRows, rows: string): string {
  const present = keys.map((key) => `(${key}) IS NOT NULL`).join(' AND ');
  const repeated = `count(*) OVER (PARTITION BY ${keys.join(', ')}) > 1`;
  const order = ` ORDER BY ${keys.join(', ')}`;
  return isKey
    ? `${rows} QUALIFY NOT (${present}) OR ${repeated}${order}`
    : `${rows} WHERE ${present} QUALIFY ${repeated}${order}`;
}

const place = '__check_place';

/**
 * The rows with whether each keeps the order (`__check_kept`: true, false, or NULL where it has no value). A row is held to the last value
 * before it that is there and not NaN. Rows that are equal in `order` follow one another as is best for them.
 */
export function keptOrderSql({ x, mayBeNaN, sign, by }: OrderedRows, rows: string): string {
  const value = mayBeNaN ? `CASE WHEN NOT isnan(${x}) THEN ${x} END` : x;
  const direction = sign.startsWith('>') ? 'ASC' : 'DESC';
  const numbered = `(SELECT *, row_number() OVER () AS ${place} FROM ${rows})`;
  const order = by === null ? place : `${by} NULLS LAST, ${x} ${direction} NULLS LAST, ${place}`;
  const before = `last_value(${value} IGNORE NULLS) OVER (ORDER BY ${order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`;
  const compared = `CASE WHEN ${x} IS NULL THEN NULL${mayBeNaN ? ` WHEN isnan(${x}) THEN false` : ''} ELSE coalesce(${x} ${sign} __check_before, true) END`;
  return `(SELECT * EXCLUDE (__check_before), ${compared} AS __check_kept FROM (SELECT *, ${before} AS __check_before FROM ${numbered}))`;
}
