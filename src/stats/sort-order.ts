/*
 * The order of numbers by their bits: a radix sort of four passes of 16 bits over the IEEE 754 pattern, made to rise with
 * the number. Linear in the count, stable, and several times as fast as a comparing sort of indexes from some thousands on.
 */

const smallCount = 2_000;
const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/**
 * The rows in rising order of their values; equal values (also 0 and -0) keep the order of rows; NaN comes last.
 * @param values float64[rows]
 * @returns uint32[rows]
 */
export function risingOrder(values: Float64Array): Uint32Array {
  return values.length < smallCount ? comparingOrder(values, 1) : radixOrder(values, 1);
}

/** The rows in falling order of their values; equal values keep the order of rows; NaN comes last. */
export function fallingOrder(values: Float64Array): Uint32Array {
  return values.length < smallCount ? comparingOrder(values, -1) : radixOrder(values, -1);
}

function comparingOrder(values: Float64Array, sign: 1 | -1): Uint32Array {
  const order = new Uint32Array(values.length);
  for (let row = 0; row < order.length; row++) order[row] = row;
  return order.sort((a, b) => {
    const difference = sign * (values[a]! - values[b]!);
    if (difference > 0) return 1;
    if (difference < 0) return -1;
    return Number(Number.isNaN(values[a])) - Number(Number.isNaN(values[b])) || a - b;
  });
}

interface Keys {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

function risingKeys(values: Float64Array, sign: 1 | -1): Keys {
  const low = new Uint32Array(values.length);
  const high = new Uint32Array(values.length);
  // adding 0 turns -0 into 0
  const signed = values.map((value) => sign * value + 0);
  const halves = new Uint32Array(signed.buffer);
  const lowAt = isLittleEndian ? 0 : 1;
  for (let row = 0; row < values.length; row++) {
    const value = signed[row]!;
    const top = halves[2 * row + 1 - lowAt]!;
    const bottom = halves[2 * row + lowAt]!;
    if (value >= 0) {
      high[row] = top ^ 0x80000000;
      low[row] = bottom;
    } else if (value < 0) {
      high[row] = ~top;
      low[row] = ~bottom;
    } else high[row] = low[row] = 0xffffffff;
  }
  return { low, high };
}

function radixOrder(values: Float64Array, sign: 1 | -1): Uint32Array {
  const { low, high } = risingKeys(values, sign);
  let order = new Uint32Array(values.length);
  for (let row = 0; row < order.length; row++) order[row] = row;
  let next = new Uint32Array(values.length);
  const starts = new Uint32Array(65_537);
  for (let pass = 0; pass < 4; pass++) {
    const keys = pass < 2 ? low : high;
    const shift = pass % 2 === 0 ? 0 : 16;
    if (!countDigits(keys, shift, starts)) continue;
    for (let place = 0; place < order.length; place++) {
      const row = order[place]!;
      const digit = (keys[row]! >>> shift) & 0xffff;
      const to = starts[digit]!;
      next[to] = row;
      starts[digit] = to + 1;
    }
    const spare = order;
    order = next;
    next = spare;
  }
  return order;
}

/** Where the rows of each digit begin; false where all digits are equal, so that nothing has to move. */
function countDigits(keys: Uint32Array, shift: number, starts: Uint32Array): boolean {
  starts.fill(0);
  for (let row = 0; row < keys.length; row++) {
    const after = ((keys[row]! >>> shift) & 0xffff) + 1;
    starts[after] = starts[after]! + 1;
  }
  for (let index = 1; index < starts.length; index++) {
    if (starts[index] === keys.length) return false;
    starts[index] = starts[index]! + starts[index - 1]!;
  }
  return true;
}
