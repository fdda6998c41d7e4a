import { newId } from '../../encoding/index.ts';
import type { PackageFacts } from '../../models/index.ts';
import type { InferAnswer, Service } from '../../serving/index.ts';
import { asList, asMap, asText, emptyRow, type JsonMap, wrong } from './reading.ts';

/** Rows of a request, whatever its protocol. */
export interface ReadRows {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly columns: readonly string[];
}

/** What an inference request of the Open Inference Protocol says. */
export interface OpenInferenceRequest extends ReadRows {
  readonly id: string;
  /** The outputs that were asked for; null: all. */
  readonly outputs: readonly string[] | null;
}

const numeric = /^(U?INT(8|16|32|64)|FP(16|32|64))$/;
const datatypeOf: Readonly<Record<PackageFacts['inputs'][number]['type'], string>> = {
  boolean: 'BOOL',
  int64: 'INT64',
  float64: 'FP64',
  string: 'BYTES',
  date: 'BYTES',
  timestamp: 'BYTES',
};

/**
 * Reads an inference request: one tensor a raw column, of shape [rows] or [rows, 1]; `null` is a missing value.
 * @throws PlatformError SERVING_BAD_REQUEST
 */
export function readOpenInference(body: unknown, facts: PackageFacts): OpenInferenceRequest {
  const request = asMap(body, 'the request');
  const id = request['id'] === undefined || request['id'] === null ? newId('req') : asText(request['id'], 'id');
  const known = new Set(facts.inputs.map(({ name }) => name));
  const tensors = new Map<string, readonly unknown[]>();
  for (const [index, input] of asList(request['inputs'], 'inputs').entries()) {
    const { name, values } = readTensor(asMap(input, `inputs[${index}]`), `inputs[${index}]`);
    if (!known.has(name)) throw wrong(`the model has no input ${name}; it has ${[...known].join(', ')}`);
    if (tensors.has(name)) throw wrong(`the input ${name} is given twice`);
    tensors.set(name, values);
  }
  return { id, ...rowsOf(tensors), outputs: readOutputs(request['outputs'], facts) };
}

function readTensor(tensor: JsonMap, where: string): { name: string; values: readonly unknown[] } {
  const name = asText(tensor['name'], `${where}.name`);
  const datatype = asText(tensor['datatype'], `${where}.datatype`);
  const shape = asList(tensor['shape'], `${where}.shape`);
  const [rows, width] = shape;
  if (!Number.isSafeInteger(rows) || Number(rows) < 0 || shape.length > 2 || (shape.length === 2 && width !== 1))
    throw wrong(
      `expected the shape of ${name} to be [rows] or [rows, 1], found ${JSON.stringify(shape).slice(0, 100)}`,
    );
  if (tensor['data'] === undefined) throw wrong(`${name} has no data; the binary form is not supported, send JSON`);
  const values = asList(tensor['data'], `the data of ${name}`).map((value) =>
    Array.isArray(value) && value.length === 1 ? value[0] : value,
  );
  if (values.length !== rows) throw wrong(`expected ${rows} values in ${name}, found ${values.length}`);
  for (const value of values) checkValue(value, { name, datatype });
  return { name, values };
}

function checkValue(value: unknown, tensor: { readonly name: string; readonly datatype: string }): void {
  const { name, datatype } = tensor;
  if (value === null) return;
  const fits =
    datatype === 'BYTES'
      ? typeof value === 'string'
      : datatype === 'BOOL'
        ? typeof value === 'boolean' || value === 0 || value === 1
        : numeric.test(datatype) && typeof value === 'number' && (datatype.startsWith('FP') || Number.isInteger(value));
  if (!fits)
    throw wrong(
      `${name} holds ${JSON.stringify(value)?.slice(0, 60)}, which is no value of the datatype ${datatype.slice(0, 20)}`,
    );
}

function rowsOf(tensors: ReadonlyMap<string, readonly unknown[]>): ReadRows {
  const lengths = new Set([...tensors.values()].map((values) => values.length));
  if (lengths.size > 1) throw wrong(`the inputs have different numbers of rows: ${[...lengths].join(', ')}`);
  const rowCount = [...lengths][0] ?? 0;
  const rows = Array.from({ length: rowCount }, (_, row) => {
    const values = emptyRow();
    for (const [name, column] of tensors) values[name] = column[row];
    return values;
  });
  return { rows, columns: [...tensors.keys()] };
}

function readOutputs(outputs: unknown, facts: PackageFacts): readonly string[] | null {
  if (outputs === undefined || outputs === null) return null;
  const known = ['prediction', ...facts.scores];
  const names = asList(outputs, 'outputs').map((output, index) =>
    asText(asMap(output, `outputs[${index}]`)['name'], `outputs[${index}].name`),
  );
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw wrong(`the model has no output ${unknown.join(', ')}; it has ${known.join(', ')}`);
  return names.length === 0 ? null : names;
}

/** The answer as the Open Inference Protocol writes it. */
export function writeOpenInference(service: Service, request: OpenInferenceRequest, answer: InferAnswer): object {
  const asked = request.outputs === null ? null : new Set(request.outputs);
  return {
    model_name: service.name,
    model_version: service.version,
    id: request.id,
    outputs: Object.entries(answer.columns)
      .filter(([name]) => asked === null || asked.has(name))
      .map(([name, data]) => ({ name, datatype: outputType(name, service.facts), shape: [answer.rowCount], data })),
  };
}

function outputType(name: string, { classes }: PackageFacts): string {
  if (name !== 'prediction' || classes === null) return 'FP64';
  if (classes.every((value) => typeof value === 'boolean')) return 'BOOL';
  return classes.every((value) => Number.isSafeInteger(value)) ? 'INT64' : 'BYTES';
}

/** What the server says of its model. */
export function describeModel(service: Service): object {
  const { facts } = service;
  return {
    name: service.name,
    versions: [service.version],
    platform: service.runtime === 'onnx' ? 'onnx_onnxv1' : `mlspec_${facts.library}`,
    inputs: facts.inputs.map(({ name, type }) => ({ name, datatype: datatypeOf[type], shape: [-1] })),
    outputs: ['prediction', ...facts.scores].map((name) => ({ name, datatype: outputType(name, facts), shape: [-1] })),
  };
}
