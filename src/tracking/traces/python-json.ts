/*
 * JSON as Python's library writes it: a space behind `,` and `:`, and doubles with a point or an exponent, so that `1.0` and `1`
 * stay a double and an integer. Attributes of spans are kept as such texts, which is what clients of MLflow search and compare.
 */
import { storable } from '../names.ts';
import type { SpanValue } from './span.ts';

/** A value as JSON. Bytes become base64; NaN and the infinities, of which JSON has none, become texts. */
export function pythonJson(value: SpanValue): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return doubleText(value);
  if (typeof value === 'string') return JSON.stringify(storable(value));
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  const entries = [...(value as ReadonlyMap<string, SpanValue>)];
  return `{${entries.map(([key, one]) => `${JSON.stringify(storable(key))}: ${pythonJson(one)}`).join(', ')}}`;
}

function doubleText(value: number): string {
  if (!Number.isFinite(value)) return `"${Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'}"`;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return Object.is(value, -0) ? '-0.0' : Number.isInteger(value) ? `${value}.0` : String(value);
}
