import type { Session } from '../../database/index.ts';
import { experimentNumber, storable, unknown } from '../names.ts';
import type { Trace, TraceInfo } from './trace.ts';
import { fillTraces, type TraceRow, traceColumns, traceKeys, traceRow } from './trace-rows.ts';

const atOnce = 500;

/** A trace without its spans. */
export async function getInfo(session: Session, traceId: string): Promise<TraceInfo> {
  return (await fillTraces(session, [await traceRow(session, traceId)]))[0]!;
}

/** A trace with its spans. */
export async function getTrace(session: Session, traceId: string): Promise<Trace> {
  const [info] = await infosOf(session, [traceId]);
  if (info === undefined) throw unknown(`Trace with ID ${traceId} is not found.`);
  return (await withSpans(session, [info]))[0]!;
}

/** Those of the traces that there are, in the order of the ids. */
export async function infosOf(
  session: Session,
  traceIds: readonly string[],
  experimentIds: readonly string[] = [],
): Promise<TraceInfo[]> {
  // An id that stands there twice counts at its last place, as with MLflow.
  const ids = [...new Set(traceIds.map(storable).reverse())].reverse();
  const experiments = new Set(experimentIds.map(experimentNumber));
  const rows = new Map<string, TraceRow>();
  for (let start = 0; start < ids.length; start += atOnce) {
    const some = ids.slice(start, start + atOnce);
    const sql = `select ${traceColumns} from traces t where t.trace_id in (${some.map(() => '?').join(', ')})`;
    for (const row of await session.all<TraceRow>(sql, some)) {
      if (experiments.size === 0 || experiments.has(row.experiment_id)) rows.set(row.trace_id, row);
    }
  }
  return await fillTraces(
    session,
    ids.flatMap((id) => rows.get(id) ?? []),
  );
}

/** The same with spans, without those of which spans are still to come. */
export async function tracesOf(
  session: Session,
  traceIds: readonly string[],
  experimentIds: readonly string[] = [],
): Promise<Trace[]> {
  const traces = await withSpans(session, await infosOf(session, traceIds, experimentIds));
  return traces.filter((trace) => !trace.isPartial);
}

async function withSpans(session: Session, infos: readonly TraceInfo[]): Promise<Trace[]> {
  const traces: Trace[] = [];
  for (const info of infos) {
    const sql = `select content from spans where trace_id = ?
      order by case when parent_id is null then 0 else 1 end, started_at_ns, span_id`;
    const spans = (await session.all<{ content: string }>(sql, [info.traceId])).map(({ content }) => content);
    traces.push({ info, spans, isPartial: spans.length === 0 || spans.length < toldSpans(info) });
  }
  return traces;
}

/** How many spans the client says that there are; 0 where it says nothing. */
function toldSpans({ metadata }: TraceInfo): number {
  const text = metadata.find(({ key }) => key === traceKeys.size)?.value ?? '{}';
  try {
    const { num_spans: count } = JSON.parse(text) as { num_spans?: unknown };
    return typeof count === 'number' ? count : 0;
  } catch {
    return 0;
  }
}
