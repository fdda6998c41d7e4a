import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { JsonObject, JsonValue } from '../../encoding/index.ts';
import { isDigest } from '../../encoding/index.ts';
import type { InvocationError, InvocationResult, LoadedFile, StepAssertion } from '../invocation.ts';

const maximumBytes = 64 * 1024 * 1024;

/** A result with nothing in it. */
export function emptyResult(status: InvocationResult['status']): InvocationResult {
  return {
    status,
    outputs: {},
    values: {},
    artifacts: [],
    assertions: [],
    code: { files: [], absent: [] },
    usage: { cpuSeconds: 0, peakMemoryBytes: 0 },
  };
}

/**
 * The result document that a step left, or null where there is none that can be read. Any program may have written it:
 * members that are not what they should be are left out, and a document over 64 MiB is none.
 */
export async function readResultDocument(path: string): Promise<InvocationResult | null> {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined || found.size > maximumBytes) return null;
    return parseResult(await readFile(path, 'utf8'));
  } catch {
    return null;
  }
}

/** The same of a text. */
export function parseResult(text: string): InvocationResult | null {
  const value = toObject(parseJson(text));
  const { status } = value;
  if (status !== 'complete' && status !== 'failed') return null;
  const code = toObject(value['code']);
  const usage = toObject(value['usage']);
  const error = toError(value['error']);
  return {
    status,
    outputs: mapMembers(toObject(value['outputs']), (output) => {
      const { properties, skipped } = toObject(output);
      return { properties: toObject(properties), ...(skipped === true ? { skipped } : {}) };
    }),
    values: mapMembers(toObject(value['values']), (one) => one),
    artifacts: toTexts(value['artifacts']),
    assertions: toList(value['assertions']).flatMap(toAssertion),
    code: {
      files: toList(code['files']).flatMap(toLoadedFile),
      absent: toTexts(code['absent']),
      ...(typeof code['unknown'] === 'string' ? { unknown: code['unknown'] } : {}),
    },
    usage: { cpuSeconds: toAmount(usage['cpuSeconds']), peakMemoryBytes: toAmount(usage['peakMemoryBytes']) },
    ...(error === null ? {} : { error }),
  };
}

function toError(value: JsonValue | undefined): InvocationError | null {
  const { code, message, hint, traceback, retryable } = toObject(value);
  if (typeof code !== 'string' && typeof message !== 'string') return null;
  return {
    code: typeof code === 'string' ? code : 'PIPELINE_STEP_FAILED',
    message: typeof message === 'string' ? message : 'the step failed and did not say why',
    ...(typeof hint === 'string' ? { hint } : {}),
    ...(typeof traceback === 'string' ? { traceback } : {}),
    ...(retryable === true ? { retryable } : {}),
  };
}

function toLoadedFile(value: JsonValue): LoadedFile[] {
  const { path, digest } = toObject(value);
  return typeof path === 'string' && isDigest(digest) ? [{ path, digest }] : [];
}

function toAssertion(value: JsonValue): StepAssertion[] {
  const { predicateType, about, predicate } = toObject(value);
  return typeof predicateType === 'string'
    ? [{ predicateType, about: toTexts(about), predicate: toObject(predicate) }]
    : [];
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function toObject(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function toList(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? [...(value as JsonValue[])] : [];
}

function toTexts(value: JsonValue | undefined): string[] {
  return toList(value).filter((one) => typeof one === 'string');
}

function toAmount(value: JsonValue | undefined): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0;
}

function mapMembers<T>(object: JsonObject, map: (member: JsonValue) => T): Record<string, T> {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, member]) =>
      name === '__proto__' || member === undefined ? [] : [[name, map(member)]],
    ),
  );
}
