import type { JsonValue } from '../../../encoding/index.ts';
import { constructs, type ExpressionTable, type FunctionEntry, parameter, patterns, results } from '../table.ts';

type Values = Readonly<Record<string, JsonValue>>;

function ascending({ low, high }: Values): string | null {
  return typeof low === 'number' && typeof high === 'number' && low >= high
    ? `expected low below high, found ${low} and ${high}`
    : null;
}

function positive(values: Values): string | null {
  const { low } = values;
  return typeof low === 'number' && low <= 0 ? `expected low above 0, found ${low}` : ascending(values);
}

function range(
  name: string,
  { whole, verify, doc }: { whole: boolean; verify: (values: Values) => string | null; doc: string },
): FunctionEntry {
  const type = whole ? patterns.constantInteger : patterns.constantNumber;
  const example = whole ? `${name}(1, 10)` : `${name}(0.01, 0.3)`;
  return {
    name,
    positional: [parameter('low', type, 'the least value'), parameter('high', type, 'the greatest value')],
    result: results.space,
    verify,
    doc,
    example,
  };
}

/** Search spaces: from where tuning draws a parameter. */
export const searchSpaces: ExpressionTable = {
  name: 'a search space',
  doc: 'From where tuning draws a parameter.',
  functions: [
    range('uniform', { whole: false, verify: ascending, doc: 'Every number between low and high, equally likely.' }),
    range('log_uniform', {
      whole: false,
      verify: positive,
      doc: 'Numbers between low and high, every order of magnitude equally likely.',
    }),
    range('int', { whole: true, verify: ascending, doc: 'Every whole number from low to high, equally likely.' }),
    range('log_int', {
      whole: true,
      verify: positive,
      doc: 'Whole numbers from low to high, every order of magnitude equally likely.',
    }),
    {
      name: 'choice',
      positional: [parameter('values', patterns.valueList, 'the values')],
      result: results.space,
      doc: 'One of the values, equally likely.',
      example: "choice(['gini', 'entropy'])",
    },
  ],
  constructs: constructs('list', 'arithmetic'),
  result: { kinds: ['space'], text: 'a search space' },
};
