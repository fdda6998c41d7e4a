import { rm } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe } from 'vitest';
import { createS3Artifacts } from '../../src/artifacts/index.ts';
import { Bucket } from '../../src/artifacts/s3/bucket.ts';
import { contentKey } from '../../src/artifacts/s3/content-state.ts';
import { artifactStoreContract } from '../contract/artifact-store.ts';
import { type ObjectServer, startS3Server, startSwiftServer } from './s3-server.ts';

// Swift answers some ten times as slowly.
describe.each<[string, () => Promise<ObjectServer>, rounds: number]>([
  ['moto', startS3Server, 64],
  ['Swift', startSwiftServer, 8],
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
