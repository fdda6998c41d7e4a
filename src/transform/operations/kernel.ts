import { PlatformError } from '../../errors/index.ts';
import type { Column } from '../../tables/index.ts';
import type { FittedNode } from '../graph.ts';

/**
 * Computes a node for a chunk of rows. Inputs have `rowCount` rows each and are not changed. Text columns that kernels see and
 * make have null at missing rows; all other columns have a byte a row in `valid`, or null where every row is present.
 */
export type Kernel = (inputs: readonly Column[], rowCount: number) => Column;

/** A kernel whose result is several columns: `one_hot`, `tokens`, `impute` with its indicator. */
export type WideKernel = (inputs: readonly Column[], rowCount: number) => readonly Column[];

/** Numbers of any non-text column. */
export type Numbers = Float64Array | Uint8Array;

/** The numbers of a column: booleans 0 and 1, dates in days, timestamps in microseconds. */
export function numbersOf(column: Column): Numbers {
  if (column.type === 'string') throw bug('a kernel for numbers was given text');
  return column.values;
}

/** The texts of a column, null where missing. */
export function textsOf(column: Column): readonly (string | null)[] {
  if (column.type !== 'string') throw bug('a kernel for text was given numbers');
  return column.values;
}

/** A byte a row, 1 where present; null where all rows are. */
export function validOf(column: Column): Uint8Array | null {
  if (column.type !== 'string') return column.valid;
  const { values } = column;
  let valid: Uint8Array | null = null;
  for (let i = 0; i < values.length; i++) {
    if (values[i] === null) {
      valid ??= new Uint8Array(values.length).fill(1);
      valid[i] = 0;
    }
  }
  return valid;
}

/** Present where both are. */
export function bothValid(a: Uint8Array | null, b: Uint8Array | null): Uint8Array | null {
  if (a === null || a === b) return b;
  if (b === null) return a;
  const out = new Uint8Array(a.length);
  for (let i = 0; i < a.length; i++) out[i] = a[i]! & b[i]!;
  return out;
}

/** A float64 column. */
export function float64(values: Float64Array, valid: Uint8Array | null): Column {
  return { type: 'float64', values, valid };
}

/** An int64 column. */
export function int64(values: Float64Array, valid: Uint8Array | null): Column {
  return { type: 'int64', values, valid };
}

/** A boolean column. */
export function boolean(values: Uint8Array, valid: Uint8Array | null): Column {
  return { type: 'boolean', values, valid };
}

/** A text column; missing rows are null. */
export function text(values: readonly (string | null)[]): Column {
  return { type: 'string', values, valid: null };
}

function bug(message: string): PlatformError {
  return new PlatformError('INTERNAL', { message });
}

function badNode(node: FittedNode, key: string, expected: string): PlatformError {
  return new PlatformError('TRANSFORM_BAD_DOCUMENT', {
    message: `the fitted transformation has a node ${node.op} whose ${key} is not ${expected}`,
  });
}

function settingOf(node: FittedNode, key: string): unknown {
  return key in node.constants ? node.constants[key] : node.params[key];
}

/** A number among the constants or parameters of a node. @throws PlatformError TRANSFORM_BAD_DOCUMENT */
export function numberSetting(node: FittedNode, key: string): number {
  const value = settingOf(node, key);
  if (typeof value !== 'number') throw badNode(node, key, 'a number');
  return value;
}

/** A number or null among the settings of a node. @throws PlatformError TRANSFORM_BAD_DOCUMENT */
export function optionalNumberSetting(node: FittedNode, key: string): number | null {
  return settingOf(node, key) === null ? null : numberSetting(node, key);
}

/** A list of numbers among the settings of a node. @throws PlatformError TRANSFORM_BAD_DOCUMENT */
export function numberListSetting(node: FittedNode, key: string): readonly number[] {
  const value = settingOf(node, key);
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'number')) {
    throw badNode(node, key, 'a list of numbers');
  }
  return value as readonly number[];
}

/** A list of texts or numbers among the settings of a node. @throws PlatformError TRANSFORM_BAD_DOCUMENT */
export function valueListSetting(node: FittedNode, key: string): readonly (string | number)[] {
  const value = settingOf(node, key);
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'number' && typeof item !== 'string')) {
    throw badNode(node, key, 'a list of values');
  }
  return value as readonly (string | number)[];
}

/** A number, text, truth value or null among the settings of a node. @throws PlatformError TRANSFORM_BAD_DOCUMENT */
export function scalarSetting(node: FittedNode, key: string): string | number | boolean | null {
  const value = settingOf(node, key);
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  throw badNode(node, key, 'a single value');
}
