import { type Cell, type Field, type QueryEngine, type QueryOptions, quoteIdentifier } from '../../tables/index.ts';
import { ofEachRow, plainSql } from '../column-sql.ts';
import type { CompiledCheck } from './compile-check.ts';
import type { CheckResult, CheckTerms, WrittenCheck } from './declared-check.ts';
import { brokenOrderSql, repeatedRowsSql } from './row-sets.ts';

/** How many failing rows are shown. */
export const maximumExamples = 10;
/** How many of their columns. */
export const maximumExampleColumns = 20;
const maximumTextLength = 200;

/** A check, and the rows that it is about: a table, or a query in parentheses. */
export interface CheckedRows {
  readonly check: WrittenCheck;
  readonly compiled: CompiledCheck;
  readonly rows: string;
  readonly fields: readonly Field[];
}

/** The first ten failing rows: the columns of the check and those to be shown; none of a check over the whole table. */
export async function exampleRows(
  engine: QueryEngine,
  of: CheckedRows,
  { show = [], ...options }: QueryOptions & { readonly show?: readonly string[] },
): Promise<CheckResult['examples']> {
  const failing = failingRows(of);
  if (failing === null) return [];
  const shown = [...new Set([...show, ...of.compiled.columns])].slice(0, maximumExampleColumns);
  const named = shown.flatMap((name) => of.fields.filter((field) => field.name === name));
  const fields = shown.length === 0 ? of.fields : named;
  const columns = fields.slice(0, maximumExampleColumns).map(shownColumn);
  const found = await engine.rows(
    `SELECT ${columns.join(', ')} FROM (SELECT * FROM ${failing} LIMIT ${maximumExamples})`,
    options,
  );
  return found.map(plainRow);
}

/** A column of an example as SQL. */
export function shownColumn(field: Field): string {
  const name = quoteIdentifier(field.name);
  return isTime(field) ? `${plainSql(field, name)} AS ${name}` : name;
}

/** An infinite one is none that a program reads; as a text it is. */
function isTime({ type }: Field): boolean {
  return type === 'date' || type === 'timestamp';
}

/** What follows FROM so that the failing rows come out. */
function failingRows({ check, compiled, rows }: CheckedRows): string | null {
  switch (compiled.kind) {
    case 'table':
      return null;
    case 'row':
      return `${rows} WHERE ${ofEachRow(failingCondition(compiled.sql, check))}`;
    case 'unique':
      return repeatedRowsSql({ ...compiled, isKey: compiled.isKey || check.of === 'all' }, rows);
    case 'order':
      return brokenOrderSql(compiled, rows, { most: maximumExamples, missingFails: check.of === 'all' });
  }
}

/** SQL that is true for a row that fails a condition, NULL or false for others. */
export function failingCondition(condition: string, { of }: Pick<CheckTerms, 'of'>): string {
  return of === 'all' ? `NOT coalesce(${condition}, false)` : `NOT ${condition}`;
}

/** A row as an example. JSON holds neither NaN nor integers beyond 2^53: those are shown as text. Long texts are cut. */
export function plainRow(row: Readonly<Record<string, Cell>>): Record<string, string | number | boolean | null> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)))
        return [name, String(value)];
      if (typeof value === 'string' && value.length > maximumTextLength)
        return [name, `${value.slice(0, maximumTextLength)}…`];
      return [name, value];
    }),
  );
}
