import type { TablePairs } from './pairs/pairs.ts';
import type { ColumnStatistics, TableStatistics } from './statistics.ts';

const kinds = [
  'no_rows',
  'all_missing',
  'nan',
  'infinite',
  'control_characters',
  'constant',
  'tells_label',
  'missing',
  'numbers_as_text',
  'padded',
  'blank',
  'dominated',
  'zeros',
  'skewed',
  'outliers',
  'gap',
  'alike',
  'identifier',
] as const;

/** What a person would want to be told of a column first, in the order in which it is told. */
export type DataWarningKind = (typeof kinds)[number];

/** Something about a column that often is a fault, or spoils a model. */
export interface DataWarning {
  /** Null where it is about the table. */
  readonly column: string | null;
  readonly kind: DataWarningKind;
  readonly message: string;
  /** The rows that it is about; null where it is about the column. */
  readonly rowCount: number | null;
}

const limits = {
  missing: 0.05,
  dominated: 0.95,
  zeros: 0.5,
  skewness: 10,
  outliers: 0.05,
  gap: 0.1,
  values: 20,
  power: 0.95,
  alike: 0.98,
};

type Told = readonly [kind: DataWarningKind, message: string, rowCount?: number];

/** What is to be told of a table first: by kind, columns in their order. */
export function warningsOf({ rowCount, columns }: TableStatistics, pairs: TablePairs | null = null): DataWarning[] {
  if (rowCount === 0) return [{ column: null, kind: 'no_rows', message: 'there are no rows', rowCount: 0 }];
  const found = columns.flatMap((column) =>
    ofColumn(column).map(
      ([kind, message, rows]): DataWarning => ({ column: column.name, kind, message, rowCount: rows ?? null }),
    ),
  );
  if (pairs !== null) found.push(...ofPairs(pairs));
  return found.toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
}

function ofColumn(column: ColumnStatistics): Told[] {
  const { rowCount, missingCount } = column;
  if (missingCount === rowCount) return [['all_missing', 'every value is missing', rowCount]];
  const found: Told[] = [];
  if (missingCount >= limits.missing * rowCount)
    found.push(['missing', `${percent(missingCount, rowCount)} of the rows have no value`, missingCount]);
  if (column.constant) found.push(['constant', 'all values are one']);
  else found.push(...ofFrequencies(column));
  return [...found, ...ofNumbers(column), ...ofTexts(column), ...ofTimes(column)];
}

function ofFrequencies({ rowCount, missingCount, top, identifier }: ColumnStatistics): Told[] {
  const present = rowCount - missingCount;
  const first = top[0];
  const found: Told[] = [];
  if (identifier) found.push(['identifier', 'no two values are alike: it looks like an identifier']);
  if (first !== undefined && present >= limits.values && first.count >= limits.dominated * present)
    found.push(['dominated', `${percent(first.count, present)} of the values are one`, first.count]);
  return found;
}

function ofNumbers({ numbers, rowCount, missingCount, constant }: ColumnStatistics): Told[] {
  if (numbers === null) return [];
  const present = rowCount - missingCount;
  const infinite = numbers.positiveInfinityCount + numbers.negativeInfinityCount;
  const outside = (numbers.outliers?.belowCount ?? 0) + (numbers.outliers?.aboveCount ?? 0);
  const found: Told[] = [];
  if (numbers.nanCount > 0) found.push(['nan', `${numbers.nanCount} values are NaN`, numbers.nanCount]);
  if (infinite > 0) found.push(['infinite', `${infinite} values are infinite`, infinite]);
  if (constant) return found;
  if (numbers.zeroCount >= limits.zeros * present)
    found.push(['zeros', `${percent(numbers.zeroCount, present)} of the values are 0`, numbers.zeroCount]);
  if (Math.abs(numbers.skewness ?? 0) >= limits.skewness)
    found.push(['skewed', `the skewness is ${Number(numbers.skewness!.toPrecision(3))}`]);
  if (outside >= limits.outliers * present && outside > 0)
    found.push(['outliers', `${percent(outside, present)} of the values are outliers`, outside]);
  return found;
}

function ofTexts({ texts, rowCount, missingCount }: ColumnStatistics): Told[] {
  if (texts === null) return [];
  const { control, onlyDigits, padded, blank } = texts.characters;
  const filled = rowCount - missingCount - texts.emptyCount - blank;
  const found: Told[] = [];
  if (control > 0) found.push(['control_characters', `${control} values have control characters`, control]);
  if (filled > 0 && onlyDigits === filled)
    found.push(['numbers_as_text', 'all texts are made of digits alone', onlyDigits]);
  if (padded > blank) found.push(['padded', `${padded - blank} values begin or end with white space`, padded - blank]);
  if (blank + texts.emptyCount > 0)
    found.push([
      'blank',
      `${blank + texts.emptyCount} values are empty or white space alone`,
      blank + texts.emptyCount,
    ]);
  return found;
}

function ofTimes({ times }: ColumnStatistics): Told[] {
  if (times?.largestGap == null || times.min === null || times.max === null) return [];
  const width = Date.parse(times.max) - Date.parse(times.min);
  const gap = Date.parse(times.largestGap.to) - Date.parse(times.largestGap.from);
  if (!(gap >= limits.gap * width) || gap < 2 * 86_400_000) return [];
  return [['gap', `there is nothing between ${times.largestGap.from} and ${times.largestGap.to}`]];
}

function ofPairs({ label, power, pairs }: TablePairs): DataWarning[] {
  const tells = power
    .filter((one) => (one.power ?? 0) >= limits.power)
    .map((one): DataWarning => {
      const message = `alone it tells ${label} almost surely: does it hold what is to be learnt?`;
      return { column: one.column, kind: 'tells_label', message, rowCount: null };
    });
  const alike = pairs
    .filter(({ a, b, pearson, spearman }) => {
      const strength = Math.max(Math.abs(pearson ?? 0), Math.abs(spearman ?? 0));
      return strength >= limits.alike && a !== label && b !== label;
    })
    .map(
      ({ a, b }): DataWarning => ({
        column: a,
        kind: 'alike',
        message: `it goes with ${b} almost wholly`,
        rowCount: null,
      }),
    );
  return [...tells, ...alike];
}

function percent(count: number, of: number): string {
  return `${Number(((count / of) * 100).toPrecision(3))} %`;
}
