import { rm } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe } from 'vitest';
import type { S3Settings } from '../../src/artifacts/index.ts';
import { Bucket } from '../../src/artifacts/s3/bucket.ts';
import { contentKey } from '../../src/artifacts/s3/content-state.ts';
import { createS3Artifacts } from '../../src/artifacts/s3/index.ts';
import { artifactStoreContract } from '../contract/artifact-store.ts';
import { type ObjectServer, startS3Server, startSwiftServer } from './s3-server.ts';
import { startUnreliableProxy } from './unreliable-proxy.ts';

/** A store that overlooks conditions: whatever is written replaces what was there. */
async function startOverlooking(): Promise<ObjectServer> {
  const server = await startS3Server();
  await server.letAllPass();
  const proxy = await startUnreliableProxy(server.endpoint);
  proxy.trouble = (_method, _path, headers) => ('if-none-match' in headers ? { without: 'if-none-match' } : undefined);
  const settings = (): S3Settings => ({ ...server.settings(), endpoint: proxy.url });
  return { ...server, settings, close: () => proxy.close().then(server.close) };
}

describe.each<[string, () => Promise<ObjectServer>, rounds: number]>([
  ['moto', startS3Server, 64],
  // It answers some ten times as slowly.
  ['Swift', startSwiftServer, 8],
  ['a store that overlooks conditions', startOverlooking, 64],
])('on %s', (_name, start, rounds) => {
  let server: ObjectServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.close());

  artifactStoreContract('s3', async () => {
    const settings = server.settings();
    const bucket = new Bucket(settings);
    return {
      open: () => createS3Artifacts(settings),
      damage: async (digest) => {
        const key = contentKey({ kind: 'file', digest });
        const bytes = await buffer(await bucket.get(key));
        bytes[0]! ^= 1;
        await bucket.remove(key);
        await bucket.create(key, bytes);
      },
      meetings: { rounds, wait: () => setTimeout(2) },
      lose: (digest) => bucket.remove(contentKey({ kind: 'file', digest })),
      dispose: () => rm(settings.stagingFolder, { recursive: true, force: true }),
    };
  });
});
