import type { Column } from '../../tables/index.ts';
import type { FittedNode } from '../graph.ts';
import { hashBucket } from '../text/hash.ts';
import { wordsOf } from '../text/text.ts';
import {
  boolean,
  int64,
  type Kernel,
  numberSetting,
  numbersOf,
  text,
  valueListSetting,
  type WideKernel,
} from './kernel.ts';
import { type TextAt, textReader } from './value-text.ts';

type Lookup = ReadonlyMap<string | number, number>;

/** -2 stands for a missing row in the indices of `lookUp`, -1 for a value that is not in the list. */
const MISSING = -2;

function lookupOf(values: readonly (string | number)[]): Lookup {
  return new Map(values.map((value, index) => [value, index]));
}

/** The place of each row's value in the list: -1 not there, -2 missing or NaN. */
function lookUp(column: Column, lookup: Lookup, to: Int32Array): void {
  if (column.type === 'string') {
    const { values } = column;
    for (let i = 0; i < to.length; i++) {
      const value = values[i]!;
      to[i] = value === null ? MISSING : (lookup.get(value) ?? -1);
    }
    return;
  }
  const values = numbersOf(column);
  const valid = column.valid;
  for (let i = 0; i < to.length; i++) {
    const value = values[i]!;
    to[i] = (valid !== null && valid[i] === 0) || Number.isNaN(value) ? MISSING : (lookup.get(value) ?? -1);
  }
}

/**
 * The place of the value in the vocabulary; a value outside it gets one of the `oov` places after the last (by its hash),
 * or -1 where there are none. Missing and NaN give missing.
 */
export function vocabularyKernel(node: FittedNode): Kernel {
  const values = valueListSetting(node, 'values');
  const lookup = lookupOf(values);
  const oovCount = numberSetting(node, 'oov');
  return (inputs, rowCount) => {
    const places = new Int32Array(rowCount);
    lookUp(inputs[0]!, lookup, places);
    const out = new Float64Array(rowCount);
    let valid: Uint8Array | null = null;
    let textAt: TextAt | null = null;
    for (let i = 0; i < rowCount; i++) {
      const place = places[i]!;
      if (place >= 0) out[i] = place;
      else if (place === MISSING) {
        valid ??= new Uint8Array(rowCount).fill(1);
        valid[i] = 0;
      } else if (oovCount <= 1) out[i] = oovCount === 1 ? values.length : -1;
      else {
        textAt ??= textReader(inputs[0]!);
        out[i] = values.length + hashBucket(textAt(i)!, oovCount);
      }
    }
    return int64(out, valid);
  };
}

/** One column a value, 1 where the row has it, then `oov` columns for all other values. Missing and NaN: 0 in all. */
export function oneHotKernel(node: FittedNode): WideKernel {
  const values = valueListSetting(node, 'values');
  const lookup = lookupOf(values);
  const oovCount = numberSetting(node, 'oov');
  return (inputs, rowCount) => {
    const places = new Int32Array(rowCount);
    lookUp(inputs[0]!, lookup, places);
    const columns = Array.from({ length: values.length + oovCount }, () => new Float64Array(rowCount));
    const textAt = textReader(inputs[0]!);
    for (let i = 0; i < rowCount; i++) {
      const place = places[i]!;
      if (place >= 0) columns[place]![i] = 1;
      else if (place === -1 && oovCount > 0) columns[values.length + hashBucket(textAt(i)!, oovCount)]![i] = 1;
    }
    return columns.map((column) => int64(column, null));
  };
}

/** One of `buckets` places, by the hash of the value's text. Missing gives missing. */
export function hashKernel(node: FittedNode): Kernel {
  const bucketCount = numberSetting(node, 'buckets');
  return (inputs, rowCount) => {
    const textAt = textReader(inputs[0]!);
    const out = new Float64Array(rowCount);
    let valid: Uint8Array | null = null;
    for (let i = 0; i < rowCount; i++) {
      const value = textAt(i);
      if (value !== null) out[i] = hashBucket(value, bucketCount);
      else {
        valid ??= new Uint8Array(rowCount).fill(1);
        valid[i] = 0;
      }
    }
    return int64(out, valid);
  };
}

function escapeCrossed(value: string): string {
  return value.includes('|') || value.includes('\\') ? value.replaceAll('\\', '\\\\').replaceAll('|', '\\|') : value;
}

/** The texts of all inputs with `|` between them (`\` before a `|` or `\` of theirs). Missing where one is. */
export const crossKernel: Kernel = (inputs, rowCount) => {
  const readers = inputs.map(textReader);
  const out: (string | null)[] = new Array(rowCount);
  for (let i = 0; i < rowCount; i++) {
    let crossed: string | null = '';
    for (let k = 0; k < readers.length && crossed !== null; k++) {
      const value: string | null = readers[k]!(i);
      if (value === null) crossed = null;
      else crossed = k === 0 ? escapeCrossed(value) : `${crossed}|${escapeCrossed(value)}`;
    }
    out[i] = crossed;
  }
  return text(out);
};

/** Whether the value is one of a list. Missing and NaN: missing, false. */
export function inKernel(node: FittedNode): Kernel {
  const lookup = lookupOf(valueListSetting(node, 'values'));
  return (inputs, rowCount) => {
    const places = new Int32Array(rowCount);
    const column = inputs[0]!;
    lookUp(column, lookup, places);
    const out = new Uint8Array(rowCount);
    for (let i = 0; i < rowCount; i++) out[i] = places[i]! >= 0 ? 1 : 0;
    if (column.type !== 'string') return boolean(out, column.valid);
    let valid: Uint8Array | null = null;
    for (let i = 0; i < rowCount; i++) {
      if (places[i] === MISSING) {
        valid ??= new Uint8Array(rowCount).fill(1);
        valid[i] = 0;
      }
    }
    return boolean(out, valid);
  };
}

/** One column a word: how often it occurs in the row's text. Missing text has no words. */
export function tokensKernel(node: FittedNode): WideKernel {
  const words = valueListSetting(node, 'values');
  const lookup = lookupOf(words);
  return (inputs, rowCount) => {
    const columns = words.map(() => new Float64Array(rowCount));
    const textAt = textReader(inputs[0]!);
    for (let i = 0; i < rowCount; i++) {
      const value = textAt(i);
      if (value === null) continue;
      for (const word of wordsOf(value)) {
        const place = lookup.get(word);
        if (place !== undefined) columns[place]![i]!++;
      }
    }
    return columns.map((column) => int64(column, null));
  };
}
