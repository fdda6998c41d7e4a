/** What of a document becomes values and metrics of its step, beside the document itself. */
import type { JsonObject, JsonValue } from '../encoding/index.ts';
import type { Fields } from './schema.ts';

/** Small named values and numbers. */
export interface Landed {
  readonly values: Readonly<Record<string, JsonValue>>;
  readonly metrics: Readonly<Record<string, number>>;
}

const longestValue = 1000;

/** The fields that identify a document as values, those that measure something as metrics; named by their paths. */
export function landedOf(document: JsonObject, fields: Fields): Landed {
  const landed = { values: {} as Record<string, JsonValue>, metrics: {} as Record<string, number> };
  land(document, fields, { prefix: '', landed });
  return landed;
}

interface Place {
  readonly prefix: string;
  readonly landed: { readonly values: Record<string, JsonValue>; readonly metrics: Record<string, number> };
}

function land(document: JsonObject, fields: Fields, { prefix, landed }: Place): void {
  for (const [name, field] of Object.entries(fields)) {
    const value = document[name];
    if (value === undefined || value === null) continue;
    const path = `${prefix}${name}`;
    if (field.kind === 'group') landGroup(value, field.fields, { prefix: path, landed });
    else if (field.lands === 'metric')
      landMetric(value, name === 'value' ? metricName(path, document) : path, landed.metrics);
    else if (field.lands === 'value' && isSmall(value)) landed.values[path] = value;
  }
}

function landGroup(value: JsonValue, fields: Fields, { prefix, landed }: Place): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) landGroup(item, fields, { prefix: `${prefix}[${index}]`, landed });
  } else if (isObject(value)) land(value, fields, { prefix: `${prefix}.`, landed });
}

/** Numbers, also those written as texts, and the numbers of a mapping under their names. */
function landMetric(value: JsonValue, name: string, metrics: Record<string, number>): void {
  if (isObject(value)) {
    for (const [key, one] of Object.entries(value)) if (typeof one === 'number') metrics[`${name}.${key}`] = one;
    return;
  }
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) metrics[name] = number;
}

/** What stands beside a value as its key is its name, as in `{key: accuracy, value: 0.9}`. */
function metricName(path: string, { key }: JsonObject): string {
  return typeof key === 'string' && key !== '' && key.length <= longestValue ? key : path;
}

function isSmall(value: JsonValue): boolean {
  return typeof value === 'string' ? value.length <= longestValue : typeof value !== 'object';
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
