import { openRegistryImport } from '../../../registry/index.ts';
import { openTrackingImport } from '../../../tracking/index.ts';
import type { Config } from '../../config.ts';
import { openRecordToStore } from '../../project-record.ts';
import { openTracker, placedAt, type TrackingStores } from '../../tracking-server.ts';
import { startReport, type TrackerImport } from '../import-report.ts';
import { realRoots } from './artifact-places.ts';
import { type ImportTarget, openDryTarget } from './dry-target.ts';
import { openMlflowSource } from './open-source.ts';
import { takeOver } from './take-over.ts';

/** What is to be taken over, and where to. */
export interface MlflowImportRequest extends TrackingStores {
  /** A SQLite file, a folder mlruns, or a postgres:// address. */
  readonly path: string;
  /** The folder that holds the artifacts; default mlartifacts and mlruns beside the database, the folder itself. */
  readonly artifacts?: string | undefined;
  /** Whether to read everything and write nothing: the report is that of an import into an empty tracker. */
  readonly isDry: boolean;
  readonly signal: AbortSignal;
  readonly onExperiment: (name: string, runs: number) => void;
}

/**
 * Takes over what a user of MLflow has. The source is read and never changed; what is here already is never overwritten.
 * @throws PlatformError IMPORT_NO_SOURCE, IMPORT_UNKNOWN_SCHEMA, CONFIG_BAD_VALUE
 */
export async function importMlflow(config: Config, request: MlflowImportRequest): Promise<TrackerImport> {
  const report = startReport();
  const source = await openMlflowSource(request.path, report.leave);
  try {
    const target = request.isDry ? await openDryTarget(config) : await openTarget(config, request);
    try {
      const named = request.artifacts === undefined ? source.usualRoots : [request.artifacts];
      const roots = await realRoots(source.home, named);
      if (roots.roots.length === 0)
        report.leave(
          'artifacts',
          `found no folder at ${named.join(' or ')}: name it with --artifacts, and import again`,
        );
      const { artifacts, database } = target;
      const [tracking, registry] = [openTrackingImport(database), openRegistryImport(database)];
      const { signal, onExperiment } = request;
      const isInterrupted = await untilAborted(signal, () =>
        takeOver({ source, tracking, registry, artifacts, roots, report, signal, onExperiment }),
      );
      const { location, form } = source;
      return report.build({ source: { location, form }, store: target.location, isInterrupted });
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function openTarget(config: Config, { store }: TrackingStores): Promise<ImportTarget> {
  const record = await openRecordToStore(placedAt(config, store));
  try {
    const { database } = record.metadata;
    const { artifacts } = await openTracker(record, config);
    return { database, artifacts, location: database.location, close: () => record.close() };
  } catch (error) {
    await record.close();
    throw error;
  }
}

/** @returns whether it was interrupted */
async function untilAborted(signal: AbortSignal, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (signal.aborted) return true;
    throw error;
  }
}
