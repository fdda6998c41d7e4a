/**
 * A first schema for what was seen. What a value may be is said only where enough rows speak for it, and with room: a part shows
 * what was, not what may be. Whatever is inferred accepts what it was made from.
 */
import { wilsonInterval } from '../../stats/index.ts';
import type { ColumnStatistics, TableStatistics } from '../statistics.ts';
import type { TextFormat } from '../text-formats.ts';
import type { ColumnSchema, DataSchema } from './schema.ts';

const maximumDomain = 100;
const maximumDomainText = 100;
const rowsForDomain = 100;
const rowsForValue = 10;
const shareOfOnce = 0.1;
const rowsForPresence = 100;
const presenceConfidence = 0.999;
const rowsForRange = 30;
/** Equal pairs to expect among as many numbers drawn from their range, so that finding none says something. */
const pairsForKey = 10;

/**
 * A first schema for what was seen. `formats` are those that `findFormats` found; the `label` is what a model is to learn, which
 * nobody knows yet of what it is asked about: that column is of training alone.
 */
export function inferSchema(
  statistics: TableStatistics,
  formats: ReadonlyMap<string, TextFormat> = new Map(),
  label: string | null = null,
): DataSchema {
  const columns = statistics.columns.map((one): [string, ColumnSchema] => {
    const column = inferColumn(one, formats.get(one.name));
    return [one.name, one.name === label ? { ...column, environments: ['training'] } : column];
  });
  return {
    schema: 1,
    ...(label === null ? {} : { environments: ['training', 'serving'] }),
    columns: Object.fromEntries(columns),
    additional: 'warn',
  };
}

function inferColumn(seen: ColumnStatistics, format: TextFormat | undefined): ColumnSchema {
  const { numbers, missingCount, distinctCount } = seen;
  const strange =
    numbers === null ? 0 : numbers.nanCount + numbers.positiveInfinityCount + numbers.negativeInfinityCount;
  return {
    type: seen.type,
    required: true,
    nullable: missingCount > 0 || distinctCount === 0,
    nan: strange > 0,
    ...presenceOf(seen),
    ...valuesOf(seen, format),
  };
}

/** As many again may be missing, and what chance explains. */
function presenceOf({ rowCount, missingCount }: ColumnStatistics): Pick<ColumnSchema, 'presence'> {
  if (missingCount === 0 || missingCount === rowCount || rowCount < rowsForPresence) return {};
  const likely = wilsonInterval(missingCount, rowCount, presenceConfidence)!.high;
  const presence = Math.floor(100 * (1 - Math.max(likely, (2 * missingCount) / rowCount))) / 100;
  return presence > 0 ? { presence } : {};
}

function valuesOf(seen: ColumnStatistics, format: TextFormat | undefined): Partial<ColumnSchema> {
  if (isCandidateKey(seen, format)) return { ...(format === undefined ? {} : { format }), unique: true };
  if (isCategory(seen)) return { domain: seen.top.map(({ value }) => String(value)).sort() };
  if (isFlag(seen)) return { domain: [0, 1] };
  if (format !== undefined) return { format };
  const present = seen.rowCount - seen.missingCount;
  if (present < rowsForRange) return {};
  const year = /^(\d{4})-/.exec(seen.times?.min ?? '')?.[1];
  if (year !== undefined) return { min: `${year}-01-01` };
  const { min = null, max = null } = seen.numbers ?? {};
  return min === null || max === null ? {} : (roomyRange(min, max) ?? {});
}

/** Whether texts are few, short and each seen often enough that another one would be a surprise. */
function isCategory({ type, top, distinctCount, onceCount, ...seen }: ColumnStatistics): boolean {
  const present = seen.rowCount - seen.missingCount;
  return (
    type === 'string' &&
    distinctCount > 0 &&
    distinctCount <= maximumDomain &&
    distinctCount === top.length &&
    top.every(({ value }) => String(value).length <= maximumDomainText) &&
    present >= rowsForDomain &&
    present >= rowsForValue * distinctCount &&
    onceCount <= shareOfOnce * distinctCount
  );
}

function isFlag({ type, top, distinctCount, rowCount }: ColumnStatistics): boolean {
  const isBoth = distinctCount === 2 && top.every(({ value }) => value === 0 || value === 1);
  return type === 'int64' && isBoth && rowCount >= rowsForDomain;
}

/** Whether a column is called as one that names rows. */
export function isKeyName(name: string): boolean {
  return /(^|[_\s-])(id|key|uuid|guid|number|no|index)$/i.test(name) || /[a-z](Id|ID|Key)$/.test(name);
}

/**
 * Whether no two rows have the same value and that is no chance: the column is called a key or holds UUIDs, or its whole numbers
 * lie so close together that some of them would be equal if they named nothing.
 */
function isCandidateKey({ name, identifier, numbers, ...seen }: ColumnStatistics, format?: TextFormat): boolean {
  if (!identifier) return false;
  if (isKeyName(name) || format === 'uuid') return true;
  if (numbers === null || numbers.min === null || numbers.max === null) return false;
  const present = seen.rowCount - seen.missingCount;
  return present ** 2 >= 2 * pairsForKey * (numbers.max - numbers.min + 1);
}

/**
 * A range around what was seen: as wide again on each side, ends rounded outward to two digits of the width, and no negative
 * numbers where none was seen. Null where what was seen has no width, or one that no number can tell.
 * @example roomyRange(32.1, 59.6) // {min: 4, max: 88}
 */
export function roomyRange(min: number, max: number): { min: number; max: number } | null {
  const width = max - min;
  const step = 10 ** (Math.floor(Math.log10(width)) - 1);
  const low = Math.floor((min - width) / step) * step;
  const high = Math.ceil((max + width) / step) * step;
  if (!(width > 0 && step > 0 && Number.isFinite(low) && Number.isFinite(high))) return null;
  const short = (value: number): number => Number(value.toPrecision(12));
  // Rounded to so few digits, a narrow range far from zero may end inside of what was seen.
  const outside = { min: Math.min(min, short(low)), max: Math.max(max, short(high)) };
  return min >= 0 ? { ...outside, min: Math.max(0, outside.min) } : outside;
}

/** What a person should know of each column beside what its schema says, as one line; columns of which that is nothing are left out. */
export function schemaNotes(statistics: TableStatistics, schema: DataSchema): Map<string, string> {
  const notes = statistics.columns.map((seen): [string, string] => {
    const written = schema.columns[seen.name];
    return [seen.name, written === undefined ? '' : notesOf(seen, written).join('; ')];
  });
  return new Map(notes.filter(([, note]) => note !== ''));
}

function notesOf(seen: ColumnStatistics, written: ColumnSchema): string[] {
  const { missingCount, rowCount, distinctCount, constant, identifier } = seen;
  const range = seen.numbers ?? seen.times;
  const isRange = written.min !== undefined;
  return [
    ...(distinctCount === 0 ? ['no value was seen'] : []),
    ...(missingCount > 0 && distinctCount > 0 ? [`${missingCount} of ${rowCount} missing`] : []),
    ...(constant && rowCount > 1 ? ['always the same'] : []),
    ...(isRange && range !== null ? [`seen ${range.min} to ${range.max}`] : []),
    ...(identifier && written.unique !== true ? ['no value twice: add unique: true if it names rows'] : []),
  ];
}
