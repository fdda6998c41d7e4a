/**
 * The columns of a table side by side, each value as up to three whole numbers: its cell, its place on the axis, and twice its rank.
 *
 * Cells: each value its own where there are at most twenty; else, of values with an order, twenty intervals with about equally many
 * finite values, NaN and each infinity apart; of others the nineteen most frequent, and one for all else. Missing is a cell.
 * Places: whole numbers within 2^31 as they are; other values in steps of a power of two, as fine as sums of squares in 126 bits allow.
 */
import { newId } from '../../encoding/index.ts';
import { type Field, type QueryEngine, type QueryOptions, quoteIdentifier } from '../../tables/index.ts';
import { doubleLiteral, finiteSql, isOrdered } from '../column-sql.ts';
import { countedSql, countValues, dropValues, type ValueTable } from '../value-table.ts';

const ownCells = 20;
const exactWidth = 2 ** 31;
const sumBits = 126;
const mostBits = 52;
const mostExponent = 1000;

/** The cell of missing values. */
export const missingCell = 255;

/** A column that was encoded, with the names of its numbers in the table. */
export interface EncodedColumn {
  readonly field: Field;
  /** In every row. */
  readonly cell: string;
  /** Where the value is finite; null of columns without an order. */
  readonly place: string | null;
  readonly rank: string | null;
  readonly isComplete: boolean;
  readonly distinctCount: number;
}

/** A table of encoded columns. Whoever asks for it drops it. */
export interface EncodedTable {
  readonly name: string;
  readonly rowCount: number;
  readonly columns: readonly EncodedColumn[];
}

/** Encodes columns of a source: a table, or a query in parentheses. */
export async function encodeColumns(
  engine: QueryEngine,
  source: string,
  { fields, ...options }: QueryOptions & { readonly fields: readonly Field[] },
): Promise<EncodedTable> {
  const name = newId('encoded');
  const maps: { readonly map: string; readonly column: EncodedColumn }[] = [];
  try {
    for (const [at, field] of fields.entries()) {
      const values = await countValues(engine, { source, field }, options);
      try {
        maps.push(await mapOf(engine, { values, at }, options));
      } finally {
        await dropValues(engine, values);
      }
    }
    const parts = maps.flatMap(({ column: { cell, place, rank } }, at) => [
      `coalesce(m${at}.cell, ${missingCell}) AS ${cell}`,
      ...(place === null ? [] : [`m${at}.place AS ${place}`, `m${at}.rank AS ${rank}`]),
    ]);
    const joins = maps.map(({ map, column: { field } }, at) => {
      const value = countedSql(field).replaceAll(quoteIdentifier(field.name), `s.${quoteIdentifier(field.name)}`);
      return `LEFT JOIN ${map} AS m${at} ON ${value} = m${at}.x`;
    });
    await engine.execute(
      `CREATE TABLE ${name} AS SELECT ${[...parts, '0 AS one'].join(', ')} FROM ${source} AS s ${joins.join(' ')}`,
      options,
    );
    const [row] = await engine.rows(`SELECT count(*) AS n FROM ${name}`, options);
    return { name, rowCount: Number(row!['n']), columns: maps.map(({ column }) => column) };
  } finally {
    for (const { map } of maps) await engine.execute(`DROP TABLE IF EXISTS ${map}`);
  }
}

async function mapOf(
  engine: QueryEngine,
  { values, at }: { readonly values: ValueTable; readonly at: number },
  options: QueryOptions,
): Promise<{ readonly map: string; readonly column: EncodedColumn }> {
  const { field } = values;
  const ordered = isOrdered(field);
  const finite = ordered ? finiteSql(field, 'x') : 'NULL::DOUBLE';
  const [facts] = await engine.rows(
    `SELECT count(x) AS different, count(v) AS finite, coalesce(sum(CASE WHEN v IS NULL THEN n ELSE 0 END), 0) AS other, coalesce(sum(n), 0) AS rows, min(v) AS low, max(v) AS high FROM (SELECT x, n, ${finite} AS v FROM ${values.name})`,
    options,
  );
  const distinctCount = Number(facts!['different']);
  const map = newId('cells');
  const extent = { low: Number(facts!['low']), high: Number(facts!['high']), rows: Number(facts!['rows']) };
  const numbers = ordered
    ? `${placeSql(field, 'v', extent)} AS place, CASE WHEN v IS NOT NULL THEN CAST(2 * (upto - peers) + peers + 1 AS BIGINT) END AS rank`
    : 'NULL AS place, NULL AS rank';
  // Values that are one double are peers.
  await engine.execute(
    `CREATE TABLE ${map} AS SELECT x, CAST(${cellSql(field, distinctCount)} AS UTINYINT) AS cell, ${numbers} FROM (
      SELECT *, row_number() OVER (ORDER BY x) AS nth, row_number() OVER (ORDER BY n DESC, x) AS often,
        sum(CASE WHEN v IS NOT NULL THEN n ELSE 0 END) OVER (ORDER BY v RANGE UNBOUNDED PRECEDING) AS upto,
        sum(n) OVER (PARTITION BY v) AS peers, sum(CASE WHEN v IS NOT NULL THEN n ELSE 0 END) OVER () AS total
      FROM (SELECT x, n, ${finite} AS v FROM ${values.name} WHERE x IS NOT NULL))`,
    options,
  );
  return {
    map,
    column: {
      field,
      cell: `c${at}`,
      place: ordered ? `p${at}` : null,
      rank: ordered ? `r${at}` : null,
      isComplete: Number(facts!['other']) === 0,
      distinctCount,
    },
  };
}

function cellSql({ type }: Field, distinctCount: number): string {
  if (distinctCount <= ownCells) return 'nth - 1';
  if (type === 'string') return `least(often, ${ownCells}) - 1`;
  const infinite =
    type === 'date' || type === 'timestamp'
      ? `CASE WHEN x > DATE '1970-01-01' THEN ${ownCells + 1} ELSE ${ownCells + 2} END`
      : `CASE WHEN isnan(CAST(x AS DOUBLE)) THEN ${ownCells} WHEN x > 0 THEN ${ownCells + 1} ELSE ${ownCells + 2} END`;
  return `CASE WHEN v IS NULL THEN ${infinite} ELSE least(${ownCells - 1}, (upto - peers) * ${ownCells} // total) END`;
}

/** The value of a column on its axis as SQL of a row: finite, else NULL. */
export function axisSql(field: Field): string {
  return finiteSql(field, `(${countedSql(field)})`);
}

/** The place of a value `v` on the axis of a column, all of whose finite values lie between two, in so many rows. */
export function placeSql(
  field: Field,
  v: string,
  { low, high, rows }: { readonly low: number; readonly high: number; readonly rows: number },
): string {
  const isWhole = field.type === 'int64' || field.type === 'date';
  if (isWhole && high - low < exactWidth && Math.abs(low) < 2 ** 52)
    return `CAST(${v} - ${doubleLiteral(low)} AS BIGINT)`;
  const middle = low / 2 + high / 2;
  const half = Math.max(high - middle, middle - low);
  const bits = Math.min(mostBits, Math.floor((sumBits - Math.ceil(Math.log2(rows + 1))) / 2));
  const exponent = half > 0 ? Math.ceil(Math.log2(half)) : 0;
  const scale = doubleLiteral(2 ** Math.min(mostExponent, bits - exponent - 1));
  return `CAST(round((${v} - ${doubleLiteral(middle)}) * ${scale}) AS HUGEINT)`;
}
