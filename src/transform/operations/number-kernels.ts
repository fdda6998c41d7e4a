import type { FittedNode } from '../graph.ts';
import { portableExp, portableLog, portableLog1p } from '../numerics/portable-math.ts';
import {
  bothValid,
  float64,
  int64,
  type Kernel,
  type Numbers,
  numberListSetting,
  numberSetting,
  numbersOf,
  optionalNumberSetting,
} from './kernel.ts';

function unary(compute: (from: Numbers, to: Float64Array) => void): Kernel {
  return (inputs, rowCount) => {
    const out = new Float64Array(rowCount);
    compute(numbersOf(inputs[0]!), out);
    return float64(out, inputs[0]!.valid);
  };
}

function binary(compute: (a: Numbers, b: Numbers, to: Float64Array) => void): Kernel {
  return (inputs, rowCount) => {
    const out = new Float64Array(rowCount);
    compute(numbersOf(inputs[0]!), numbersOf(inputs[1]!), out);
    return float64(out, bothValid(inputs[0]!.valid, inputs[1]!.valid));
  };
}

/** a + b; missing where a side is. */
export const addKernel = binary((a, b, to) => {
  for (let i = 0; i < to.length; i++) to[i] = a[i]! + b[i]!;
});

/** a - b; missing where a side is. */
export const subtractKernel = binary((a, b, to) => {
  for (let i = 0; i < to.length; i++) to[i] = a[i]! - b[i]!;
});

/** a * b; missing where a side is. */
export const multiplyKernel = binary((a, b, to) => {
  for (let i = 0; i < to.length; i++) to[i] = a[i]! * b[i]!;
});

/** a / b by IEEE 754: an infinity or NaN for b = 0; missing where a side is. */
export const divideKernel = binary((a, b, to) => {
  for (let i = 0; i < to.length; i++) to[i] = a[i]! / b[i]!;
});

/** -x. */
export const negateKernel = unary((from, to) => {
  for (let i = 0; i < to.length; i++) to[i] = -from[i]!;
});

/** x without its sign. */
export const absKernel = unary((from, to) => {
  for (let i = 0; i < to.length; i++) to[i] = Math.abs(from[i]!);
});

/** The square root; NaN below 0. */
export const sqrtKernel = unary((from, to) => {
  for (let i = 0; i < to.length; i++) to[i] = Math.sqrt(from[i]!);
});

/** The natural logarithm, by `portableLog`. */
export const logKernel = unary((from, to) => {
  for (let i = 0; i < to.length; i++) to[i] = portableLog(from[i]!);
});

/** ln(1 + x), by `portableLog1p`. */
export const log1pKernel = unary((from, to) => {
  for (let i = 0; i < to.length; i++) to[i] = portableLog1p(from[i]!);
});

/** e to the power x, by `portableExp`. */
export const expKernel = unary((from, to) => {
  for (let i = 0; i < to.length; i++) to[i] = portableExp(from[i]!);
});

/** Values below `low` become low, above `high` high; NaN stays. Either bound may be absent. */
export function clipKernel(node: FittedNode): Kernel {
  const low = optionalNumberSetting(node, 'low') ?? Number.NEGATIVE_INFINITY;
  const high = optionalNumberSetting(node, 'high') ?? Number.POSITIVE_INFINITY;
  return unary((from, to) => {
    for (let i = 0; i < to.length; i++) {
      const x = from[i]!;
      to[i] = x < low ? low : x > high ? high : x;
    }
  });
}

/** (x - center) / scale: standardize and robust_scale. */
export function centerScaleKernel(node: FittedNode): Kernel {
  const center = numberSetting(node, 'center');
  const scale = numberSetting(node, 'scale');
  return unary((from, to) => {
    for (let i = 0; i < to.length; i++) to[i] = (from[i]! - center) / scale;
  });
}

/** low + (x - minimum) / range * (high - low). */
export function minmaxKernel(node: FittedNode): Kernel {
  const minimum = numberSetting(node, 'minimum');
  const range = numberSetting(node, 'range');
  const low = numberSetting(node, 'low');
  const width = numberSetting(node, 'high') - low;
  return unary((from, to) => {
    for (let i = 0; i < to.length; i++) to[i] = low + ((from[i]! - minimum) / range) * width;
  });
}

/** How many of the ascending edges are <= x. */
function edgesUpTo(edges: Float64Array, x: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

const LINEAR_EDGES = 8;

function fillBuckets(from: Numbers, edges: Float64Array, to: Float64Array): void {
  if (edges.length > LINEAR_EDGES) {
    for (let i = 0; i < to.length; i++) to[i] = edgesUpTo(edges, from[i]!);
    return;
  }
  for (let i = 0; i < to.length; i++) {
    const x = from[i]!;
    let bucket = 0;
    while (bucket < edges.length && edges[bucket]! <= x) bucket++;
    to[i] = bucket;
  }
}

/** Present where the column is present and not NaN. */
export function validAndNumber(values: Numbers, valid: Uint8Array | null): Uint8Array | null {
  let out = valid;
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    if (Number.isNaN(x)) {
      if (out === valid) out = valid === null ? new Uint8Array(values.length).fill(1) : valid.slice();
      out![i] = 0;
    }
  }
  return out;
}

/** The number of edges <= x: 0 to the number of edges. NaN gives missing. */
export function bucketizeKernel(node: FittedNode): Kernel {
  const edges = Float64Array.from(numberListSetting(node, 'edges'));
  return (inputs, rowCount) => {
    const from = numbersOf(inputs[0]!);
    const out = new Float64Array(rowCount);
    fillBuckets(from, edges, out);
    return int64(out, validAndNumber(from, inputs[0]!.valid));
  };
}
