import type { Column, ColumnType } from '../../tables/index.ts';
import type { FittedNode } from '../graph.ts';
import { DAY_US, parseDate, parseTimestamp } from '../text/calendar.ts';
import { parseNumber } from '../text/number-text.ts';
import { trimText } from '../text/text.ts';
import { type Kernel, numbersOf, text } from './kernel.ts';
import { textReader } from './value-text.ts';

const LARGEST_INTEGER = 9007199254740992;

/** A converted value, or null where the value has no form in the type. */
type Convert<From> = (value: From) => number | null;

function toInteger(value: number): number | null {
  const whole = Math.trunc(value);
  return Math.abs(whole) <= LARGEST_INTEGER ? whole + 0 : null;
}

function parseBoolean(trimmed: string): number | null {
  const word = trimmed.length <= 5 ? trimmed.toLowerCase() : '';
  if (word === 'true' || word === '1') return 1;
  return word === 'false' || word === '0' ? 0 : null;
}

function fromText(to: ColumnType): Convert<string> {
  switch (to) {
    case 'boolean':
      return parseBoolean;
    case 'date':
      return parseDate;
    case 'timestamp':
      return parseTimestamp;
    case 'int64':
      return (value) => {
        const number = parseNumber(value);
        return number === null ? null : toInteger(number);
      };
    default:
      return parseNumber;
  }
}

function fromNumber(from: ColumnType, to: ColumnType): Convert<number> {
  if (to === 'boolean') return (value) => (Number.isNaN(value) ? null : value === 0 ? 0 : 1);
  if (to === 'int64') return toInteger;
  if (from === 'date' && to === 'timestamp') return (value) => value * DAY_US;
  if (from === 'timestamp' && to === 'date') return (value) => Math.floor(value / DAY_US);
  return (value) => value;
}

function convertAll(column: Column, to: ColumnType, rowCount: number): Column {
  const out = to === 'boolean' ? new Uint8Array(rowCount) : new Float64Array(rowCount);
  const valid = new Uint8Array(rowCount).fill(1);
  let missing = false;
  const put = (row: number, value: number | null): void => {
    if (value !== null) out[row] = value;
    else {
      valid[row] = 0;
      missing = true;
    }
  };
  if (column.type === 'string') {
    const convert = fromText(to);
    for (let i = 0; i < rowCount; i++) put(i, column.values[i] === null ? null : convert(trimText(column.values[i]!)));
  } else {
    const convert = fromNumber(column.type, to);
    const values = numbersOf(column);
    for (let i = 0; i < rowCount; i++)
      put(i, column.valid !== null && column.valid[i] === 0 ? null : convert(values[i]!));
  }
  return { type: to, values: out, valid: missing ? valid : null } as Column;
}

/** The value in another type; missing where it has no form there. */
export function castKernel(node: FittedNode): Kernel {
  const to = node.type;
  return (inputs, rowCount) => {
    const input = inputs[0]!;
    if (input.type === to) return input;
    if (to !== 'string') return convertAll(input, to, rowCount);
    const textAt = textReader(input);
    const out: (string | null)[] = new Array(rowCount);
    for (let i = 0; i < rowCount; i++) out[i] = textAt(i);
    return text(out);
  };
}
