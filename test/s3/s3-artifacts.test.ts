import { rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import { createS3Artifacts } from '../../src/artifacts/index.ts';
import { Bucket } from '../../src/artifacts/s3/bucket.ts';
import { contentKey } from '../../src/artifacts/s3/content-state.ts';
import { artifactStoreContract } from '../contract/artifact-store.ts';
import { type S3Server, startS3Server } from './s3-server.ts';

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
});
afterAll(() => server.close());

artifactStoreContract('s3', async () => {
  const settings = server.settings();
  const bucket = new Bucket(settings);
  return {
    open: () => createS3Artifacts(settings),
    damage: async (digest) => {
      const key = contentKey({ kind: 'file', digest });
      const parts: Buffer[] = [];
      for await (const part of await bucket.get(key)) parts.push(part as Buffer);
      const bytes = Buffer.concat(parts);
      bytes[0]! ^= 1;
      await bucket.remove(key);
      await bucket.create(key, bytes);
    },
    meetings: { rounds: 64, wait: () => setTimeout(2) },
    lose: (digest) => bucket.remove(contentKey({ kind: 'file', digest })),
    dispose: () => rm(settings.stagingFolder, { recursive: true, force: true }),
  };
});
