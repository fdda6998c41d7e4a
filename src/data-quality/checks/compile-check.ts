/**
 * Checks as SQL. A check is a condition over the columns of one row (`distance between 10 and 6000`), a condition over the whole table
 * (`row_count() >= 1000`, `share(delay > 15) < 30%`), or something about rows together (`unique(id)`, `increasing(t)`). What missing and
 * NaN mean is decided here, once, and does not depend on the engine:
 *
 * | in the check           | a missing value (NULL)                   | NaN                                      |
 * |------------------------|------------------------------------------|------------------------------------------|
 * | `<` `<=` `>` `>=` `==` | neither true nor false: of the row       | false, also against itself: the row      |
 * | `between` `in`         | nothing is said                          | fails                                    |
 * | `!=`                   | as above                                 | true                                     |
 * | `matches`              | as above                                 | (texts alone)                            |
 * | `x is null`            | true                                     | false: NaN is a value                    |
 * | `and` `or` `not`       | three-valued: `true or missing` is true, | two-valued                               |
 * |                        | `false and missing` is false             |                                          |
 * | arithmetic             | missing                                  | NaN; as in IEEE 754 (x / 0 is infinite)  |
 * | `unique(a, b)`         | of rows with one missing nothing is said | one value, equal to itself               |
 * | `increasing(x)`        | of the row nothing is said, and the next | the row fails, and the next is held to   |
 * |                        | is held to the last value before it      | the last value before it                 |
 * | values of the table    | left out                                 | left out, as infinities are              |
 *
 * Presence is a check of its own: `x is not null`. Whole numbers take part in arithmetic as doubles. Patterns are RE2's, and
 * match anywhere unless anchored. Between a date or timestamp and a text in quotes the text is an ISO 8601 instant in UTC.
 */

import { PlatformError } from '../../errors/index.ts';
import { CheckCompiler, type CheckContext, type NamedValue } from './check-compiler.ts';
import { compileRowSet, type RowSet, rowSets } from './row-sets.ts';
import { presentCount } from './term.ts';

/** A check that can be run. `columns` are those that it names. */
export type CompiledCheck =
  | {
      readonly kind: 'row';
      readonly sql: string;
      readonly columns: readonly string[];
      /** SQL for the number of rows of which it says something. */
      readonly said: string;
      /** SQL for the number of rows of which it is true. */
      readonly held: string;
      /** SQL of aggregates, cheaper than `held`, that is true only where it is false in no row. */
      readonly neverFalse?: string;
    }
  | {
      readonly kind: 'table';
      readonly sql: string;
      readonly columns: readonly string[];
      readonly values: readonly NamedValue[];
    }
  | RowSet;

/**
 * Compiles a check for the columns of a table.
 * @throws PlatformError CHECK_INVALID where it cannot be read or says something that rows cannot answer
 */
export function compileCheck(text: string, context: CheckContext): CompiledCheck {
  const compiler = new CheckCompiler(text, context);
  const expression = compiler.parse();
  if (expression.kind === 'call' && rowSets.some(({ name }) => name === expression.name)) {
    const call = compiler.callOf(expression);
    const found = compileRowSet(call, compiler.columns);
    return typeof found === 'string' ? compiler.fail(found) : found;
  }
  const term = compiler.compile(expression);
  if (term.type !== 'boolean') compiler.fail(`a check is a condition, and this is a ${term.type}`);
  const { columns, values } = compiler;
  if (term.overTable) return { kind: 'table', sql: term.sql, columns, values };
  const held = term.trueCount ?? `count_if(${term.sql})`;
  const proof = term.neverFalse === undefined ? {} : { neverFalse: term.neverFalse };
  return { kind: 'row', sql: term.sql, columns, said: presentCount(term), held, ...proof };
}

/**
 * Compiles a value of a table that is held against what was measured before.
 * @throws PlatformError CHECK_INVALID where it cannot be read, or is no number of the whole table
 */
export function compileValue(text: string, context: CheckContext): Extract<CompiledCheck, { kind: 'table' }> {
  const compiler = new CheckCompiler(text, context);
  const term = compiler.compile(compiler.parse());
  if (!term.overTable || term.type !== 'number')
    compiler.fail(
      `with history it is a number of the whole table, such as row_count() or mean(amount), and this is ${term.overTable ? `a ${term.type}` : 'of single rows'}`,
    );
  const { columns, values } = compiler;
  return { kind: 'table', sql: term.sql, columns, values };
}

/** A condition over the columns of a row as SQL, for `where`. @throws PlatformError CHECK_INVALID */
export function compileCondition(text: string, context: CheckContext): string {
  const compiled = compileCheck(text, context);
  if (compiled.kind === 'row') return compiled.sql;
  throw new PlatformError('CHECK_INVALID', {
    message: `the condition ${JSON.stringify(text)} cannot be carried out: where takes a condition over the columns of one row`,
  });
}
