/**
 * A tracker whose every change is written into a journal too, for another server. The entry is written after the change
 * and before the caller hears of it: what was acknowledged is in the journal, and what a death leaves in the tracker
 * alone nobody was told of. Changes of one thing are made one after the other, so that the journal has their order.
 */
import { type ArtifactPath, nameOf } from '../artifacts/artifact-path.ts';
import type { ArtifactPaths } from '../artifacts/artifact-paths.ts';
import { newIdKey } from '../id-key.ts';
import type { TrackingStore } from '../tracking-store.ts';
import type { SpoolChange, SpoolSubject } from './spool-entry.ts';
import type { SpoolJournal } from './spool-journal.ts';

/** Makes a change of something, notes it, and gives what came of it. */
export type Noted = <Made>(subject: SpoolSubject, change: SpoolChange, make: () => Promise<Made>) => Promise<Made>;

/** The tracker, with a journal of its changes. */
export function spooledTracking(tracking: TrackingStore, journal: SpoolJournal): TrackingStore {
  const noted = noteInOrder(journal);
  return {
    ...tracking,
    ...experimentChanges(tracking, journal, noted),
    ...runChanges(tracking, journal, noted),
    ...modelChanges(tracking, journal, noted),
  };
}

/** Changes of one thing one after the other, each in the journal once it is made. */
export function noteInOrder(journal: SpoolJournal): Noted {
  const last = new Map<SpoolSubject, Promise<unknown>>();
  return async (subject, change, make) => {
    const before = last.get(subject);
    const work = (async () => {
      await before?.catch(() => undefined);
      const made = await make();
      await journal.add(subject, change);
      return made;
    })();
    last.set(subject, work);
    try {
      return await work;
    } finally {
      if (last.get(subject) === work) last.delete(subject);
    }
  };
}

function experimentChanges(tracking: TrackingStore, journal: SpoolJournal, noted: Noted): Partial<TrackingStore> {
  return {
    createExperiment: async (experiment) => {
      const id = await tracking.createExperiment(experiment);
      await journal.add(`experiment/${id}`, {
        kind: 'experiment-made',
        name: experiment.name,
        tags: experiment.tags ?? [],
      });
      return id;
    },
    renameExperiment: (id, name) =>
      noted(`experiment/${id}`, { kind: 'experiment-renamed', name }, () => tracking.renameExperiment(id, name)),
    deleteExperiment: (id) =>
      noted(`experiment/${id}`, { kind: 'experiment-moved', to: 'deleted' }, () => tracking.deleteExperiment(id)),
    restoreExperiment: (id) =>
      noted(`experiment/${id}`, { kind: 'experiment-moved', to: 'active' }, () => tracking.restoreExperiment(id)),
    setExperimentTag: (id, tag) =>
      noted(`experiment/${id}`, { kind: 'experiment-tagged', tag }, () => tracking.setExperimentTag(id, tag)),
    deleteExperimentTag: (id, key) =>
      noted(`experiment/${id}`, { kind: 'experiment-untagged', key }, () => tracking.deleteExperimentTag(id, key)),
  };
}

function runChanges(tracking: TrackingStore, journal: SpoolJournal, noted: Noted): Partial<TrackingStore> {
  return {
    createRun: async (given) => {
      const idKey = given.idKey ?? newIdKey();
      const run = await tracking.createRun({ ...given, idKey });
      const { runId, experimentId, name, userId, startedAtMs } = run.info;
      const change = { kind: 'run-made', experimentId, name, userId, startedAtMs, tags: run.tags, idKey } as const;
      await journal.add(`run/${runId}`, change);
      return run;
    },
    updateRun: (id, change) =>
      noted(`run/${id}`, { kind: 'run-changed', change }, () => tracking.updateRun(id, change)),
    deleteRun: (id) => noted(`run/${id}`, { kind: 'run-moved', to: 'deleted' }, () => tracking.deleteRun(id)),
    restoreRun: (id) => noted(`run/${id}`, { kind: 'run-moved', to: 'active' }, () => tracking.restoreRun(id)),
    logBatch: (id, batch) => {
      const { metrics = [], params = [], tags = [] } = batch;
      const change = { kind: 'run-logged', batch: { metrics, params, tags } } as const;
      return noted(`run/${id}`, change, () => tracking.logBatch(id, batch));
    },
    deleteTag: (id, key) => noted(`run/${id}`, { kind: 'run-untagged', key }, () => tracking.deleteTag(id, key)),
    logInputs: (id, inputs) =>
      noted(`run/${id}`, { kind: 'run-read', ...inputs }, () => tracking.logInputs(id, inputs)),
    logOutputs: (id, models) =>
      noted(`run/${id}`, { kind: 'run-wrote', models }, () => tracking.logOutputs(id, models)),
  };
}

function modelChanges(tracking: TrackingStore, journal: SpoolJournal, noted: Noted): Partial<TrackingStore> {
  return {
    createLoggedModel: async (given) => {
      const idKey = given.idKey ?? newIdKey();
      const model = await tracking.createLoggedModel({ ...given, idKey });
      const { modelId, experimentId, name, modelType, sourceRunId, params, tags } = model;
      const change = { kind: 'model-made', experimentId, name, modelType, sourceRunId, params, tags, idKey } as const;
      await journal.add(`model/${modelId}`, change);
      return model;
    },
    finishLoggedModel: (id, status) =>
      noted(`model/${id}`, { kind: 'model-finished', status }, () => tracking.finishLoggedModel(id, status)),
    deleteLoggedModel: (id) => noted(`model/${id}`, { kind: 'model-deleted' }, () => tracking.deleteLoggedModel(id)),
    describeLoggedModel: (id, texts) => {
      const change = { kind: 'model-described', params: [], tags: [], ...texts } as const;
      return noted(`model/${id}`, change, () => tracking.describeLoggedModel(id, texts));
    },
    deleteLoggedModelTag: (id, key) =>
      noted(`model/${id}`, { kind: 'model-untagged', key }, () => tracking.deleteLoggedModelTag(id, key)),
  };
}

/** The artifacts of such a tracker. */
export function spooledArtifacts(paths: ArtifactPaths, journal: SpoolJournal): ArtifactPaths {
  const put = async (path: ArtifactPath, file: { digest: string; sizeBytes: number }): Promise<void> => {
    const { subject, below } = ownerOf(path);
    await journal.add(subject, { kind: 'file-put', path: below, digest: file.digest, sizeBytes: file.sizeBytes });
  };
  return {
    ...paths,
    put: async (path, source) => {
      const file = await paths.put(path, source);
      await put(path, file);
      return file;
    },
    point: async (path, content) => {
      const file = await paths.point(path, content);
      await put(path, file);
      return file;
    },
    remove: async (path) => {
      await paths.remove(path);
      const { subject, below } = ownerOf(path);
      await journal.add(subject, { kind: 'file-removed', path: below });
    },
  };
}

const inModel = /(?:^|\/)models\/(m-[0-9a-f]{32})\/artifacts\/(.+)$/s;
const inRun = /(?:^|\/)([0-9a-f]{32})\/artifacts\/(.+)$/s;

/** Whose artifact a path is, and where below its root. */
function ownerOf(path: ArtifactPath): { readonly subject: SpoolSubject; readonly below: string } {
  const model = inModel.exec(path);
  if (model !== null) return { subject: `model/${model[1]!}`, below: model[2]! };
  const run = inRun.exec(path);
  if (run !== null) return { subject: `run/${run[1]!}`, below: run[2]! };
  return { subject: `artifact/${nameOf(path)}`, below: path };
}
