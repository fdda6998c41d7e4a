/* Traces as one caller sees them: what each method of their store takes, on the experiment of a trace. */
import { covers, type Role, selects } from '../../../access/index.ts';
import { PlatformError } from '../../../errors/index.ts';
import { experimentNumber, type TraceStore, type TrackingStore } from '../../../tracking/index.ts';
import { type Guard, noExperiment } from './guard.ts';

/** Traces of which only what the caller may do can be done. */
export function guardTraces(traces: TraceStore, tracking: TrackingStore, guard: Guard): TraceStore {
  const desk = { tracking, guard };
  return { ...written(traces, desk), ...read(traces, desk), ...assessed(traces, guard) };
}

interface Desk {
  readonly tracking: TrackingStore;
  readonly guard: Guard;
}

type Written = Pick<
  TraceStore,
  ('start' | 'startWithoutId' | 'end' | 'logSpans' | 'remove') | ('setTag' | 'deleteTag' | 'linkToRun' | 'linkPrompts')
>;

function written(traces: TraceStore, desk: Desk): Written {
  const { guard } = desk;
  return {
    start: (trace) =>
      guard.experiment(trace.experimentId, 'writer', async (experimentId) => {
        await requireWritable([trace.traceId], experimentId, desk);
        return await traces.start({ ...trace, experimentId });
      }),
    startWithoutId: (trace) =>
      guard.experiment(trace.experimentId, 'writer', (experimentId) =>
        traces.startWithoutId({ ...trace, experimentId }),
      ),
    end: (traceId, end) => guard.trace(traceId, 'writer', (seen) => traces.end(seen, end)),
    logSpans: (given, spans) =>
      guard.experiment(given, 'writer', async (experimentId) => {
        const ids = new Set(spans.map(({ traceId }) => `tr-${traceId}`));
        await requireWritable([...ids], experimentId, desk);
        return await traces.logSpans(experimentId, spans);
      }),
    remove: (deletion) =>
      guard.experiment(deletion.experimentId, 'admin', (experimentId) => traces.remove({ ...deletion, experimentId })),
    setTag: (traceId, tag) => guard.trace(traceId, 'writer', (seen) => traces.setTag(seen, tag)),
    deleteTag: (traceId, key) => guard.trace(traceId, 'writer', (seen) => traces.deleteTag(seen, key)),
    linkToRun: (traceIds, runId) =>
      guard.run(runId, 'writer', async (seen) => {
        const own = await traceIdsWith('writer', traceIds, desk);
        await traces.linkToRun(own, seen);
      }),
    linkPrompts: (traceId, prompts) => guard.trace(traceId, 'writer', (seen) => traces.linkPrompts(seen, prompts)),
  };
}

/**
 * The client chooses the ids of traces, and a trace that is in another experiment would take what is written: only where
 * the caller may write there too. @throws PlatformError TRACKING_UNKNOWN
 */
async function requireWritable(traceIds: readonly string[], experimentId: string, desk: Desk): Promise<void> {
  const { guard, tracking } = desk;
  if (guard.rights.isUnlimited) return;
  for (const [traceId, owner] of await tracking.ownersOf('traces', traceIds)) {
    if (owner === experimentId || covers(await guard.rights.on({ kind: 'experiment', id: owner }), 'writer')) continue;
    throw new PlatformError('TRACKING_UNKNOWN', {
      message: `Trace with ID '${traceId}' not found in this experiment.`,
    });
  }
}

/** Those of some traces on whose experiment the caller has a role. */
async function traceIdsWith(needed: Role, traceIds: readonly string[], { guard, tracking }: Desk): Promise<string[]> {
  if (guard.rights.isUnlimited) return [...traceIds];
  const owners = await tracking.ownersOf('traces', traceIds);
  const own: string[] = [];
  for (const traceId of traceIds) {
    const id = owners.get(traceId);
    if (id !== undefined && covers(await guard.rights.on({ kind: 'experiment', id }), needed)) own.push(traceId);
  }
  return own;
}

type Read = Pick<TraceStore, 'getInfo' | 'get' | 'infosOf' | 'tracesOf' | 'search' | 'compare' | 'metrics'>;

function read(traces: TraceStore, desk: Desk): Read {
  const { guard } = desk;
  return {
    getInfo: (traceId) => guard.trace(traceId, 'reader', (seen) => traces.getInfo(seen)),
    get: (traceId) => guard.trace(traceId, 'reader', (seen) => traces.get(seen)),
    infosOf: async (ids, experimentIds) => traces.infosOf(await traceIdsWith('reader', ids, desk), experimentIds),
    tracesOf: async (ids, experimentIds) => traces.tracesOf(await traceIdsWith('reader', ids, desk), experimentIds),
    search: async (query) =>
      await traces.search({ ...query, experimentIds: await withoutHidden(query.experimentIds, guard) }),
    metrics: async (query) =>
      await traces.metrics({ ...query, experimentIds: await withoutHidden(query.experimentIds, guard) }),
    compare: async (comparison) =>
      await traces.compare({ ...comparison, experimentIds: await withoutHidden(comparison.experimentIds, guard) }),
  };
}

/** Experiments, with one that nobody has in the place of each that may not be seen. */
async function withoutHidden(ids: readonly string[], { rights }: Guard): Promise<readonly string[]> {
  const isSeen = selects(await rights.readable('experiment'));
  return ids.map((id) => (isSeen(String(experimentNumber(id))) ? id : noExperiment));
}

function assessed(traces: TraceStore, guard: Guard): Omit<TraceStore, keyof Written | keyof Read> {
  return {
    createAssessment: (traceId, assessment) =>
      guard.trace(traceId, 'writer', (seen) => traces.createAssessment(seen, assessment)),
    getAssessment: (traceId, assessmentId) =>
      guard.trace(traceId, 'reader', (seen) => traces.getAssessment(seen, assessmentId)),
    updateAssessment: (traceId, assessmentId, change) =>
      guard.trace(traceId, 'writer', (seen) => traces.updateAssessment(seen, assessmentId, change)),
    deleteAssessment: (traceId, assessmentId) =>
      guard.trace(traceId, 'writer', (seen) => traces.deleteAssessment(seen, assessmentId)),
  };
}
