import { PlatformError } from '../errors/index.ts';
import type { Batch, Column, Field } from '../tables/index.ts';
import type { FittedFeature, FittedNode, FittedTransform, OutputColumn, TransformInput } from './graph.ts';
import { kernelOf } from './operations/kernels.ts';

/** Rows that are computed at once: intermediate columns of this length stay in the processor's cache. */
export const CHUNK_ROWS = 8192;

/** The columns of a node over a chunk of rows. */
type NodeColumns = readonly Column[];

/** Computes chosen nodes of a graph for a chunk of rows. */
export interface NodeProgram {
  /** The columns of each chosen node, in the order in which they were chosen. */
  run(inputs: ReadonlyMap<string, Column>, rowCount: number): NodeColumns[];
}

/**
 * Makes a program that computes some nodes, and of the others only those that they need.
 * @throws PlatformError TRANSFORM_BAD_DOCUMENT where a node lacks its constants
 */
export function compileNodes(nodes: readonly FittedNode[], chosen: readonly number[]): NodeProgram {
  const order = neededNodes(nodes, chosen);
  const kernels = order.map((index) => (nodes[index]!.op === 'input' ? null : kernelOf(nodes[index]!)));
  const results: NodeColumns[] = new Array(nodes.length);
  return {
    run(inputs, rowCount) {
      for (let step = 0; step < order.length; step++) {
        const index = order[step]!;
        const node = nodes[index]!;
        const kernel = kernels[step]!;
        if (kernel === null) results[index] = [inputs.get(String(node.params['column']))!];
        else results[index] = kernel(gather(node, results), rowCount);
      }
      return chosen.map((index) => results[index]!);
    },
  };
}

function gather(node: FittedNode, results: readonly NodeColumns[]): Column[] {
  const inputs: Column[] = new Array(node.inputs.length);
  for (let i = 0; i < inputs.length; i++) inputs[i] = results[node.inputs[i]!]![0]!;
  return inputs;
}

function neededNodes(nodes: readonly FittedNode[], chosen: readonly number[]): number[] {
  const needed = new Uint8Array(nodes.length);
  for (const index of chosen) needed[index] = 1;
  for (let index = nodes.length - 1; index >= 0; index--) {
    if (needed[index] === 1) for (const input of nodes[index]!.inputs) needed[input] = 1;
  }
  return nodes.map((_, index) => index).filter((index) => needed[index] === 1);
}

/**
 * Finds the input columns of a batch by name and brings them into the form that kernels read.
 * @throws PlatformError TRANSFORM_INPUT_MISSING, TRANSFORM_INPUT_TYPE
 */
export function bindInputs(inputs: readonly TransformInput[], batch: Batch): Map<string, Column> {
  const bound = new Map<string, Column>();
  for (const input of inputs) {
    const index = batch.schema.fields.findIndex((field) => field.name === input.name);
    if (index < 0) throw missingInput(input, batch);
    bound.set(input.name, coerce(input, batch.columns[index]!));
  }
  return bound;
}

function missingInput(input: TransformInput, batch: Batch): PlatformError {
  const names = batch.schema.fields.map((field) => field.name);
  return new PlatformError('TRANSFORM_INPUT_MISSING', {
    message: `the transformation reads the column ${input.name} (${input.type}); the rows have ${names.join(', ') || 'no columns'}`,
    details: { column: input.name, type: input.type },
  });
}

function coerce(input: TransformInput, column: Column): Column {
  if (column.type === 'string') {
    if (input.type !== 'string') throw wrongType(input, column);
    return column.valid === null
      ? column
      : { type: 'string', values: withNulls(column.values, column.valid), valid: null };
  }
  if (column.type === input.type) return column;
  if (input.type === 'float64' && column.type === 'int64') return { ...column, type: 'float64' };
  throw wrongType(input, column);
}

function wrongType(input: TransformInput, column: Column): PlatformError {
  return new PlatformError('TRANSFORM_INPUT_TYPE', {
    message: `the transformation was fitted on ${input.name} as ${input.type}; these rows have it as ${column.type}`,
    details: { column: input.name, expected: input.type, found: column.type },
  });
}

function withNulls(values: readonly (string | null)[], valid: Uint8Array): readonly (string | null)[] {
  for (let i = 0; i < valid.length; i++) {
    if (valid[i] === 0 && values[i] !== null) return values.map((value, row) => (valid[row] === 0 ? null : value));
  }
  return values;
}

/** Rows `start` to `end` of a column, without copying numbers. */
export function sliceColumn(column: Column, start: number, end: number): Column {
  if (column.type === 'string') {
    return {
      type: 'string',
      values: column.values.slice(start, end),
      valid: column.valid?.subarray(start, end) ?? null,
    };
  }
  return {
    type: column.type,
    values: column.values.subarray(start, end),
    valid: column.valid?.subarray(start, end) ?? null,
  } as Column;
}

/** A fitted transformation made ready to run: vocabularies indexed, kernels chosen. */
export interface PreparedTransform {
  readonly fitted: FittedTransform;
  /** The fields of what `apply` returns, in order. */
  readonly fields: readonly Field[];
  /** @throws PlatformError TRANSFORM_INPUT_MISSING, TRANSFORM_INPUT_TYPE */
  apply(batch: Batch): Batch;
}

/**
 * Makes a fitted transformation ready to run. Cost: once over its constants.
 * @throws PlatformError TRANSFORM_BAD_DOCUMENT
 */
export function prepareTransform(fitted: FittedTransform): PreparedTransform {
  const program = compileNodes(
    fitted.nodes,
    fitted.features.map((feature) => feature.node),
  );
  const outputs = fitted.features.flatMap((feature) => feature.columns);
  const fields = outputs.map((column) => ({ name: column.name, type: column.type }));
  const readable = [...fitted.inputs, ...fitted.prepared];
  return {
    fitted,
    fields,
    apply(batch) {
      const inputs = bindInputs(readable, batch);
      const columns =
        batch.rowCount <= CHUNK_ROWS
          ? finishAll(fitted.features, program.run(inputs, batch.rowCount))
          : runInChunks({ program, features: fitted.features, outputs }, inputs, batch.rowCount);
      return { schema: { fields }, rowCount: batch.rowCount, columns };
    },
  };
}

function finishAll(features: readonly FittedFeature[], results: readonly NodeColumns[]): Column[] {
  const columns: Column[] = [];
  for (let f = 0; f < features.length; f++) {
    for (let c = 0; c < features[f]!.columns.length; c++) columns.push(finish(results[f]![c]!));
  }
  return columns;
}

/** Kernels' columns as feature columns: booleans become int64; text gets its bytes of presence. */
function finish(column: Column): Column {
  if (column.type === 'boolean')
    return { type: 'int64', values: Float64Array.from(column.values), valid: column.valid };
  if (column.type !== 'string') return column;
  const absent = column.values.includes(null);
  return absent ? { ...column, valid: Uint8Array.from(column.values, (value) => (value === null ? 0 : 1)) } : column;
}

interface ChunkedRun {
  readonly program: NodeProgram;
  readonly features: readonly FittedFeature[];
  readonly outputs: readonly OutputColumn[];
}

function runInChunks(run: ChunkedRun, inputs: ReadonlyMap<string, Column>, rowCount: number): Column[] {
  const whole = run.outputs.map((output) => emptyColumn(output, rowCount));
  for (let start = 0; start < rowCount; start += CHUNK_ROWS) {
    const end = Math.min(start + CHUNK_ROWS, rowCount);
    const slices = new Map<string, Column>();
    for (const [name, column] of inputs) slices.set(name, sliceColumn(column, start, end));
    const columns = finishAll(run.features, run.program.run(slices, end - start));
    for (let c = 0; c < columns.length; c++) copyInto(whole[c]!, columns[c]!, start);
  }
  return whole.map((column) => column as Column);
}

interface GrowingColumn {
  readonly type: OutputColumn['type'];
  readonly values: Float64Array | (string | null)[];
  valid: Uint8Array | null;
}

function emptyColumn(output: OutputColumn, rowCount: number): GrowingColumn {
  const values = output.type === 'string' ? new Array<string | null>(rowCount) : new Float64Array(rowCount);
  return { type: output.type, values, valid: null };
}

function copyInto(target: GrowingColumn, column: Column, start: number): void {
  if (column.type === 'string') {
    const values = target.values as (string | null)[];
    for (let i = 0; i < column.values.length; i++) values[start + i] = column.values[i]!;
  } else {
    (target.values as Float64Array).set(column.values, start);
  }
  if (column.valid !== null) {
    target.valid ??= new Uint8Array(target.values.length).fill(1);
    target.valid.set(column.valid, start);
  }
}

const prepared = new WeakMap<FittedTransform, PreparedTransform>();

/**
 * Applies a fitted transformation to rows: the same columns for one row as for millions. Input columns are found by name;
 * further columns are ignored; an int64 column may stand where float64 is expected. Rows are neither dropped nor moved.
 * @throws PlatformError TRANSFORM_INPUT_MISSING, TRANSFORM_INPUT_TYPE, TRANSFORM_BAD_DOCUMENT
 */
export function applyTransform(fitted: FittedTransform, batch: Batch): Batch {
  let ready = prepared.get(fitted);
  if (ready === undefined) {
    ready = prepareTransform(fitted);
    prepared.set(fitted, ready);
  }
  return ready.apply(batch);
}
