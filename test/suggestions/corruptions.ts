/**
 * Mistakes that are put into partitions of real data, of six kinds; what they do to a value follows the generators of jenga
 * (schelterlabs/jenga, Apache-2.0): missing values, values swapped between two columns of one type, numbers times ten, a hundred or a thousand, texts
 * in another encoding, typing errors, and -1 for a value.
 */
import { type Field, quoteIdentifier, quoteLiteral } from '../../src/tables/index.ts';

/** What is wrong with a corrupted partition. */
export const corruptionKinds = ['missing', 'swapped', 'scaled', 'encoding', 'typo', 'sentinel'] as const;

/** A mistake: what becomes of columns, as SQL, in a share of the rows. */
export interface Corruption {
  readonly kind: (typeof corruptionKinds)[number];
  /** The columns, and how: `distance * 10`. */
  readonly what: string;
  /** Of all rows of a partition; it is made in rows that it changes. */
  readonly share: number;
  readonly becomes: Readonly<Record<string, string>>;
}

const accents = { a: 'á', A: 'Á', e: 'é', E: 'É', o: 'ớ', O: 'Ớ', u: 'ú', U: 'Ú' };

const replaced = (x: string, signs: Readonly<Record<string, string>>): string =>
  Object.entries(signs).reduce((sql, [from, to]) => `replace(${sql}, ${quoteLiteral(from)}, ${quoteLiteral(to)})`, x);

/** A letter doubled, left out, or exchanged with the next one, somewhere in the text. */
function typo(x: string): string {
  const at = `(CAST(hash(__row, 'place') % greatest(length(${x}) - 1, 1) AS BIGINT) + 1)`;
  const head = `left(${x}, ${at} - 1)`;
  return `CASE CAST(hash(__row, 'typo') % 3 AS INTEGER) WHEN 0 THEN ${head} || ${x}[${at}] || substr(${x}, ${at}) WHEN 1 THEN ${head} || substr(${x}, ${at} + 1) ELSE ${head} || ${x}[${at} + 1] || ${x}[${at}] || substr(${x}, ${at} + 2) END`;
}

/** Every mistake that can be made in columns, in each of these shares of the rows. */
export function corruptionsOf(fields: readonly Field[], shares: readonly number[]): Corruption[] {
  const found: Omit<Corruption, 'share'>[] = [];
  for (const [at, { name, type }] of fields.entries()) {
    const x = quoteIdentifier(name);
    const add = (kind: Corruption['kind'], how: string, sql: string): void => {
      found.push({ kind, what: `${name}${how}`, becomes: { [name]: sql } });
    };
    add('missing', '', 'NULL');
    if (type === 'int64' || type === 'float64') {
      for (const factor of [10, 100, 1000]) add('scaled', ` * ${factor}`, `${x} * ${factor}`);
      add('sentinel', '', '-1');
    }
    if (type === 'string') {
      add('encoding', ' with accents', replaced(x, accents));
      add(
        'encoding',
        ' with replacement characters',
        replaced(x, { a: '\uFFFD', A: '\uFFFD', e: '\uFFFD', E: '\uFFFD' }),
      );
      add('typo', '', typo(x));
    }
    for (const other of fields.slice(at + 1))
      if (other.type === type)
        found.push({
          kind: 'swapped',
          what: `${name}, ${other.name}`,
          becomes: { [name]: quoteIdentifier(other.name), [other.name]: x },
        });
  }
  return found.flatMap((one) => shares.map((share) => ({ ...one, share })));
}

/** SQL for whether a mistake changes a row. */
export function changesSql({ becomes }: Corruption): string {
  const changes = Object.entries(becomes).map(([name, sql]) => `(${sql}) IS DISTINCT FROM ${quoteIdentifier(name)}`);
  return `(${changes.join(' OR ')})`;
}

/**
 * The rows of one partition of `table`, which has a column `__row`, with a mistake in them, as partition `place`; `__changed` says in
 * which. Where it changes too few rows, that are all.
 */
export function corruptedSql(
  corruption: Corruption,
  fields: readonly Field[],
  of: { readonly table: string; readonly partition: number; readonly place: number },
): string {
  const { becomes, share } = corruption;
  const changes = changesSql(corruption);
  const columns = fields.map(({ name }) => {
    const x = quoteIdentifier(name);
    return Object.hasOwn(becomes, name) ? `CASE WHEN __changed THEN ${becomes[name]} ELSE ${x} END AS ${x}` : x;
  });
  const chosen = `row_number() OVER (ORDER BY ${changes} DESC, hash(__row, ${of.place})) <= ceil(${share} * count(*) OVER ())`;
  return `SELECT ${columns.join(', ')}, __changed, ${of.place} AS __partition FROM (SELECT *, ${chosen} AND ${changes} AS __changed FROM ${of.table} WHERE __partition = ${of.partition})`;
}
