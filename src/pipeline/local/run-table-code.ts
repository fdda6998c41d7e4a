import { open } from 'node:fs/promises';
import { type JsonValue, writeFileAtomically } from '../../encoding/index.ts';
import { assert, isPlatformError, PlatformError } from '../../errors/index.ts';
import {
  type Batch,
  cellOf,
  createDuckDb,
  maskBytes,
  parquetSource,
  quoteIdentifier,
  type TableBatch,
} from '../../tables/index.ts';
import type { InvocationResult } from '../invocation.ts';
import type { CodeRequest } from './call-code.ts';
import type { CodeRecorder } from './code-recorder.ts';
import { loadExport } from './load-export.ts';
import { emptyResult } from './result-document.ts';
import { strayErrors } from './run-typescript.ts';

/** A function over batches, with what puts together what it says of each. */
type TableFunction = ((given: unknown) => unknown) & {
  readonly merge?: (one: unknown, other: unknown) => unknown;
  readonly final?: (merged: unknown) => unknown;
};

/** Calls the function of a request and leaves a result document. Resolves to the exit code of the process. */
export async function runTableCode(request: CodeRequest, recorder: CodeRecorder): Promise<number> {
  const stray = strayErrors();
  const result = await Promise.race([carryOut(request), stray.thrown]).catch(failed);
  stray.stop();
  const document: InvocationResult = { ...result, code: recorder.loaded() };
  await writeFileAtomically(request.resultPath, JSON.stringify(document), { flush: false });
  return result.status === 'complete' ? 0 : 1;
}

function failed(thrown: unknown): InvocationResult {
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `it threw ${String(thrown)}`;
  if (!isPlatformError(thrown)) console.error(thrown);
  const error = isPlatformError(thrown)
    ? { code: thrown.code, message: thrown.message }
    : { code: 'PIPELINE_STEP_FAILED', message: text };
  return { ...emptyResult('failed'), error };
}

async function carryOut(request: CodeRequest): Promise<InvocationResult> {
  const { code } = request;
  assert(code.kind === 'typescript', 'only TypeScript is called here');
  const given = (await loadExport(code, request.projectRoot)) as TableFunction;
  if (request.gives === 'value')
    return { ...emptyResult('complete'), values: plainValue(await valueFrom(given, request)) };
  await writeMask(given, request);
  return emptyResult('complete');
}

async function* batchesOf({ rows, hidden }: CodeRequest): AsyncGenerator<TableBatch> {
  const engine = await createDuckDb({ threads: 1 });
  try {
    const { fields } = await engine.describe(`SELECT * FROM ${parquetSource(rows)}`);
    const names = fields.map(({ name }) => name).filter((name) => !hidden.includes(name));
    const columns = names.map(quoteIdentifier).join(', ');
    for await (const batch of engine.batches(`SELECT ${columns} FROM ${parquetSource(rows)}`)) yield plainBatch(batch);
  } finally {
    await engine.close();
  }
}

const dayMs = 86_400_000;

function plainBatch({ schema, rowCount, columns }: Batch): TableBatch {
  const scale = { date: dayMs, timestamp: 1 / 1000 } as const;
  const plain = columns.map((column, at) => {
    const { type } = column;
    const times = type === 'date' || type === 'timestamp' ? scale[type] : null;
    const values = Array.from({ length: rowCount }, (_, row) => {
      const cell = cellOf(column, row);
      return times === null || cell === null ? cell : (cell as number) * times;
    });
    return [schema.fields[at]!.name, values] as const;
  });
  return { rowCount, columns: Object.fromEntries(plain) };
}

async function writeMask(given: TableFunction, request: CodeRequest): Promise<void> {
  const file = await open(request.maskPath, 'w', 0o600);
  try {
    for await (const batch of batchesOf(request)) await file.write(maskOf(await given(batch), batch.rowCount));
  } finally {
    await file.close();
  }
}

function maskOf(returned: unknown, rowCount: number): Uint8Array {
  if (!Array.isArray(returned))
    throw badReturn(`expected an array with a truth value for each of the ${rowCount} rows, found ${kindOf(returned)}`);
  if (returned.length !== rowCount)
    throw badReturn(`expected a truth value for each of the ${rowCount} rows of a batch, found ${returned.length}`);
  return Uint8Array.from({ length: rowCount }, (_, row) => {
    const one: unknown = returned[row];
    if (one === null) return maskBytes.nothing;
    if (typeof one !== 'boolean')
      throw badReturn(`expected truth values or null, found ${kindOf(one)} in row ${row} of a batch`);
    return one ? maskBytes.yes : maskBytes.no;
  });
}

/** Of a function with `merge` what it says of each batch, put together; else what it says of all batches, which it goes through itself. */
async function valueFrom(given: TableFunction, request: CodeRequest): Promise<unknown> {
  if (given.merge === undefined) return await given(batchesOf(request));
  let merged: { readonly state: unknown } | null = null;
  for await (const batch of batchesOf(request)) {
    const state = await given(batch);
    merged = { state: merged === null ? state : await given.merge(merged.state, state) };
  }
  if (merged === null) return null;
  return given.final === undefined ? merged.state : await given.final(merged.state);
}

function plainValue(value: unknown): Record<string, JsonValue> {
  if (typeof value === 'number' && !Number.isFinite(value)) return { number: String(value) };
  if (value === null || ['number', 'string', 'boolean'].includes(typeof value)) return { value: value as JsonValue };
  if (typeof value === 'bigint') return { value: Number(value) };
  throw badReturn(`expected a number, a text, a truth value or null, found ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object'
    ? `an object (${value.constructor?.name ?? 'without a class'})`
    : `a ${typeof value}`;
}

function badReturn(message: string): PlatformError {
  return new PlatformError('COMPONENT_BAD_OUTPUT', { message: `the function returned something else: ${message}` });
}
