import type { DuckDBDataChunk, DuckDBResult, DuckDBVector } from '@duckdb/node-api';
import type { Batch, Column, TableSchema } from '../table.ts';

/** What the vectors of three types hold inside; read directly, because a call a cell costs ten times as much. */
interface RawVector {
  readonly items?: Float64Array;
  readonly dataView?: DataView;
  readonly validity: { readonly data: BigUint64Array | null; readonly offset: number };
  getItem(row: number): unknown;
}

/**
 * Gathers the chunks of a result (2,048 rows each) into batches. Behind the columns of the schema stands one that is true
 * in the row behind the last; returns whether that row came.
 */
export async function* readBatches(
  result: DuckDBResult,
  schema: TableSchema,
  options: { readonly batchRows: number; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<Batch, boolean> {
  let chunks: Chunk[] = [];
  let rowCount = 0;
  let whole = false;
  while (!whole) {
    options.signal?.throwIfAborted();
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    whole = isEnd(chunk, schema.fields.length);
    const count = whole ? chunk.rowCount - 1 : chunk.rowCount;
    if (count === 0) continue;
    chunks.push({ chunk, count });
    rowCount += count;
    if (rowCount < options.batchRows) continue;
    yield toBatch(chunks, rowCount, schema);
    chunks = [];
    rowCount = 0;
  }
  if (rowCount > 0 && whole) yield toBatch(chunks, rowCount, schema);
  return whole;
}

interface Chunk {
  readonly chunk: DuckDBDataChunk;
  /** Rows of the result in it. */
  readonly count: number;
}

function isEnd(chunk: DuckDBDataChunk, column: number): boolean {
  const { dataView } = chunk.getColumnVector(column) as DuckDBVector & RawVector;
  return dataView!.getUint8(chunk.rowCount - 1) !== 0;
}

function toBatch(chunks: readonly Chunk[], rowCount: number, schema: TableSchema): Batch {
  return {
    schema,
    rowCount,
    columns: schema.fields.map((field, index) => toColumn(chunks, index, { type: field.type, rowCount })),
  };
}

function toColumn(
  chunks: readonly Chunk[],
  index: number,
  shape: { readonly type: Column['type']; readonly rowCount: number },
): Column {
  const vectors = chunks.map(({ chunk, count }) => ({
    vector: chunk.getColumnVector(index) as DuckDBVector & RawVector,
    count,
  }));
  const valid = gatherValidity(vectors, shape.rowCount);
  if (shape.type === 'string') return { type: 'string', values: gatherTexts(vectors, shape.rowCount), valid };
  if (shape.type === 'boolean') return { type: 'boolean', values: gatherBooleans(vectors, shape.rowCount), valid };
  return { type: shape.type, values: gatherNumbers(vectors, shape.rowCount), valid };
}

type Vectors = readonly { readonly vector: RawVector; readonly count: number }[];

function gatherNumbers(vectors: Vectors, rowCount: number): Float64Array {
  const values = new Float64Array(rowCount);
  let at = 0;
  for (const { vector, count } of vectors) {
    values.set(vector.items!.subarray(0, count), at);
    at += count;
  }
  return values;
}

function gatherBooleans(vectors: Vectors, rowCount: number): Uint8Array {
  const values = new Uint8Array(rowCount);
  let at = 0;
  for (const { vector, count } of vectors) {
    const view = vector.dataView!;
    for (let row = 0; row < count; row++) values[at + row] = view.getUint8(row) === 0 ? 0 : 1;
    at += count;
  }
  return values;
}

function gatherTexts(vectors: Vectors, rowCount: number): (string | null)[] {
  const values: (string | null)[] = new Array(rowCount);
  let at = 0;
  const known = shortTexts();
  for (const { vector, count } of vectors) {
    known.read(vector, count, { values, at });
    at += count;
  }
  return values;
}

const knownTexts = 4_096;
const inlineBytes = 12;

/**
 * Reads texts. DuckDB keeps a text of up to 12 bytes inside its 16-byte cell (length, bytes, zeros); most columns repeat
 * such texts, so the last seen are kept by their bits, and a repeated one is not decoded again.
 */
function shortTexts(): {
  read(vector: RawVector, count: number, to: { readonly values: (string | null)[]; readonly at: number }): void;
} {
  const bits = new Int32Array(knownTexts * 4).fill(-1);
  const texts: string[] = new Array(knownTexts);
  return {
    read(vector, count, { values, at }) {
      const { buffer, byteOffset } = vector.dataView!;
      const aligned = byteOffset % 4 === 0;
      const words = aligned ? new Int32Array(buffer, byteOffset, count * 4) : null;
      for (let row = 0; row < count; row++) {
        const from = row * 4;
        if (words === null || words[from]! > inlineBytes || words[from]! < 0) {
          values[at + row] = vector.getItem(row) as string | null;
          continue;
        }
        const length = words[from]!;
        const a = words[from + 1]!;
        const b = words[from + 2]!;
        const c = words[from + 3]!;
        const mixed = Math.imul(a ^ Math.imul(b, 0x9e3779b1) ^ Math.imul(c, 0x85ebca6b) ^ length, 0xc2b2ae35);
        const slot = ((mixed ^ (mixed >>> 15)) & (knownTexts - 1)) * 4;
        if (bits[slot] === length && bits[slot + 1] === a && bits[slot + 2] === b && bits[slot + 3] === c) {
          values[at + row] = texts[slot >> 2]!;
          continue;
        }
        const text = vector.getItem(row) as string | null;
        values[at + row] = text;
        if (text === null) continue;
        bits[slot] = length;
        bits[slot + 1] = a;
        bits[slot + 2] = b;
        bits[slot + 3] = c;
        texts[slot >> 2] = text;
      }
    },
  };
}

function gatherValidity(vectors: Vectors, rowCount: number): Uint8Array | null {
  if (vectors.every(({ vector }) => vector.validity.data === null)) return null;
  const valid = new Uint8Array(rowCount).fill(1);
  let at = 0;
  let missing = 0;
  for (const { vector, count } of vectors) {
    const words = vector.validity.data;
    if (words !== null) missing += unpack(words, { offset: vector.validity.offset, count, target: valid, at });
    at += count;
  }
  return missing === 0 ? null : valid;
}

function unpack(
  words: BigUint64Array,
  range: { readonly offset: number; readonly count: number; readonly target: Uint8Array; readonly at: number },
): number {
  const halves = new Uint32Array(words.buffer, words.byteOffset, words.length * 2);
  let missing = 0;
  for (let row = 0; row < range.count; row++) {
    const bit = range.offset + row;
    if (((halves[bit >>> 5]! >>> (bit & 31)) & 1) === 1) continue;
    range.target[range.at + row] = 0;
    missing++;
  }
  return missing;
}
