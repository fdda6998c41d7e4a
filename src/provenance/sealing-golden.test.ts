import { hash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSealingKey, type SealBinding, seal, unsealToBuffer } from './index.ts';

interface Vector {
  readonly name: string;
  readonly key: string;
  readonly repeated: string;
  readonly contentBytes: number;
  readonly binding: SealBinding;
  readonly sealedSha256: string;
  readonly sealed: string | null;
}

const golden = join(import.meta.dirname, '../../test/golden/sealing/vectors.json');
const vectors = JSON.parse(await readFile(golden, 'utf8')) as readonly Vector[];

test.each(vectors)('another implementation of the format seals to the same bytes: $name', async (vector) => {
  const folder = await mkdtemp(join(tmpdir(), 'golden-'));
  const [plain, sealed] = [join(folder, 'plain'), join(folder, 'sealed')];
  const content = Buffer.alloc(vector.contentBytes, vector.repeated);
  const key = createSealingKey(Buffer.from(vector.key, 'base64'));
  await writeFile(plain, content);
  await seal({ source: plain, destination: sealed }, key, { binding: vector.binding });
  const bytes = await readFile(sealed);
  expect(hash('sha256', bytes, 'hex')).toBe(vector.sealedSha256);
  if (vector.sealed !== null) {
    expect(bytes.toString('base64')).toBe(vector.sealed);
    await writeFile(sealed, Buffer.from(vector.sealed, 'base64'));
    expect((await unsealToBuffer(sealed, key, { binding: vector.binding })).equals(content)).toBe(true);
  }
  await rm(folder, { recursive: true });
});
