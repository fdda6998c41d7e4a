import type { Column } from '../../tables/index.ts';
import type { FittedNode } from '../graph.ts';
import { compareText } from '../text/text.ts';
import {
  boolean,
  bothValid,
  type Kernel,
  numbersOf,
  scalarSetting,
  text,
  textsOf,
  validOf,
  type WideKernel,
} from './kernel.ts';

function comparison(numbers: (a: number, b: number) => boolean, texts: (a: string, b: string) => boolean): Kernel {
  return (inputs, rowCount) => {
    const [left, right] = inputs as readonly [Column, Column];
    const out = new Uint8Array(rowCount);
    const valid = bothValid(validOf(left), validOf(right));
    if (left.type === 'string') {
      const a = left.values;
      const b = textsOf(right);
      for (let i = 0; i < rowCount; i++) {
        if (valid === null || valid[i] === 1) out[i] = texts(a[i]!, b[i]!) ? 1 : 0;
      }
    } else {
      const a = left.values;
      const b = numbersOf(right);
      for (let i = 0; i < rowCount; i++) out[i] = numbers(a[i]!, b[i]!) ? 1 : 0;
    }
    return boolean(out, valid);
  };
}

/** a < b: texts by code points, NaN never; missing where a side is. */
export const lessKernel = comparison(
  (a, b) => a < b,
  (a, b) => compareText(a, b) < 0,
);
/** a <= b, as `lessKernel`. */
export const lessOrEqualKernel = comparison(
  (a, b) => a <= b,
  (a, b) => compareText(a, b) <= 0,
);
/** a == b: NaN equals nothing; missing where a side is. */
export const equalKernel = comparison(
  (a, b) => a === b,
  (a, b) => a === b,
);
/** a != b: true where a side is NaN; missing where one is. */
export const notEqualKernel = comparison(
  (a, b) => a !== b,
  (a, b) => a !== b,
);

/** Three-valued logic: `decisive` on one side decides whatever the other is; else a missing side gives missing. */
function connective(decisive: 0 | 1): Kernel {
  return (inputs, rowCount) => {
    const [left, right] = inputs as readonly [Column, Column];
    const a = numbersOf(left);
    const b = numbersOf(right);
    const out = new Uint8Array(rowCount);
    const valid = left.valid === null && right.valid === null ? null : new Uint8Array(rowCount);
    for (let i = 0; i < rowCount; i++) {
      const hasA = left.valid === null || left.valid[i] === 1;
      const hasB = right.valid === null || right.valid[i] === 1;
      const decided = (hasA && a[i] === decisive) || (hasB && b[i] === decisive);
      out[i] = decided ? decisive : 1 - decisive;
      if (valid !== null) valid[i] = decided || (hasA && hasB) ? 1 : 0;
    }
    return boolean(out, valid);
  };
}

/** False where a side is false, else missing where one is. */
export const andKernel = connective(0);
/** True where a side is true, else missing where one is. */
export const orKernel = connective(1);

/** True where false and the other way round; missing stays. */
export const notKernel: Kernel = (inputs, rowCount) => {
  const from = numbersOf(inputs[0]!);
  const out = new Uint8Array(rowCount);
  for (let i = 0; i < rowCount; i++) out[i] = from[i] === 0 ? 1 : 0;
  return boolean(out, inputs[0]!.valid);
};

/** 1 a row where the value is there: not missing and not NaN. */
function presentOf(column: Column, rowCount: number): Uint8Array {
  const present = new Uint8Array(rowCount).fill(1);
  if (column.type === 'string') {
    for (let i = 0; i < rowCount; i++) if (column.values[i] === null) present[i] = 0;
    return present;
  }
  const { values, valid } = column;
  for (let i = 0; i < rowCount; i++) {
    const x = values[i]!;
    if (Number.isNaN(x) || (valid !== null && valid[i] === 0)) present[i] = 0;
  }
  return present;
}

/** Whether the value is missing or NaN; never missing itself. */
export const isMissingKernel: Kernel = (inputs, rowCount) => {
  const present = presentOf(inputs[0]!, rowCount);
  for (let i = 0; i < rowCount; i++) present[i] = 1 - present[i]!;
  return boolean(present, null);
};

/** Row i of `first` where `chosen[i]` is 1, else of `second`. */
function choose(type: Column['type'], chosen: Uint8Array, sources: readonly [Column, Column]): Column {
  const [first, second] = sources;
  const rowCount = chosen.length;
  if (type === 'string') {
    const a = textsOf(first);
    const b = textsOf(second);
    const out: (string | null)[] = new Array(rowCount);
    for (let i = 0; i < rowCount; i++) out[i] = chosen[i] === 1 ? a[i]! : b[i]!;
    return text(out);
  }
  const a = numbersOf(first);
  const b = numbersOf(second);
  const out = type === 'boolean' ? new Uint8Array(rowCount) : new Float64Array(rowCount);
  for (let i = 0; i < rowCount; i++) out[i] = chosen[i] === 1 ? a[i]! : b[i]!;
  let valid: Uint8Array | null = null;
  if (first.valid !== null || second.valid !== null) {
    valid = new Uint8Array(rowCount);
    for (let i = 0; i < rowCount; i++) {
      const source = chosen[i] === 1 ? first.valid : second.valid;
      valid[i] = source === null ? 1 : source[i]!;
    }
  }
  return { type, values: out, valid } as Column;
}

/** The second input where the first is true, else (false or missing) the third. */
export function ifKernel(node: FittedNode): Kernel {
  return (inputs, rowCount) => {
    const [condition, first, second] = inputs as readonly [Column, Column, Column];
    const values = numbersOf(condition);
    const chosen = new Uint8Array(rowCount);
    for (let i = 0; i < rowCount; i++) {
      chosen[i] = values[i] === 1 && (condition.valid === null || condition.valid[i] === 1) ? 1 : 0;
    }
    return choose(node.type, chosen, [first, second]);
  };
}

/** The first input that is neither missing nor NaN; the last one where none is. */
export function coalesceKernel(node: FittedNode): Kernel {
  return (inputs, rowCount) => {
    let result = inputs[inputs.length - 1]!;
    for (let k = inputs.length - 2; k >= 0; k--) {
      result = choose(node.type, presentOf(inputs[k]!, rowCount), [inputs[k]!, result]);
    }
    return result;
  };
}

/** A column with one value in every row; null gives missing rows. */
export function constantColumn(
  type: Column['type'],
  value: string | number | boolean | null,
  rowCount: number,
): Column {
  if (type === 'string') return text(new Array<string | null>(rowCount).fill(value === null ? null : String(value)));
  const valid = value === null ? new Uint8Array(rowCount) : null;
  if (type === 'boolean') return boolean(new Uint8Array(rowCount).fill(value ? 1 : 0), valid);
  return { type, values: new Float64Array(rowCount).fill(Number(value ?? 0)), valid };
}

/** The node's value in every row; the column is kept for the next chunk of the same size. */
export function constantKernel(node: FittedNode): Kernel {
  const value = scalarSetting(node, 'value');
  let kept: { readonly rowCount: number; readonly column: Column } | null = null;
  return (_inputs, rowCount) => {
    if (kept === null || kept.rowCount !== rowCount)
      kept = { rowCount, column: constantColumn(node.type, value, rowCount) };
    return kept.column;
  };
}

/** The learnt or given value where the input is missing or NaN; then, if asked for, an indicator column (1: was missing). */
export function imputeKernel(node: FittedNode): WideKernel {
  const value = scalarSetting(node, 'value');
  const withIndicator = scalarSetting(node, 'indicator') === true;
  return (inputs, rowCount) => {
    const input = inputs[0]!;
    const present = presentOf(input, rowCount);
    const filled = choose(node.type, present, [input, constantColumn(node.type, value, rowCount)]);
    const complete = filled.type === 'string' ? filled : ({ ...filled, valid: null } as Column);
    if (!withIndicator) return [complete];
    for (let i = 0; i < rowCount; i++) present[i] = 1 - present[i]!;
    return [complete, boolean(present, null)];
  };
}
