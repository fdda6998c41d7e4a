import { monotonicMs } from '../encoding/index.ts';
import { PlatformError, toPlatformError } from '../errors/index.ts';
import { decide, type LoadedModel, type ModelColumns, type ModelValue } from '../models/index.ts';
import { type Batch, cellOf } from '../tables/index.ts';
import { batchFromRows, type Row } from '../transform/index.ts';
import type { Service } from './service.ts';

/** A request, whatever protocol brought it. */
export interface InferRequest {
  /** Who asked, for the record: the name of a route. */
  readonly route: string;
  /** Null: the model that is served, whatever its name. */
  readonly model: string | null;
  readonly version: string | null;
  readonly rows: readonly Row[];
  /** The columns that the request brought; a row that lacks one of them has no value there. */
  readonly columns: readonly string[];
}

/** The answer: `prediction` first, then scores, one value a row each. */
export interface InferAnswer {
  readonly columns: Readonly<Record<string, readonly ModelValue[]>>;
  readonly rowCount: number;
}

/**
 * The flow of a request.
 * @throws PlatformError SERVING_UNKNOWN_MODEL, SERVING_NOT_READY, SERVING_OVERLOADED, SERVING_TOO_LARGE,
 * SERVING_BAD_REQUEST, TRANSFORM_INPUT_TYPE, and what a model throws
 */
export async function infer(service: Service, request: InferRequest): Promise<InferAnswer> {
  return await record(service, request, async () => {
    resolveModel(service, request);
    const model = requireReady(service);
    const batch = validateInputs(service, request);
    const features = await applyTransform(service, batch);
    const answer = await runModel(service, model, features);
    return validateOutputs(service, answer, batch.rowCount);
  });
}

/**
 * Refuses names and versions that the service does not have.
 * @throws PlatformError SERVING_UNKNOWN_MODEL
 */
export function resolveModel(service: Service, { model, version }: Pick<InferRequest, 'model' | 'version'>): void {
  if ((model === null || model === service.name) && (version === null || version === service.version)) return;
  const asked = version === null ? `${model}` : `${model} version ${version}`;
  throw new PlatformError('SERVING_UNKNOWN_MODEL', {
    message: `Request for unknown model: '${asked.slice(0, 200)}' is not found; this server has ${service.name} version ${service.version}`,
  });
}

function requireReady(service: Service): LoadedModel {
  const model = service.keeper.current();
  if (model === null) throw new PlatformError('SERVING_NOT_READY', { message: 'the model is starting again' });
  if (service.record.inFlight > service.limits.waiting)
    throw new PlatformError('SERVING_OVERLOADED', { message: `${service.limits.waiting} requests wait already` });
  return model;
}

function validateInputs({ facts, limits }: Service, { rows, columns }: InferRequest): Batch {
  if (rows.length > limits.rowCount)
    throw new PlatformError('SERVING_TOO_LARGE', {
      message: `expected at most ${limits.rowCount} rows, found ${rows.length}`,
    });
  const brought = new Set(columns);
  const missing = facts.inputs.filter(({ name }) => !brought.has(name));
  if (missing.length > 0 && rows.length > 0)
    throw new PlatformError('SERVING_BAD_REQUEST', {
      message: `the request lacks the columns ${missing.map(({ name, type }) => `${name} (${type})`).join(', ')}`,
      details: { missing: missing.map(({ name }) => name) },
    });
  return batchFromRows(facts.inputs, rows);
}

async function applyTransform({ transform, prepared }: Service, batch: Batch): Promise<Batch> {
  return transform.apply(await prepared.add(batch));
}

async function runModel(service: Service, model: LoadedModel, features: Batch): Promise<ModelColumns> {
  if (features.rowCount === 0) return noAnswer(service);
  const columns = Object.fromEntries(
    features.schema.fields.map((field, index) => [
      field.name,
      Array.from({ length: features.rowCount }, (_, row) => finite(cellOf(features.columns[index]!, row))),
    ]),
  );
  const { signal } = new AbortController();
  try {
    return await model.predictRows(columns, { signal, timeoutMs: service.limits.timeoutMs });
  } finally {
    service.keeper.check();
  }
}

/** The answer to no rows, which some libraries refuse to give. */
function noAnswer({ facts }: Service): ModelColumns {
  if (facts.classes === null) return { prediction: [] };
  return Object.fromEntries(facts.classes.map((_, index) => [`score_${index}`, []]));
}

/** NaN travels as a missing value, as tables of features have it; infinities have no JSON. */
function finite(value: ModelValue): ModelValue {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  if (Number.isNaN(value)) return null;
  throw new PlatformError('SERVING_BAD_REQUEST', { message: 'a feature became infinite; the values are too large' });
}

function validateOutputs({ facts }: Service, answer: ModelColumns, rowCount: number): InferAnswer {
  const columns = decide(answer, facts);
  const isWrong = Object.values(columns).some((values) => values.length !== rowCount);
  if (isWrong)
    throw new PlatformError('MODEL_BAD_ANSWER', {
      message: `the model did not answer one value for each of ${rowCount} rows`,
    });
  return { columns, rowCount };
}

async function record(service: Service, request: InferRequest, work: () => Promise<InferAnswer>): Promise<InferAnswer> {
  const startedMs = monotonicMs();
  let error: string | null = null;
  service.record.began();
  try {
    return await work();
  } catch (caught) {
    const known = toPlatformError(caught);
    error = known.code;
    throw known;
  } finally {
    const durationMs = monotonicMs() - startedMs;
    service.record.ended({ route: request.route, rowCount: request.rows.length, error, durationMs });
  }
}
