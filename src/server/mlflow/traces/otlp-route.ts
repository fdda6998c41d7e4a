/* `POST /v1/traces`: spans over OpenTelemetry's protocol, OTLP/HTTP 1.x, which MLflow's clients speak too. */
import { promisify } from 'node:util';
import { gunzip, inflate, inflateRaw } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PlatformError } from '../../../errors/index.ts';
import type { TraceStore } from '../../../tracking/index.ts';
import { badValue } from '../message.ts';
import { type MessageLimits, readMessages } from '../read-message.ts';
import { readJsonSpans } from './otlp-json.ts';
import { readProtobufSpans } from './otlp-protobuf.ts';
import { checkSpans, type RawSpan } from './raw-span.ts';

/** What a body may measure, as it is sent and unpacked. */
const bodyLimitBytes = 64 * 1024 * 1024;
const experimentHeader = 'x-mlflow-experiment-id';
const runHeader = 'x-mlflow-run-id';
const protobufType = 'application/x-protobuf';
const jsonType = 'application/json';
const unpack = { gunzip: promisify(gunzip), inflate: promisify(inflate), inflateRaw: promisify(inflateRaw) };
const options = { maxOutputLength: bodyLimitBytes };

/** Serves the endpoint. */
export function serveSpans(
  app: FastifyInstance,
  {
    tracesFor,
    limits,
  }: { readonly tracesFor: (request: FastifyRequest) => TraceStore; readonly limits: MessageLimits | undefined },
): void {
  app.register(async (scope) => {
    readMessages(scope, limits);
    scope.post('/v1/traces', { bodyLimit: bodyLimitBytes }, async (request, reply) => {
      const type = typeOf(request);
      const experimentId = headerOf(request, experimentHeader);
      if (experimentId === null)
        throw badValue(`Expected the header ${experimentHeader} with the id of an experiment.`);
      const raw = readSpans(type, await unpacked(request));
      const { spans, rejected } = checkSpans(raw);
      if (raw.length === 0) throw badValue('Invalid OpenTelemetry format - no spans found');
      if (spans.length === 0) throw badValue(`Invalid OpenTelemetry format: ${rejected[0]}`);
      const traces = tracesFor(request);
      await traces.logSpans(experimentId, spans);
      await link(traces, request, spans);
      return await reply.type(type).send(type === jsonType ? jsonAnswer(rejected) : protobufAnswer(rejected));
    });
  });
}

function typeOf({ headers }: FastifyRequest): typeof protobufType | typeof jsonType {
  const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  if (type === protobufType || type === jsonType) return type;
  throw badValue(`Invalid Content-Type: ${type}. Expected: ${protobufType} or ${jsonType}`);
}

function headerOf({ headers }: FastifyRequest, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

async function unpacked(request: FastifyRequest): Promise<Buffer> {
  const body = (request.body as Buffer | undefined) ?? Buffer.alloc(0);
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return body;
  if (encoding !== 'gzip' && encoding !== 'deflate') throw badValue(`Unsupported Content-Encoding: ${encoding}`);
  try {
    if (encoding === 'gzip') return await unpack.gunzip(body, options);
    // Some clients leave out the header that the standard asks for.
    return await unpack.inflate(body, options).catch((error: unknown) => {
      if (isTooLarge(error)) throw error;
      return unpack.inflateRaw(body, options);
    });
  } catch (error) {
    if (isTooLarge(error))
      throw badValue(`The unpacked body is larger than ${bodyLimitBytes} bytes; send fewer spans.`);
    throw badValue(`Failed to decompress ${encoding} payload`);
  }
}

function isTooLarge(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
}

function readSpans(type: string, body: Buffer): readonly RawSpan[] {
  if (type === jsonType) return readJsonSpans(body);
  try {
    return readProtobufSpans(body);
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'ENCODING_BAD_PROTOBUF') throw error;
    throw badValue(`Invalid OpenTelemetry format: ${error.message}`);
  }
}

/** Links the traces whose root came to the run that the client names; a run that is not there is no reason to send them again. */
async function link(
  traces: TraceStore,
  request: FastifyRequest,
  spans: readonly { readonly traceId: string; readonly parentId: string | null }[],
): Promise<void> {
  const runId = headerOf(request, runHeader);
  if (runId === null) return;
  const roots = new Set(spans.filter(({ parentId }) => parentId === null).map(({ traceId }) => `tr-${traceId}`));
  const ids = [...roots];
  for (let start = 0; start < ids.length; start += 100) {
    await traces.linkToRun(ids.slice(start, start + 100), runId).catch((error: unknown) => {
      if (!(error instanceof PlatformError) || error.code !== 'TRACKING_UNKNOWN') throw error;
    });
  }
}

function jsonAnswer(rejected: readonly string[]): string {
  if (rejected.length === 0) return '{}';
  // Integers of 64 bits are texts in JSON.
  const partial = { rejectedSpans: String(rejected.length), errorMessage: rejected[0] };
  return JSON.stringify({ partialSuccess: partial });
}

/** `ExportTraceServiceResponse`: field 1 is what was refused, of which field 1 is the number and field 2 the reason. */
function protobufAnswer(rejected: readonly string[]): Buffer {
  if (rejected.length === 0) return Buffer.alloc(0);
  const reason = Buffer.from(rejected[0]!, 'utf8');
  const partial = [0x08, ...varint(rejected.length), 0x12, ...varint(reason.length), ...reason];
  return Buffer.from([0x0a, ...varint(partial.length), ...partial]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}
