import { isMissingWord } from '../missing-words.ts';
import { characterQuestion } from '../text-facts.ts';
import { formatSql, type TextFormat, textFormats } from '../text-formats.ts';
import type { CheckEntry, SqlCall, SqlTerm, TermType } from './term.ts';

/** A function of one value of a row. Of a missing value it is missing. */
export interface RowFunction extends CheckEntry {
  /** The type of its argument; null: any. */
  readonly takes: TermType | null;
  /** The type of its value; null: that of its argument. */
  readonly gives: TermType | null;
  readonly sql: (argument: string) => string;
  readonly mayBeNaN?: true;
  /** Whether the engine gives a whole number. */
  readonly whole?: true;
}

type Written = Pick<RowFunction, 'sql' | 'says' | 'whole'> & { readonly example?: string };

function of(
  name: string,
  { takes, gives }: { readonly takes: TermType; readonly gives: TermType },
  { example, ...rest }: Written,
): RowFunction {
  const shown = gives === 'boolean' ? `${name}(x)` : `${name}(x) > 0`;
  return { name, form: `${name}(x)`, takes, gives, example: example ?? shown, ...rest };
}

const number = (name: string, written: Written): RowFunction => ({
  ...of(name, { takes: 'number', gives: 'number' }, written),
  mayBeNaN: true,
});
const text = (name: string, written: Written): RowFunction =>
  of(name, { takes: 'string', gives: 'string' }, { example: `${name}(s) == 'a'`, ...written });
const ask = (name: string, takes: TermType, written: Written): RowFunction =>
  of(name, { takes, gives: 'boolean' }, { example: `${name}(${takes === 'string' ? 's' : 'x'})`, ...written });
const part = (name: string, sql: RowFunction['sql']): RowFunction =>
  of(
    name,
    { takes: 'time', gives: 'number' },
    { sql, says: `The ${name} of a date or instant, in UTC.`, example: `${name}(t) > 0`, whole: true },
  );

const formatNames: Readonly<Record<TextFormat, string>> = {
  date: 'a date such as 2001-05-31',
  'date-time': 'a date with a time of day',
  email: 'an address of electronic mail',
  url: 'an address of the web',
  uuid: 'a UUID',
  ip: 'an address of the internet protocol, version 4 or 6',
  json: 'an object or array of JSON',
};

/** Functions of one value of a row. `weekday` is 0 on Mondays, as in transformations. */
export const rowFunctions: readonly RowFunction[] = [
  of(
    'length',
    { takes: 'string', gives: 'number' },
    { sql: (x) => `length(${x})`, says: 'Characters of a text.', example: 'length(s) <= 10', whole: true },
  ),
  text('lower', { sql: (x) => `lower(${x})`, says: 'In small letters.' }),
  text('upper', { sql: (x) => `upper(${x})`, says: 'In capitals.', example: "upper(s) == 'A'" }),
  text('trim', { sql: (x) => `trim(${x})`, says: 'Without spaces at both ends.' }),
  number('abs', { sql: (x) => `abs(CAST(${x} AS DOUBLE))`, says: 'Without its sign.' }),
  number('floor', { sql: (x) => `floor(CAST(${x} AS DOUBLE))`, says: 'The next whole number below.' }),
  number('ceil', { sql: (x) => `ceil(CAST(${x} AS DOUBLE))`, says: 'The next whole number above.' }),
  {
    name: 'nan_as_missing',
    form: 'nan_as_missing(x)',
    takes: null,
    gives: null,
    sql: (x) => `CASE WHEN NOT isnan(${x}) THEN ${x} END`,
    says: 'The value, which is missing where it is NaN, as pandas has it; of other types than numbers the value as it is.',
    example: 'nan_as_missing(x) is not null',
  },
  ask('is_nan', 'number', { sql: (x) => `isnan(CAST(${x} AS DOUBLE))`, says: 'Whether it is not a number.' }),
  ask('is_finite', 'number', {
    sql: (x) => `isfinite(CAST(${x} AS DOUBLE))`,
    says: 'Whether it is neither infinite nor NaN.',
  }),
  part('year', (x) => `year(${x})`),
  part('month', (x) => `month(${x})`),
  part('day', (x) => `day(${x})`),
  part('hour', (x) => `hour(${x})`),
  part('minute', (x) => `minute(${x})`),
  part('weekday', (x) => `(isodow(${x}) - 1)`),
  ...textFormats.map((format) =>
    ask(`is_${format.replace('-', '_')}`, 'string', {
      sql: (x) => formatSql(format, x),
      says: `Whether a text is ${formatNames[format]}.`,
    }),
  ),
  ask('is_blank', 'string', {
    sql: (x) => `(${x} = '' OR ${characterQuestion('blank', x)})`,
    says: 'Whether a text is empty or white space alone.',
  }),
  ask('is_padded', 'string', {
    sql: (x) => characterQuestion('padded', x),
    says: 'Whether a text begins or ends with white space.',
  }),
  ask('has_control', 'string', {
    sql: (x) => characterQuestion('control', x),
    says: 'Whether a text has a control character, such as a line end.',
  }),
  ask('is_missing_word', 'string', {
    sql: isMissingWord,
    says: 'Whether a text is a word that people write for a missing value, such as N/A or null, in whatever case.',
  }),
];

/** A call of a function of one value: what it is, what is wrong with it, or null where there is no such function. */
export function rowFunctionTerm({ name, args, named }: SqlCall): SqlTerm | string | null {
  const known = rowFunctions.find((one) => one.name === name);
  if (known === undefined) return null;
  const [argument] = args;
  if (Object.keys(named).length > 0) return `${name} takes no named arguments`;
  if (argument === undefined || args.length > 1) return `${name} takes one value`;
  if (known.takes !== null && argument.type !== known.takes)
    return `${name} takes a ${known.takes}, found a ${argument.type}`;
  if (known.gives === null) return withoutNaN(argument, known);
  return {
    sql: known.sql(argument.sql),
    type: known.gives,
    ...(known.mayBeNaN ? { mayBeNaN: true } : {}),
    ...(known.whole ? { whole: true } : {}),
    ...(argument.overTable ? { overTable: true } : {}),
    ...(argument.ofRow ? { ofRow: true } : {}),
    // An infinite time has neither year nor hour.
    ...(argument.nulls !== undefined && known.takes !== 'time' ? { nulls: argument.nulls } : {}),
  };
}

/** A number that may be NaN is missing in more rows than before; anything else stays what it is. */
function withoutNaN(argument: SqlTerm, { sql }: RowFunction): SqlTerm {
  const { type, overTable, ofRow } = argument;
  if (!argument.mayBeNaN) return argument;
  return { sql: sql(argument.sql), type, ...(overTable ? { overTable } : {}), ...(ofRow ? { ofRow } : {}) };
}
