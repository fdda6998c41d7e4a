import { categoryFunctions, missingFunctions } from './category-functions.ts';
import type { FunctionEntry } from './entry.ts';
import { numberFunctions } from './number-functions.ts';
import { dateFunctions, logicFunctions, textFunctions } from './row-functions.ts';

/** Every transform function, in the order of the reference. */
export const transformFunctions: readonly FunctionEntry[] = [
  ...numberFunctions,
  ...categoryFunctions,
  ...missingFunctions,
  ...dateFunctions,
  ...textFunctions,
  ...logicFunctions,
];

/** What operators do with missing values and NaN; the second half of the semantics table. */
export const transformOperators: readonly {
  readonly operators: string;
  readonly result: string;
  readonly summary: string;
  readonly missing: string;
  readonly nan: string;
}[] = [
  {
    operators: '`+` `-` `*` `/`',
    result: 'float64',
    summary:
      'Arithmetic in doubles; a division by zero gives an infinity or NaN. Two dates subtract to days, two timestamps to seconds.',
    missing: 'missing',
    nan: 'NaN',
  },
  {
    operators: '`<` `<=` `>` `>=` `==`, `between`',
    result: 'boolean',
    summary:
      'Numbers, dates (also with an ISO 8601 text) or texts (by code points). `x between a and b` includes both ends.',
    missing: 'missing',
    nan: 'false',
  },
  { operators: '`!=`', result: 'boolean', summary: 'Not equal.', missing: 'missing', nan: 'true' },
  { operators: '`in`', result: 'boolean', summary: 'One of a list of constants.', missing: 'missing', nan: 'false' },
  {
    operators: '`and` `or` `not`',
    result: 'boolean',
    summary: 'Three-valued logic, as in SQL.',
    missing: 'missing, unless the other side decides',
    nan: '-',
  },
  { operators: '`is null`', result: 'boolean', summary: 'As is_missing.', missing: 'true', nan: 'true' },
];

const byName: ReadonlyMap<string, FunctionEntry> = new Map(transformFunctions.map((entry) => [entry.name, entry]));

/** The function of a name, or undefined. */
export function transformFunction(name: string): FunctionEntry | undefined {
  return byName.get(name);
}
