import type { Batch } from '../../src/tables/index.ts';
import {
  applyTransform,
  batchFromRows,
  type FittedTransform,
  type Row,
  rowsFromBatch,
} from '../../src/transform/index.ts';

/** A cell in a form that JSON can carry: see `check_cases.py`. */
export type CaseCell = null | number | boolean | { readonly s: string } | { readonly n: string };

/** What both interpreters must agree on. */
export interface TransformCase {
  readonly name: string;
  readonly transform: FittedTransform;
  readonly rows: readonly Record<string, CaseCell>[];
  readonly expected: Record<string, CaseCell[]>;
}

/** A value as a cell. */
export function encodeCell(value: unknown): CaseCell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return { s: value };
  const number = Number(value);
  if (Number.isFinite(number) && !Object.is(number, -0)) return number;
  return { n: Object.is(number, -0) ? '-0' : String(number) };
}

/** A cell as a value. */
export function decodeCell(cell: CaseCell): unknown {
  if (cell === null || typeof cell !== 'object') return cell;
  return 's' in cell ? cell.s : Number(cell.n);
}

/** The columns of a batch as cells. */
export function encodeBatch(batch: Batch): Record<string, CaseCell[]> {
  const rows = rowsFromBatch(batch);
  return Object.fromEntries(batch.schema.fields.map(({ name }) => [name, rows.map((row) => encodeCell(row[name]))]));
}

/** A case with what this interpreter makes of the rows. */
export function makeCase(name: string, transform: FittedTransform, rows: readonly Row[]): TransformCase {
  const encoded = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [key, encodeCell(value)])),
  );
  const batch = batchFromRows([...transform.inputs, ...transform.prepared], rows);
  return { name, transform, rows: encoded, expected: encodeBatch(applyTransform(transform, batch)) };
}

async function* one(batch: Batch): AsyncGenerator<Batch> {
  yield batch;
}

/** The batch as a source for fitting. */
export function sourceOf(batch: Batch): () => AsyncIterable<Batch> {
  return () => one(batch);
}
