import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalArtifacts } from '../../src/artifacts/index.ts';
import { openRegistry } from '../../src/registry/index.ts';
import { startTrackingServer, type TrackingServerOptions } from '../../src/server/mlflow/index.ts';
import { openArtifacts, openTracking, openWebhooks } from '../../src/tracking/index.ts';
import type { TestDatabase } from '../contract/databases.ts';

/** A tracking server of a test's own, in this process. */
export interface TestServer {
  readonly url: string;
  /** Ends it and takes away what it kept. */
  close(): Promise<void>;
}

/** Starts one on a new database with a new folder for artifacts. */
export async function startTestServer(
  create: () => Promise<TestDatabase>,
  options: Partial<TrackingServerOptions> = {},
): Promise<TestServer> {
  const place = await create();
  const folder = await mkdtemp(join(tmpdir(), 'artifacts-'));
  const database = await place.open();
  const services = {
    tracking: await openTracking(database),
    artifacts: await openArtifacts(database, createLocalArtifacts({ root: folder })),
    registry: await openRegistry(database),
    webhooks: await openWebhooks(database),
  };
  const fixed = { services, port: 0, programVersion: '0', allowedHosts: [], allowedOrigins: [] };
  const server = await startTrackingServer({ ...fixed, ...options });
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await database.close();
      await place.dispose();
      await rm(folder, { recursive: true });
    },
  };
}
