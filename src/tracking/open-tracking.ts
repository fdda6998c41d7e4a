import { type Database, migrate } from '../database/index.ts';
import { datasetSummaries } from './dataset-summaries.ts';
import {
  createExperiment,
  deleteExperimentTag,
  ensureDefaultExperiment,
  findExperiment,
  getExperiment,
  moveExperiment,
  renameExperiment,
  setExperimentTag,
} from './experiments.ts';
import { metricHistories, metricHistory } from './history.ts';
import { metricBuckets, metricSample } from './history-buckets.ts';
import { logInputs, logOutputs } from './inputs.ts';
import { logBatch } from './log-batch.ts';
import {
  createLoggedModel,
  deleteLoggedModel,
  deleteLoggedModelTag,
  describeLoggedModel,
  finishLoggedModel,
  getLoggedModel,
} from './logged-models.ts';
import { mirrorRuns, noteMirrored, notMirrored, openMirrors } from './mirror.ts';
import { ownersOf, placedElsewhere } from './owners.ts';
import { removalSchema } from './removal/schema.ts';
import { unlessRemoved } from './removal/unless-removed.ts';
import { createRun, deleteTag, getRun, moveRun, updateRun } from './runs.ts';
import { trackingSchema } from './schema.ts';
import { searchExperiments, searchLoggedModels, searchRuns } from './search.ts';
import type { TrackingStore } from './tracking-store.ts';
import { webhookSchema } from './webhooks/schema.ts';

/**
 * The tracker in a database, whose tables are made or brought up to date first; the experiment `Default` is there.
 * @throws PlatformError METADATA_NEWER_SCHEMA
 */
export async function openTracking(database: Database): Promise<TrackingStore> {
  await migrate(database, trackingSchema);
  await migrate(database, removalSchema);
  await migrate(database, webhookSchema);
  await ensureDefaultExperiment(database);
  return {
    createExperiment: (experiment) => createExperiment(database, experiment),
    getExperiment: (id) => getExperiment(database, id),
    findExperiment: (name) => findExperiment(database, name),
    searchExperiments: (query) => searchExperiments(database, query),
    renameExperiment: (id, name) => renameExperiment(database, id, name),
    deleteExperiment: (id) => moveExperiment(database, id, 'deleted'),
    restoreExperiment: (id) => moveExperiment(database, id, 'active'),
    setExperimentTag: (id, tag) => unlessRemoved(() => setExperimentTag(database, id, tag)),
    deleteExperimentTag: (id, key) => deleteExperimentTag(database, id, key),
    ownersOf: (kind, ids) => ownersOf(database, kind, ids),
    placedElsewhere: () => placedElsewhere(database),
    createRun: (run) => unlessRemoved(() => createRun(database, run)),
    getRun: (runId) => getRun(database, runId),
    updateRun: (runId, change) => updateRun(database, runId, change),
    deleteRun: (runId) => moveRun(database, runId, 'deleted'),
    restoreRun: (runId) => moveRun(database, runId, 'active'),
    searchRuns: (query) => searchRuns(database, query),
    logBatch: (runId, batch) => unlessRemoved(() => logBatch(database, runId, batch)),
    deleteTag: (runId, key) => deleteTag(database, runId, key),
    logInputs: (runId, inputs) => unlessRemoved(() => logInputs(database, runId, inputs)),
    logOutputs: (runId, models) => unlessRemoved(() => logOutputs(database, runId, models)),
    createLoggedModel: (model) => unlessRemoved(() => createLoggedModel(database, model)),
    getLoggedModel: (modelId, view) => getLoggedModel(database, modelId, view),
    finishLoggedModel: (modelId, status) => finishLoggedModel(database, modelId, status),
    deleteLoggedModel: (modelId) => deleteLoggedModel(database, modelId),
    describeLoggedModel: (modelId, texts) => unlessRemoved(() => describeLoggedModel(database, modelId, texts)),
    deleteLoggedModelTag: (modelId, key) => deleteLoggedModelTag(database, modelId, key),
    searchLoggedModels: (query) => searchLoggedModels(database, query),
    mirrorRuns: (runs) => unlessRemoved(() => mirrorRuns(database, runs)),
    noteMirrored: (sources) => noteMirrored(database, sources),
    notMirrored: (sources) => notMirrored(database, sources),
    openMirrors: () => openMirrors(database),
    datasetSummaries: (ids, limit) => datasetSummaries(database, ids, limit),
    metricHistory: (query) => metricHistory(database, query),
    metricHistories: (query) => metricHistories(database, query),
    metricBuckets: (query) => metricBuckets(database, query),
    metricSample: (query) => metricSample(database, query),
  };
}
