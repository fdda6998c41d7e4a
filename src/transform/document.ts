import { z } from 'zod';
import { canonicalJson, type JsonValue } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { FittedTransform } from './graph.ts';
import { prepareTransform } from './interpreter.ts';
import { isOperation } from './operations/kernels.ts';

const columnType = z.enum(['boolean', 'int64', 'float64', 'string', 'date', 'timestamp']);
const featureType = z.enum(['float64', 'int64', 'string']);
const input = z.strictObject({ name: z.string(), type: columnType });
const settings = z.record(z.string(), z.json());
const node = z.strictObject({
  op: z.string().refine(isOperation, 'unknown operation'),
  inputs: z.array(z.int().nonnegative()),
  type: columnType,
  params: settings,
  constants: settings,
});
const feature = z.strictObject({
  feature: z.string(),
  expression: z.string(),
  node: z.int().nonnegative(),
  sources: z.array(z.string()),
  columns: z.array(z.strictObject({ name: z.string(), type: featureType })),
});
const outlierRule = z.strictObject({
  column: z.string(),
  method: z.enum(['tukey', 'zscore', 'robust_z', 'quantiles', 'range']),
  parameters: z.array(z.number()),
  low: z.number(),
  high: z.number(),
  removedRowCount: z.int().nonnegative(),
});

/** The JSON form of a fitted transformation, version 1. The JSON Schema of the transformation stage is made of it. */
export const fittedTransformSchema = z.strictObject({
  format: z.literal('mlspec.transform'),
  version: z.literal(1),
  inputs: z.array(input),
  prepared: z.array(input.extend({ sql: z.string(), columns: z.array(input) })),
  nodes: z.array(node),
  features: z.array(feature),
  outliers: z.array(outlierRule),
  fit: z.strictObject({ rowCount: z.int().nonnegative(), removedRowCount: z.int().nonnegative() }),
});

/** The canonical text of a fitted transformation (RFC 8785): what is stored, and what its digest is taken of. */
export function writeTransform(fitted: FittedTransform): string {
  return canonicalJson(fitted as unknown as JsonValue);
}

/** The transformation as its canonical text reads back: what was just fitted and what is loaded later are then one and the same. */
export function canonicalTransform(fitted: FittedTransform): FittedTransform {
  return JSON.parse(writeTransform(fitted)) as FittedTransform;
}

function bad(message: string): PlatformError {
  return new PlatformError('TRANSFORM_BAD_DOCUMENT', { message });
}

/**
 * Reads a fitted transformation and checks all of it, so that applying it cannot fail on the document.
 * @throws PlatformError TRANSFORM_BAD_DOCUMENT
 */
export function readTransform(text: string): FittedTransform {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new PlatformError('TRANSFORM_BAD_DOCUMENT', { message: 'the fitted transformation is not JSON', cause });
  }
  const version = (json as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > 1) {
    throw bad(`the fitted transformation has version ${version}; this program reads version 1`);
  }
  const parsed = fittedTransformSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw bad(`the fitted transformation is wrong at ${issue.path.join('.') || 'its root'}: ${issue.message}`);
  }
  const fitted = parsed.data as FittedTransform;
  checkReferences(fitted);
  prepareTransform(fitted);
  return fitted;
}

function checkReferences(fitted: FittedTransform): void {
  const names = new Set([...fitted.inputs, ...fitted.prepared].map((column) => column.name));
  fitted.nodes.forEach((entry, index) => {
    if (entry.inputs.some((from) => from >= index)) throw bad(`node ${index} reads a later node`);
    const column = entry.params['column'];
    if (entry.op === 'input' && (typeof column !== 'string' || !names.has(column))) {
      throw bad(`node ${index} reads a column that is not among the inputs`);
    }
  });
  for (const entry of fitted.features) {
    if (entry.node >= fitted.nodes.length) throw bad(`the feature ${entry.feature} names a node that does not exist`);
  }
  for (const rule of fitted.outliers) {
    if (!names.has(rule.column)) throw bad(`a rule for outliers names ${rule.column}, which is not among the inputs`);
  }
}
