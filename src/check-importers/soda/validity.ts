/** Which values of a column count as missing, and which as valid. What a check says of either takes the place of all that its column says of it. */
import type { Expression } from '../../spec/index.ts';
import {
  allOf,
  among,
  anyOf,
  binary,
  type Constant,
  call,
  constant,
  isMissing,
  matching,
  not,
} from '../expressions.ts';
import { Fields } from '../fields.ts';
import { NotTaken } from '../not-taken.ts';
import { ecmaPattern } from '../python-pattern.ts';

const missingKeys = ['missing_values', 'missing_format', 'missing_regex', 'missing_regex_sql'] as const;
const validKeys = [
  ...(['valid_values', 'valid_format', 'valid_regex', 'valid_regex_sql', 'valid_min', 'valid_max'] as const),
  ...(['valid_length', 'valid_min_length', 'valid_max_length', 'invalid_values', 'invalid_format'] as const),
  ...(['invalid_regex', 'invalid_regex_sql', 'valid_reference_data', 'valid_values_reference_data'] as const),
];

/** Every key that says which values are missing or valid. */
export const validityKeys: readonly string[] = [...missingKeys, ...validKeys];

/** Of a column and a check, the one that says something of it. */
function sayer(keys: readonly string[], check: Fields, its: Fields): Fields | null {
  for (const fields of [check, its]) if (keys.some((key) => fields.get(key) !== null)) return fields;
  return null;
}

/** Whether values beyond NULL count as missing, or something says which are valid. */
export function isConfigured(check: Fields, its: Fields): boolean {
  return sayer(validityKeys, check, its) !== null;
}

/** Whether a value is missing. @throws NotTaken */
export function missingIn(x: Expression, check: Fields, its: Fields): Expression {
  const said = sayer(missingKeys, check, its);
  const conditions = [isMissing(x)];
  const values = said?.constants('missing_values') ?? null;
  if (values !== null && values.length > 0) conditions.push(among(x, values));
  const pattern = said === null ? null : patternIn(said, 'missing');
  if (pattern !== null) conditions.push(matching(x, pattern));
  return anyOf(conditions);
}

/** Whether a value is as its validity asks; null where nothing is asked. @throws NotTaken */
export function validIn(x: Expression, check: Fields, its: Fields): Expression | null {
  const said = sayer(validKeys, check, its);
  if (said === null) return null;
  if (said.get('valid_reference_data') !== null || said.get('valid_values_reference_data') !== null)
    throw new NotTaken(
      'it needs the rows of another table: name its file under tables in a file of checks, and write x in other.y',
    );
  const length = call('length', x);
  const conditions: Expression[] = [];
  const add = (condition: Expression | null): void => {
    if (condition !== null) conditions.push(condition);
  };
  add(setOf(said.constants('valid_values'), (values) => among(x, values)));
  add(setOf(said.constants('invalid_values'), (values) => not(among(x, values))));
  const [valid, invalid] = [patternIn(said, 'valid'), patternIn(said, 'invalid')];
  add(valid === null ? null : matching(x, valid));
  add(invalid === null ? null : not(matching(x, invalid)));
  for (const [key, op, measured] of [
    ['valid_min', '>=', x],
    ['valid_max', '<=', x],
    ['valid_length', '==', length],
    ['valid_min_length', '>=', length],
    ['valid_max_length', '<=', length],
  ] as const) {
    const bound = said.number(key);
    add(bound === null ? null : binary(measured, op, constant(bound)));
  }
  return conditions.length === 0 ? null : allOf(conditions);
}

function setOf(
  values: readonly Constant[] | null,
  made: (values: readonly Constant[]) => Expression,
): Expression | null {
  return values === null ? null : made(values);
}

/** `{regex, name}` of version 4, a pattern of version 3, or the name of one, which version 3 knows. */
function patternIn(fields: Fields, what: 'missing' | 'valid' | 'invalid'): string | null {
  const written = [fields.text(`${what}_regex`), fields.text(`${what}_regex_sql`)].find((one) => one !== null) ?? null;
  const format = fields.get(`${what}_format`);
  if (written !== null && format !== null) throw new NotTaken('it has several patterns at once');
  if (written !== null) return read(written);
  if (format === null) return null;
  if (format.kind !== 'map') throw new NotTaken('a format that is named is of the other program; write its pattern');
  const its = new Fields(format);
  its.skip('name');
  const pattern = its.needText('regex');
  if (its.untaken.length > 0) throw new NotTaken(`the key ${JSON.stringify(its.untaken[0])} is not known here`, format);
  return read(pattern);
}

/** A pattern, as DuckDB and other databases read it whose classes are of ASCII. */
function read(pattern: string): string {
  return ecmaPattern(pattern).pattern;
}
