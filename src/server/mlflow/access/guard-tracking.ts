/* The tracker as one caller sees it: which role each of its methods takes. A method without a line here does not compile. */
import { selects } from '../../../access/index.ts';
import { experimentNumber, type RunHistory, type TrackingStore } from '../../../tracking/index.ts';
import { denied, type Guard, newStandIn } from './guard.ts';

/** A tracker of which only what the caller may do can be done. */
export function guardTracking(tracking: TrackingStore, guard: Guard, grantMaker: GrantMaker): TrackingStore {
  return { ...experiments(tracking, guard, grantMaker), ...runs(tracking, guard), ...rest(tracking, guard) };
}

/** Makes the caller the admin of an experiment that was made just now. */
export type GrantMaker = (experimentId: string) => Promise<void>;

type Experiments = Pick<
  TrackingStore,
  Extract<keyof TrackingStore, `${string}Experiment${string}` | 'datasetSummaries' | 'ownersOf' | 'placedElsewhere'>
>;

function experiments(tracking: TrackingStore, guard: Guard, grantMaker: GrantMaker): Experiments {
  const { rights } = guard;
  return {
    createExperiment: async (experiment) => {
      guard.everywhere('writer', 'making an experiment');
      const id = await tracking.createExperiment(experiment);
      guard.touch(`experiment ${id}`);
      await grantMaker(id);
      return id;
    },
    getExperiment: (id) => guard.experiment(id, 'reader', (seen) => tracking.getExperiment(seen)),
    findExperiment: async (name) => {
      const found = await tracking.findExperiment(name);
      if (found === null) return null;
      return (await rights.on({ kind: 'experiment', id: found.id })) === 'none' ? null : found;
    },
    searchExperiments: async (query) =>
      await tracking.searchExperiments({ ...query, among: (await rights.readable('experiment')) ?? undefined }),
    renameExperiment: (id, name) => guard.experiment(id, 'writer', (seen) => tracking.renameExperiment(seen, name)),
    deleteExperiment: (id) => guard.experiment(id, 'admin', (seen) => tracking.deleteExperiment(seen)),
    restoreExperiment: (id) => guard.experiment(id, 'admin', (seen) => tracking.restoreExperiment(seen)),
    setExperimentTag: (id, tag) => guard.experiment(id, 'writer', (seen) => tracking.setExperimentTag(seen, tag)),
    deleteExperimentTag: (id, key) => guard.experiment(id, 'writer', (seen) => tracking.deleteExperimentTag(seen, key)),
    datasetSummaries: async (ids, limit) => await tracking.datasetSummaries(await seenOf(ids, guard), limit),
    ownersOf: (kind, ids) => tracking.ownersOf(kind, ids),
    placedElsewhere: () => tracking.placedElsewhere(),
  };
}

/** Those of some experiments that may be seen. */
async function seenOf(ids: readonly string[], { rights }: Guard): Promise<readonly string[]> {
  const isSeen = selects(await rights.readable('experiment'));
  return ids.filter((id) => isSeen(String(experimentNumber(id))));
}

type Runs = Pick<
  TrackingStore,
  Extract<keyof TrackingStore, `${string}Run` | 'searchRuns' | `log${string}` | 'deleteTag' | `metric${string}`>
>;

function runs(tracking: TrackingStore, guard: Guard): Runs {
  return {
    // The run is whoever's token or password made it, whatever the client says.
    createRun: (run) =>
      guard.experiment(run.experimentId, 'writer', (experimentId) =>
        tracking.createRun({ ...run, experimentId, userId: guard.rights.user }),
      ),
    getRun: (runId) => guard.run(runId, 'reader', (seen) => tracking.getRun(seen)),
    updateRun: (runId, change) => guard.run(runId, 'writer', (seen) => tracking.updateRun(seen, change)),
    deleteRun: (runId) => guard.run(runId, 'admin', (seen) => tracking.deleteRun(seen)),
    restoreRun: (runId) => guard.run(runId, 'admin', (seen) => tracking.restoreRun(seen)),
    searchRuns: async (query) =>
      await tracking.searchRuns({ ...query, experimentIds: await seenOf(query.experimentIds, guard) }),
    logBatch: async (runId, batch) =>
      await guard.run(runId, 'writer', async (seen) => {
        // A point of a model is written to the model too, wherever that is.
        const modelIds = new Set(batch.metrics?.flatMap(({ modelId }) => modelId ?? []));
        for (const modelId of modelIds)
          await guard.loggedModel(modelId, 'writer', async (id) => {
            if (id !== modelId) await tracking.getLoggedModel(id);
          });
        await tracking.logBatch(seen, batch);
      }),
    deleteTag: (runId, key) => guard.run(runId, 'writer', (seen) => tracking.deleteTag(seen, key)),
    logInputs: (runId, inputs) => guard.run(runId, 'writer', (seen) => tracking.logInputs(seen, inputs)),
    logOutputs: (runId, models) => guard.run(runId, 'writer', (seen) => tracking.logOutputs(seen, models)),
    metricHistory: (query) => guard.run(query.runId, 'reader', (runId) => tracking.metricHistory({ ...query, runId })),
    metricHistories: (query) => ofSeen(query, { tracking, guard }, (seen) => tracking.metricHistories(seen)),
    metricBuckets: (query) => ofSeen(query, { tracking, guard }, (seen) => tracking.metricBuckets(seen)),
    metricSample: (query) => ofSeen(query, { tracking, guard }, (seen) => tracking.metricSample(seen)),
  };
}

/** Histories of many runs: one that may not be seen has the history of a run that is not there. */
async function ofSeen<Query extends { readonly runIds: readonly string[] }, Point>(
  query: Query,
  { tracking, guard }: { readonly tracking: TrackingStore; readonly guard: Guard },
  ask: (query: Query) => Promise<readonly RunHistory<Point>[]>,
): Promise<readonly RunHistory<Point>[]> {
  if (guard.rights.isUnlimited) return await ask(query);
  const isSeen = selects(await guard.rights.readable('experiment'));
  const owners = await tracking.ownersOf('runs', query.runIds);
  const standIns = new Map<string, string>();
  const runIds = query.runIds.map((runId) => {
    const owner = owners.get(runId);
    if (owner !== undefined && isSeen(owner)) return runId;
    const standIn = newStandIn('runs');
    standIns.set(standIn, runId);
    return standIn;
  });
  const found = await ask({ ...query, runIds });
  return found.map((history) => ({ ...history, runId: standIns.get(history.runId) ?? history.runId }));
}

type Rest = Omit<TrackingStore, keyof Experiments | keyof Runs>;

function rest(tracking: TrackingStore, guard: Guard): Rest {
  return {
    createLoggedModel: (model) =>
      guard.experiment(model.experimentId, 'writer', (experimentId) =>
        tracking.createLoggedModel({ ...model, experimentId }),
      ),
    getLoggedModel: (id, view) => guard.loggedModel(id, 'reader', (seen) => tracking.getLoggedModel(seen, view)),
    finishLoggedModel: (id, status) =>
      guard.loggedModel(id, 'writer', (seen) => tracking.finishLoggedModel(seen, status)),
    deleteLoggedModel: (id) => guard.loggedModel(id, 'admin', (seen) => tracking.deleteLoggedModel(seen)),
    describeLoggedModel: (id, texts) =>
      guard.loggedModel(id, 'writer', (seen) => tracking.describeLoggedModel(seen, texts)),
    deleteLoggedModelTag: (id, key) =>
      guard.loggedModel(id, 'writer', (seen) => tracking.deleteLoggedModelTag(seen, key)),
    searchLoggedModels: async (query) =>
      await tracking.searchLoggedModels({ ...query, experimentIds: await seenOf(query.experimentIds, guard) }),
    mirrorRuns: () => withheld(guard),
    noteMirrored: () => withheld(guard),
    notMirrored: () => withheld(guard),
    openMirrors: () => withheld(guard),
  };
}

/** What the engine does, and no client whatever its role. */
async function withheld({ rights }: Guard): Promise<never> {
  throw denied(rights, { is: rights.everywhere, needed: 'admin', what: 'mirroring the record' });
}
