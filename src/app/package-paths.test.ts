import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLocalArtifacts } from '../artifacts/index.ts';
import { type Database, openDatabase } from '../database/index.ts';
import { type Digest, digestHex } from '../encoding/index.ts';
import { openRegistry } from '../registry/index.ts';
import {
  type ArtifactPath,
  type ArtifactPaths,
  type ArtifactUploads,
  openArtifacts,
  parseArtifactPath,
} from '../tracking/index.ts';
import { withPackages } from './package-paths.ts';

const code = (expected: string): object => expect.objectContaining({ code: expected });
let folder: string;
let database: Database;
let paths: ArtifactPaths;
let uploads: ArtifactUploads;
let registered: Digest;
let other: Digest;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packages-'));
  database = await openDatabase({ kind: 'sqlite', path: join(folder, 'm.db') });
  const store = createLocalArtifacts({ root: join(folder, 'content') });
  const registry = await openRegistry(database);
  const put = async (name: string): Promise<Digest> => {
    const place = join(folder, name);
    await mkdir(join(place, 'data/deep'), { recursive: true });
    await writeFile(join(place, 'MLmodel'), name);
    await writeFile(join(place, 'data/deep/weights'), 'w');
    await writeFile(join(place, 'data/a'), 'a');
    return (await store.put(place)).digest;
  };
  [registered, other] = [await put('registered'), await put('other')];
  await registry.registerPackage({
    ...{ model: 'flights', packageDigest: registered, artifactId: 'art_1', runId: 'run_1' },
    ...{ signature: {}, passedComparison: () => false },
  });
  ({ paths, uploads } = await openArtifacts(database, store, (all) => withPackages(all, { store, registry })));
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

const at = (digest: Digest, below = ''): ArtifactPath => parseArtifactPath(`packages/${digestHex(digest)}${below}`);

test('files and folders of a registered package are there', async () => {
  expect(await paths.list(at(registered))).toEqual([
    { name: 'MLmodel', sizeBytes: 10 },
    { name: 'data', sizeBytes: null },
  ]);
  expect((await paths.list(at(registered, '/data'))).map(({ name }) => name)).toEqual(['a', 'deep']);
  expect(await paths.list(at(registered, '/MLmodel'))).toEqual([]);
  const { digest, sizeBytes } = await paths.find(at(registered, '/data/deep/weights'));
  expect([Buffer.concat(await paths.open(digest).toArray()).toString(), sizeBytes]).toEqual(['w', 1]);
});

test('what is not registered is not there, however much it is in the store', async () => {
  for (const path of [at(other), parseArtifactPath('packages'), parseArtifactPath('packages/x')])
    expect(await paths.list(path)).toEqual([]);
  for (const path of [at(other, '/MLmodel'), at(registered), at(registered, '/none'), at(registered, '/data')])
    await expect(paths.find(path)).rejects.toEqual(code('TRACKING_ARTIFACT_UNKNOWN'));
});

test('nothing is put or removed there; everything else is as it was', async () => {
  const source = (): AsyncIterable<Uint8Array> => new Blob(['evil']).stream() as AsyncIterable<Uint8Array>;
  const clash = code('TRACKING_ARTIFACT_CLASH');
  for (const path of [at(registered, '/MLmodel'), parseArtifactPath('packages'), parseArtifactPath('packages/new')]) {
    await expect(paths.put(path, source())).rejects.toEqual(clash);
    await expect(uploads.begin(path, 1)).rejects.toEqual(clash);
    await expect(paths.remove(path)).rejects.toEqual(clash);
    await expect(paths.requireFree(path)).rejects.toEqual(clash);
    await expect(paths.point(path, { digest: other, sizeBytes: 5 })).rejects.toEqual(clash);
  }
  const own = parseArtifactPath('packages2/mine');
  await paths.put(own, source());
  expect((await paths.find(own)).sizeBytes).toBe(4);
  expect(await paths.list(parseArtifactPath('packages2'))).toEqual([{ name: 'mine', sizeBytes: 4 }]);
  await paths.remove(own);
});
