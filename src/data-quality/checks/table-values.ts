import type { TableFunction, TableFunctionInput } from './table-function.ts';
import type { TableValue } from './table-value.ts';
import type { SqlCall } from './term.ts';
import { countValue, extremeValues, presenceValues } from './values-of-counts.ts';
import { frequencyValues, textValues } from './values-of-frequencies.ts';
import { momentValues, orderValues } from './values-of-numbers.ts';
import { pairValues } from './values-of-pairs.ts';
import { schemaValues } from './values-of-schema.ts';

/** Functions of a whole table. Of no rows counts are 0, everything else is missing. */
export const tableFunctions: readonly TableFunction[] = [
  ...countValue,
  ...presenceValues,
  ...frequencyValues,
  ...extremeValues,
  ...momentValues,
  ...orderValues,
  ...pairValues,
  ...textValues,
  ...schemaValues,
];

/** A call for a value of the whole table: how it is found, what is wrong with it, or null where there is no such value. */
export function tableValue(call: SqlCall, input: TableFunctionInput): TableValue | string | null {
  const known = tableFunctions.find(({ name }) => name === call.name);
  if (known === undefined) return null;
  const wrong = wrongArguments(call, known);
  return wrong ?? known.value(call, input);
}

function wrongArguments({ name, args, named }: SqlCall, known: TableFunction): string | null {
  const { takes, more, options = [] } = known;
  const unknown = Object.keys(named).find((one) => !options.includes(one));
  if (unknown !== undefined)
    return options.length === 0
      ? `${name} takes no named arguments`
      : `${name} has no argument ${unknown}; it is written ${known.form}`;
  const least = takes.length + (more === undefined ? 0 : (known.least ?? 1));
  if (args.length < least || (more === undefined && args.length > takes.length))
    return takes.length === 0 && more === undefined ? `${name} takes nothing` : `it is written ${known.form}`;
  for (const [at, argument] of args.entries()) {
    if (argument.overTable) return `${name} of a value of the whole table has no meaning`;
    const wanted = takes[at] ?? more!;
    const problem = wanted(argument);
    if (problem !== null) return `${name} takes ${problem}`;
  }
  return null;
}
