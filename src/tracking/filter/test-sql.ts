/**
 * A test of one column as SQL that is true or false on both databases, for a column that is not null.
 *
 * `LIKE` heeds case, `ILIKE` does not; `%` is any text, `_` one character, and there is no escape. On SQLite, whose own
 * `LIKE` is blind to the case of A to Z and of nothing else, that is MLflow's `ILIKE`, and `LIKE` is written as `GLOB`. On
 * PostgreSQL, `ILIKE` folds what the database's locale folds, in MLflow too.
 */
import type { NumberOperator, Test, TextOperator } from './condition.ts';
import type { Attribute } from './entities.ts';
import { type Sql, type SqlKind, sql } from './sql-text.ts';

/** What a column is compared as: `real` knows fractions and infinities. */
export type ColumnType = Attribute['type'] | 'real';

/** A condition that holds for no row. */
const never = sql('1 = 0');
/** A condition that holds for every row. */
export const always = sql('1 = 1');

/** The condition on a column. @param column SQL of our own */
export function testSql(column: { readonly sql: string; readonly type: ColumnType }, test: Test, kind: SqlKind): Sql {
  switch (test.type) {
    case 'presence':
      return sql(`${column.sql} is ${test.isPresent ? 'not ' : ''}null`);
    case 'text':
      return column.type === 'id' ? idSql(column.sql, test) : textSql(column.sql, test, kind);
    case 'texts':
      return column.type === 'id' ? idsSql(column.sql, test, kind) : listSql(column.sql, test, kind, 'text');
    case 'number':
      return column.type === 'integer' ? integerSql(column.sql, test) : realSql(column.sql, test);
    case 'numbers':
      return column.type === 'integer' ? integersSql(column.sql, test, kind) : realsSql(column.sql, test, kind);
  }
}

function textSql(column: string, test: Test & { readonly type: 'text' }, kind: SqlKind): Sql {
  const negation = test.operator === 'not-like' || test.operator === 'not-ilike' ? 'not ' : '';
  switch (test.operator) {
    case '=':
    case '!=':
      return sql(`${column} ${test.operator} ?`, test.value);
    case 'like':
    case 'not-like':
      return kind === 'sqlite'
        ? sql(`${column} ${negation}glob ?`, globOf(test.value))
        : sql(`${column} ${negation}like ? escape ''`, test.value);
    case 'ilike':
    case 'not-ilike':
      return kind === 'sqlite'
        ? sql(`${column} ${negation}like ?`, test.value)
        : sql(`${column} ${negation}ilike ? escape ''`, test.value);
  }
}

/** A pattern of `LIKE` as one of `GLOB`. */
function globOf(pattern: string): string {
  return pattern.replaceAll(/[*?[]/g, '[$&]').replaceAll('%', '*').replaceAll('_', '?');
}

function idSql(column: string, test: { readonly operator: TextOperator; readonly value: string }): Sql {
  const isEqual = test.operator === '=';
  if (!isId(test.value)) return isEqual ? never : always;
  return sql(`${column} ${isEqual ? '=' : '!='} cast(? as bigint)`, test.value);
}

/** Whether digits fit 64 bits for certain. No id has more. */
function isId(digits: string): boolean {
  return digits.length <= 18;
}

function idsSql(column: string, test: Test & { readonly type: 'texts' }, kind: SqlKind): Sql {
  return listSql(column, { ...test, values: test.values.filter(isId) }, kind, 'bigint');
}

interface ListTest {
  readonly operator: 'in' | 'not-in';
  readonly values: readonly (string | number)[];
}

/** A list is one parameter, a JSON array, so that the statement is the same for every length. */
function listSql(column: string, { operator, values }: ListTest, kind: SqlKind, type: 'text' | 'bigint' | 'real'): Sql {
  const negation = operator === 'in' ? 'in' : 'not in';
  const json = JSON.stringify(values.map(String));
  const cast = { text: 'text', bigint: 'bigint', real: kind === 'sqlite' ? 'real' : 'double precision' }[type];
  const rows =
    kind === 'sqlite'
      ? `select cast(value as ${cast}) from json_each(?)`
      : `select cast(value as ${cast}) from jsonb_array_elements_text(cast(? as jsonb))`;
  return sql(`${column} ${negation} (${rows})`, json);
}

function realSql(
  column: string,
  { operator, value }: { readonly operator: NumberOperator; readonly value: number },
): Sql {
  if (Number.isNaN(value)) return operator === '!=' ? always : never;
  return sql(`${column} ${operator} ?`, value);
}

function realsSql(column: string, test: Test & { readonly type: 'numbers' }, kind: SqlKind): Sql {
  const finite = test.values.filter(Number.isFinite);
  return listSql(column, { ...test, values: finite }, kind, 'real');
}

/** A whole number against any number, so that an index on the column serves and no value is out of its range. */
function integerSql(column: string, { operator, value }: { operator: NumberOperator; value: number }): Sql {
  if (Number.isNaN(value)) return operator === '!=' ? always : never;
  const isWhole = Number.isSafeInteger(value);
  if (operator === '=' || operator === '!=') {
    if (!isWhole) return operator === '=' ? never : always;
    return sql(`${column} ${operator} ?`, value);
  }
  const roundsDown = operator === '>' || operator === '<=';
  const whole = roundsDown ? Math.floor(value) : Math.ceil(value);
  return sql(`${column} ${operator} ?`, Math.max(Number.MIN_SAFE_INTEGER, Math.min(whole, Number.MAX_SAFE_INTEGER)));
}

function integersSql(column: string, test: Test & { readonly type: 'numbers' }, kind: SqlKind): Sql {
  const whole = test.values.filter(Number.isSafeInteger);
  return listSql(column, { ...test, values: whole }, kind, 'bigint');
}
