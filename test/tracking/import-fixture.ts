/* A tracker that takes over stores of MLflow's, with a server over it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realRoots } from '../../src/app/import/mlflow/artifact-places.ts';
import { type MlflowImport, startReport } from '../../src/app/import/mlflow/import-report.ts';
import { openMlflowSource } from '../../src/app/import/mlflow/open-source.ts';
import { takeOver } from '../../src/app/import/mlflow/take-over.ts';
import { createLocalArtifacts } from '../../src/artifacts/index.ts';
import type { Database } from '../../src/database/index.ts';
import { openRegistry, openRegistryImport } from '../../src/registry/index.ts';
import { startTrackingServer } from '../../src/server/mlflow/index.ts';
import { openArtifacts, openTracking, openTrackingImport, openWebhooks } from '../../src/tracking/index.ts';
import type { TestDatabase } from '../contract/databases.ts';

/** A tracker of its own. */
export interface ImportFixture {
  readonly url: string;
  readonly database: Database;
  /** Takes a store over. @param options.failAfter the experiment after which it is killed; `artifacts` as in the command */
  take(
    path: string,
    options?: { readonly failAfter?: string; readonly artifacts?: string },
  ): Promise<{ readonly report: MlflowImport }>;
  close(): Promise<void>;
}

/** Opens an empty one. */
export async function openImportFixture(create: () => Promise<TestDatabase>): Promise<ImportFixture> {
  const place = await create();
  const content = await mkdtemp(join(tmpdir(), 'import-'));
  const database = await place.open();
  const tracking = await openTracking(database);
  const registry = await openRegistry(database);
  const artifacts = await openArtifacts(database, createLocalArtifacts({ root: content }));
  const server = await startTrackingServer({
    services: { tracking, artifacts, registry, webhooks: await openWebhooks(database) },
    ...{ port: 0, programVersion: '0.0.0', allowedHosts: [], allowedOrigins: [] },
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
            artifacts,
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
    close: async () => {
      await server.close();
      await database.close();
      await place.dispose();
      await rm(content, { recursive: true, force: true });
    },
  };
}
