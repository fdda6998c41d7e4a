/* A tracker that takes over stores of MLflow's, with a server over it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReport, type TrackerImport } from '../../src/app/import/import-report.ts';
import { realRoots } from '../../src/app/import/mlflow/artifact-places.ts';
import { openMlflowSource } from '../../src/app/import/mlflow/open-source.ts';
import { takeOver } from '../../src/app/import/mlflow/take-over.ts';
import { openRunSource, recognizeRuns } from '../../src/app/import/runs/open-run-source.ts';
import { takeRuns } from '../../src/app/import/runs/take-runs.ts';
import { trackerTarget } from '../../src/app/import/runs/tracker-target.ts';
import type { Database } from '../../src/database/index.ts';
import { openRegistryImport } from '../../src/registry/index.ts';
import { startTrackingServer } from '../../src/server/mlflow/index.ts';
import { openImportProgress, openTrackingImport } from '../../src/tracking/index.ts';
import type { TestDatabase } from '../contract/databases.ts';
import { openServices, serverOptions } from './open-services.ts';

/** A tracker of its own. */
export interface ImportFixture {
  readonly url: string;
  readonly database: Database;
  /** Takes a store over. @param options.failAfter the experiment after which it is killed; `artifacts` as in the command */
  take(
    path: string,
    options?: { readonly failAfter?: string; readonly artifacts?: string },
  ): Promise<{ readonly report: TrackerImport }>;
  /** Takes runs over. @param options.failAfter the run after which it is killed */
  runs(
    path: string,
    options?: { readonly failAfter?: string; readonly artifacts?: string; readonly experiment?: string },
  ): Promise<TrackerImport>;
  close(): Promise<void>;
}

/** Opens an empty one. */
export async function openImportFixture(create: () => Promise<TestDatabase>): Promise<ImportFixture> {
  const place = await create();
  const content = await mkdtemp(join(tmpdir(), 'import-'));
  const database = await place.open();
  const services = await openServices(database, content);
  const server = await startTrackingServer({
    ...serverOptions,
    services,
    onError: (error) => console.error(error),
  });
  return {
    url: server.url,
    database,
    take: async (path, options = {}) => {
      const report = startReport();
      const source = await openMlflowSource(path, report.leave);
      try {
        const named = options.artifacts === undefined ? source.usualRoots : [options.artifacts];
        await takeOver({
          ...{
            source,
            artifacts: services.artifacts,
            report,
            tracking: openTrackingImport(database),
            registry: openRegistryImport(database),
          },
          roots: await realRoots(source.home, named),
          signal: new AbortController().signal,
          onExperiment: (name) => {
            if (name === options.failAfter) throw new Error('killed');
          },
        });
      } finally {
        await source.close();
      }
      return { report: report.build({ source, store: '', isInterrupted: false }) };
    },
    runs: async (path, { failAfter, artifacts: files, experiment } = {}) => {
      const report = startReport();
      const { leave } = report;
      const options = { experiment, artifacts: files, mode: 'once', leave, onBytes: () => undefined } as const;
      const source = await openRunSource((await recognizeRuns(path))!, path, options);
      const { signal } = new AbortController();
      const progress = await openImportProgress(database);
      const target = trackerTarget({
        tracking: openTrackingImport(database),
        progress,
        artifacts: services.artifacts,
        report,
        signal,
      });
      await takeRuns({
        ...{ source, target, report, signal },
        onRun: ({ label }) => {
          if (label === failAfter) throw new Error('killed');
        },
      });
      source.leaveRest();
      await source.close();
      return report.build({ source, store: '', isInterrupted: false });
    },
    close: async () => {
      await server.close();
      await database.close();
      await place.dispose();
      await rm(content, { recursive: true, force: true });
    },
  };
}
