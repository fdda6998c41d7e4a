import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { startTrackingServer, type TrackingServerOptions } from '../../src/server/mlflow/index.ts';
import type { TestDatabase } from '../contract/databases.ts';
import { describeOnEachDatabase } from '../contract/each-database.ts';
import { openServices, serverOptions } from './open-services.ts';

/** A tracking server of a test's own, in this process. */
export interface TestServer {
  readonly url: string;
  readonly services: Awaited<ReturnType<typeof openServices>>;
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
  const services = await openServices(database, folder);
  const server = await startTrackingServer({ ...serverOptions, services, ...options });
  return {
    url: server.url,
    services,
    close: async () => {
      await server.close();
      await database.close();
      await place.dispose();
      await rm(folder, { recursive: true });
    },
  };
}

/** A server for all tests of a group, and what it failed with. */
export interface ServerOfTests {
  readonly server: TestServer;
  readonly errors: readonly unknown[];
}

/** Declares the same tests on both databases, with one server for each. @param declare gets what is started before the first test */
export function describeOnServers(
  declare: (started: () => ServerOfTests, create: () => Promise<TestDatabase>) => void,
): void {
  describeOnEachDatabase((create) => {
    const errors: unknown[] = [];
    let server: TestServer;
    beforeAll(async () => {
      server = await startTestServer(create, { onError: (error) => errors.push(error) });
    });
    afterAll(() => server.close());
    declare(() => ({ server, errors }), create);
  });
}
