import type { Column } from '../../tables/index.ts';
import { formatDate, formatTimestamp } from '../text/calendar.ts';
import { formatNumber } from '../text/number-text.ts';

/** The text of a row's value; null where missing. */
export type TextAt = (row: number) => string | null;

/**
 * How the values of a column read as text, for hashing, crossing, casting and column names: texts themselves, numbers in
 * their shortest form, `true` and `false`, dates as `2001-01-31`, timestamps as `2001-01-31T06:05:04Z`.
 */
export function textReader(column: Column): TextAt {
  if (column.type === 'string') {
    const { values } = column;
    return (row) => values[row]!;
  }
  const { values, valid } = column;
  const format = formatterOf(column.type);
  return (row) => (valid !== null && valid[row] === 0 ? null : format(values[row]!));
}

/** One value of a column of this type as text. Booleans are 0 and 1, dates days, timestamps microseconds. */
export function valueText(type: Column['type'], value: string | number): string {
  if (typeof value === 'string' || type === 'string') return String(value);
  return formatterOf(type)(value);
}

function formatterOf(type: Exclude<Column['type'], 'string'>): (value: number) => string {
  switch (type) {
    case 'boolean':
      return (value) => (value === 0 ? 'false' : 'true');
    case 'date':
      return formatDate;
    case 'timestamp':
      return formatTimestamp;
    default:
      return formatNumber;
  }
}
