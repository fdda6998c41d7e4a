/*
 * Keeping spans. They come in batches, which may hold spans of several traces, a part of a trace, the same span twice, and
 * children before their parents; the client tells the trace itself before them, after them or never. So each batch widens what
 * is known of its traces: the earliest start, the latest end, the state of the root, sums over all spans that there are. What
 * the client says of the trace itself (`start`) is final, and spans add only what it left open.
 */
import type { Database, Session } from '../../database/index.ts';
import { isPlatformError } from '../../errors/index.ts';
import type { Tag } from '../entities.ts';
import { type ExperimentRow, experimentRow } from '../experiments.ts';
import { checkKey, storable } from '../names.ts';
import { costsIn, modelName } from './figures.ts';
import { previewOf } from './preview.ts';
import { pythonJson } from './python-json.ts';
import { type NewSpan, type SpanValue, traceIdOf } from './span.ts';
import { attributeTexts, spanContent, spanKeys } from './span-content.ts';
import { artifactsTag } from './start-trace.ts';
import { type CountedSpan, cacheFigures, costFigures, tokenFigures, totalsOf } from './totals.ts';
import { keptTraceTag, type TraceRow, traceKeys, traceRow, writeTexts } from './trace-rows.ts';

const nsPerMs = 1_000_000n;
const sessionLength = 250;
const sessionKeys = ['session.id', 'gen_ai.conversation.id'];
const userKey = 'user.id';
const spanTypeLength = 500;

interface ReadSpan extends NewSpan {
  readonly texts: ReadonlyMap<string, string>;
}

/** Keeps spans. @returns the ids of their traces */
export async function logSpans(
  database: Database,
  experimentId: string,
  spans: readonly NewSpan[],
): Promise<readonly string[]> {
  const byTrace = new Map<string, ReadSpan[]>();
  for (const span of spans) {
    const traceId = traceIdOf(span.traceId);
    const known = byTrace.get(traceId) ?? [];
    known.push({ ...span, texts: attributeTexts(span) });
    byTrace.set(traceId, known);
  }
  const write = async (session: Session) => {
    const experiment = await experimentRow(session, experimentId);
    // Always in one order, so that two batches never wait for each other.
    for (const traceId of [...byTrace.keys()].sort()) {
      await logTrace(session, { traceId, experiment, spans: byTrace.get(traceId)! });
    }
  };
  await database.transaction(write, { durability: 'normal' });
  return [...byTrace.keys()];
}

interface Batch {
  readonly traceId: string;
  readonly experiment: ExperimentRow;
  readonly spans: readonly ReadSpan[];
}

async function logTrace(session: Session, batch: Batch): Promise<void> {
  const { traceId, experiment, spans } = batch;
  const started = least(spans.map((span) => span.startedAtNs)) / nsPerMs;
  const row = { trace_id: traceId, experiment_id: experiment.id, started_at_ms: Number(started) };
  const all = { ...row, state: 'IN_PROGRESS', is_final: 0 };
  const target = { table: 'traces', columns: Object.keys(all) };
  await session.insert(target, [Object.values(all)], { onConflict: 'nothing' });
  const artifacts = [artifactsTag(experiment, traceId)];
  await writeTexts(session, traceId, { kind: 'tags', texts: artifacts, isNew: 'only' });
  await writeSpans(session, traceId, spans);
  await widen(session, await traceRow(session, traceId), spans);
  await writeTags(session, traceId, spans);
  await writeMetadata(session, traceId, spans);
}

async function writeSpans(session: Session, traceId: string, spans: readonly ReadSpan[]): Promise<void> {
  const columns = [
    ...['trace_id', 'span_id', 'parent_id', 'name', 'type', 'status', 'started_at_ns', 'ended_at_ns'],
    ...['token_usage', 'cost', 'content', 'model', 'provider', ...costFigures],
  ];
  const last = new Map(spans.map((span) => [span.spanId, span]));
  const rows = [...last.values()].map((span) => [
    ...[traceId, span.spanId, span.parentId, storable(span.name), typeOf(span), span.status],
    ...[span.startedAtNs, span.endedAtNs, figures(span, spanKeys.tokenUsage), figures(span, spanKeys.cost)],
    ...[spanContent(span, span.texts), ...modelOf(span), ...costsIn(figures(span, spanKeys.cost))],
  ]);
  const set = columns.slice(2).map((column) => `${column} = excluded.${column}`);
  const onConflict = { sql: `(trace_id, span_id) do update set ${set.join(', ')}` };
  await session.insert({ table: 'spans', columns }, rows, { onConflict });
}

function typeOf({ attributes }: ReadSpan): string {
  const type = attributes.get(spanKeys.type);
  return storable(plainText(type) ?? 'UNKNOWN').slice(0, spanTypeLength);
}

function modelOf({ attributes }: ReadSpan): readonly (string | null)[] {
  return [spanKeys.model, spanKeys.provider].map((key) => modelName(plainText(attributes.get(key))));
}

function figures({ texts }: ReadSpan, key: string): string | null {
  const text = texts.get(key);
  return text?.startsWith('{') === true ? text : null;
}

/** Brings what is known of a trace up to what its spans tell. */
async function widen(session: Session, row: TraceRow, spans: readonly ReadSpan[]): Promise<void> {
  const root = spans.find((span) => span.parentId === null);
  const columns: Record<string, string | number | null> = row.is_final === 1 ? {} : timesOf(row, spans);
  if (root !== undefined && (row.state === 'IN_PROGRESS' || row.state === 'STATE_UNSPECIFIED')) {
    columns['state'] = root.status === 'ERROR' ? 'ERROR' : 'OK';
  }
  const [inputs, outputs] = [root?.texts.get(spanKeys.inputs), root?.texts.get(spanKeys.outputs)];
  if (row.request_preview === null && inputs !== undefined) columns['request_preview'] = previewOf(inputs, 'user');
  if (row.response_preview === null && outputs !== undefined)
    columns['response_preview'] = previewOf(outputs, 'assistant');
  const set = Object.keys(columns).map((column) => `${column} = ?`);
  if (set.length === 0) return;
  await session.run(`update traces set ${set.join(', ')} where trace_id = ?`, [
    ...Object.values(columns),
    row.trace_id,
  ]);
}

function timesOf(row: TraceRow, spans: readonly ReadSpan[]): { started_at_ms: number; duration_ms: number | null } {
  const started = Math.min(row.started_at_ms, Number(least(spans.map((span) => span.startedAtNs)) / nsPerMs));
  const ends = spans.flatMap(({ endedAtNs }) => (endedAtNs === null ? [] : [Number(endedAtNs / nsPerMs)]));
  const known = row.duration_ms === null ? [] : [row.started_at_ms + row.duration_ms];
  const end = [...known, ...ends].reduce((one, other) => Math.max(one, other), Number.NEGATIVE_INFINITY);
  return { started_at_ms: started, duration_ms: Number.isFinite(end) ? end - started : null };
}

/** What made the spans, and tags that the client put on the root; these win. */
async function writeTags(session: Session, traceId: string, spans: readonly ReadSpan[]): Promise<void> {
  const resource = spans.find((span) => span.resource.size > 0)?.resource ?? new Map<string, SpanValue>();
  const made = [...resource].filter(([key]) => !/^(telemetry\.sdk|mlflow)\./.test(key));
  const roots = spans.filter((span) => span.parentId === null);
  const own = roots
    .flatMap((span) => [...span.attributes])
    .flatMap(([key, value]): [string, SpanValue][] =>
      key.startsWith(spanKeys.tagPrefix) ? [[key.slice(spanKeys.tagPrefix.length), value]] : [],
    );
  const tags = [...made, ...own].flatMap(([key, value]) => allowedTag(key, value));
  const location = { key: traceKeys.spansLocation, value: 'TRACKING_STORE' };
  await writeTexts(session, traceId, { kind: 'tags', texts: [...tags, location] });
}

/** None where it could not be set by hand either: a key that nobody may use. */
function allowedTag(key: string, value: SpanValue): Tag[] {
  try {
    checkKey(key, 'key', 'key');
  } catch (error) {
    if (isPlatformError(error)) return [];
    throw error;
  }
  return [keptTraceTag({ key, value: plainText(value) ?? pythonJson(value) })];
}

/** Session, user and sums, where nobody told them. */
async function writeMetadata(session: Session, traceId: string, spans: readonly ReadSpan[]): Promise<void> {
  const told: Tag[] = [];
  const sessionId = firstText(spans, sessionKeys);
  if (sessionId !== null && sessionId.length <= sessionLength) told.push({ key: traceKeys.session, value: sessionId });
  const user = firstText(spans, [userKey]);
  if (user !== null) told.push({ key: traceKeys.user, value: user });
  await writeTexts(session, traceId, { kind: 'metadata', texts: told, isNew: 'only' });
  await writeTotals(session, traceId, spans);
}

async function writeTotals(session: Session, traceId: string, spans: readonly ReadSpan[]): Promise<void> {
  const wanted = [
    {
      attribute: spanKeys.tokenUsage,
      column: 'token_usage',
      key: traceKeys.tokenUsage,
      always: tokenFigures,
      where: cacheFigures,
    },
    { attribute: spanKeys.cost, column: 'cost', key: traceKeys.cost, always: costFigures, where: [] },
  ] as const;
  for (const { attribute, column, key, always, where } of wanted) {
    if (!spans.some((span) => span.texts.has(attribute)) || (await isTold(session, traceId, key))) continue;
    const sql = `select span_id as "spanId", parent_id as "parentId", ${column} as figures from spans where trace_id = ?`;
    const sums = totalsOf(await session.all<CountedSpan>(sql, [traceId]), always, where);
    if (sums === null) continue;
    const isWhole = column === 'token_usage';
    const shown = new Map([...sums].map(([name, sum]) => [name, isWhole ? BigInt(Math.trunc(sum)) : sum]));
    await writeTexts(session, traceId, { kind: 'metadata', texts: [{ key, value: pythonJson(shown) }] });
  }
}

/** Whether the client itself told the sum, which is then not counted. */
async function isTold(session: Session, traceId: string, key: string): Promise<boolean> {
  const sql = `select 1 as told from traces t join trace_metadata m on m.trace_id = t.trace_id
    where t.trace_id = ? and t.is_final = 1 and m.key = ?`;
  return (await session.first(sql, [traceId, key])) !== null;
}

function firstText(spans: readonly ReadSpan[], keys: readonly string[]): string | null {
  for (const { attributes } of spans) {
    for (const key of keys) {
      const text = plainText(attributes.get(key));
      if (text !== null && text !== '') return storable(text);
    }
  }
  return null;
}

/** A text, also one that came as JSON; null for all else. */
function plainText(value: SpanValue | undefined): string | null {
  if (typeof value !== 'string') return null;
  if (!/^".*"$/s.test(value)) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}

function least(values: readonly bigint[]): bigint {
  return values.reduce((one, other) => (other < one ? other : one));
}
