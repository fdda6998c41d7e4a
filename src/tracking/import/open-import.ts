import type { Database } from '../../database/index.ts';
import { importExperiment } from './import-experiment.ts';
import { importLoggedModel } from './import-logged-model.ts';
import { countPoints, importPoints, importRun } from './import-run.ts';
import type { TrackingImport } from './imported.ts';

/** The import into a database in which a tracker was opened. */
export function openTrackingImport(database: Database): TrackingImport {
  return {
    experiment: (experiment) => importExperiment(database, experiment),
    run: (run) => importRun(database, run),
    pointCount: (runId) => countPoints(database, runId),
    points: (runId, metrics) => importPoints(database, runId, metrics),
    loggedModel: (model) => importLoggedModel(database, model),
  };
}
