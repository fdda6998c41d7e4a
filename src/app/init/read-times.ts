/**
 * Times that a file keeps as texts (`31.12.2024`, `Dec 31, 2024 11:59 PM`) or as numbers (`20241231`). A form is taken only
 * where every value of the column is a time in it; one value that is none, and the column stays what it is.
 */
import { type Field, type QueryEngine, quoteIdentifier, quoteLiteral } from '../../tables/index.ts';

/** How a column becomes times. */
export interface TimeReading {
  readonly type: 'date' | 'timestamp';
  /** An SQL expression over the column. */
  readonly sql: string;
  readonly note: string | null;
}

/** Where several fit, the first one is taken. */
const dateForms = [
  '%Y/%m/%d',
  '%Y.%m.%d',
  '%d.%m.%Y',
  '%m/%d/%Y',
  '%d/%m/%Y',
  '%m-%d-%Y',
  '%d-%m-%Y',
  '%d %b %Y',
  '%d %B %Y',
  '%b %d, %Y',
  '%B %d, %Y',
  '%d-%b-%Y',
  '%d.%m.%y',
  '%m/%d/%y',
  '%d/%m/%y',
];
const clockForms = ['%H:%M', '%H:%M:%S', '%I:%M %p', '%I:%M:%S %p'];
const namedLikeDate = /(^|[^a-z])(date|day|dt)([^a-z]|$)|Date$|Day$/i;

/** How all values of a column are read as times; null where some value is none, or the column has no values. */
export async function readTimes(engine: QueryEngine, table: string, field: Field): Promise<TimeReading | null> {
  if (field.type === 'int64') return namedLikeDate.test(field.name) ? await readNumbers(engine, table, field) : null;
  if (field.type !== 'string') return null;
  return (await readIso(engine, table, field)) ?? (await readForms(engine, table, field));
}

async function readIso(engine: QueryEngine, table: string, field: Field): Promise<TimeReading | null> {
  const column = quoteIdentifier(field.name);
  const isDate = `bool_and(regexp_full_match(${column}, '\\d{4}-\\d{1,2}-\\d{1,2}'))`;
  const hasOffset = `bool_or(regexp_matches(${column}, '\\d([Zz]|[+-]\\d{2}(:?\\d{2})?)$'))`;
  const [found] = await engine.rows(
    `SELECT count(${column}) AS n, count(TRY_CAST(${column} AS TIMESTAMPTZ)) AS fitting, ${isDate} AS is_date, ${hasOffset} AS has_offset FROM ${table}`,
  );
  if (Number(found!['n']) === 0 || found!['fitting'] !== found!['n']) return null;
  if (found!['is_date'] === true) return { type: 'date', sql: `cast(${column} as date)`, note: null };
  const type = found!['has_offset'] === true ? 'timestamptz' : 'timestamp';
  return { type: 'timestamp', sql: `cast(${column} as ${type})`, note: null };
}

async function readForms(engine: QueryEngine, table: string, field: Field): Promise<TimeReading | null> {
  const column = quoteIdentifier(field.name);
  // Forms that do not fit one value need not be tried on all of them.
  const [one] = await engine.rows(`SELECT any_value(${column}) AS value FROM ${table}`);
  if (typeof one?.['value'] !== 'string' || !/\d/.test(one['value'])) return null;
  const all = dateForms.flatMap((form) => [form, ...clockForms.map((clock) => `${form} ${clock}`)]);
  const tried = all.map((form) => `TRY_STRPTIME(${quoteLiteral(one['value'] as string)}, '${form}') IS NOT NULL`);
  const [first] = await engine.rows(`SELECT ${tried.map((sql, index) => `${sql} AS f${index}`).join(', ')}`);
  const possible = all.filter((_, index) => first![`f${index}`] === true);
  if (possible.length === 0) return null;
  const counted = possible.map((form, index) => `count(TRY_STRPTIME(${column}, '${form}')) AS f${index}`);
  const [counts] = await engine.rows(`SELECT count(${column}) AS n, ${counted.join(', ')} FROM ${table}`);
  const [form, other] = possible.filter((_, index) => counts![`f${index}`] === counts!['n']);
  if (form === undefined) return null;
  const parsed = `strptime(${column}, '${form}')`;
  const note = other === undefined ? null : `${field.name} is read as ${form}; all its values are ${other} too`;
  return /%[HI]/.test(form)
    ? { type: 'timestamp', sql: parsed, note }
    : { type: 'date', sql: `cast(${parsed} as date)`, note };
}

/** Days written as one number: 20241231. */
async function readNumbers(engine: QueryEngine, table: string, field: Field): Promise<TimeReading | null> {
  const text = `cast(${quoteIdentifier(field.name)} as varchar)`;
  const [found] = await engine.rows(
    `SELECT count(${text}) AS n, count(TRY_STRPTIME(${text}, '%Y%m%d')) AS fitting, min(length(${text})) AS shortest FROM ${table}`,
  );
  if (found!['fitting'] !== found!['n'] || found!['shortest'] === null || Number(found!['shortest']) !== 8) return null;
  return { type: 'date', sql: `cast(strptime(${text}, '%Y%m%d') as date)`, note: null };
}
