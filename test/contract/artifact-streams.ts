import { buffer } from 'node:stream/consumers';
import { expect } from 'vitest';
import type { ArtifactStore } from '../../src/artifacts/index.ts';
import { digestOf } from '../../src/encoding/index.ts';
import type { ArtifactStoreUnderTest } from './artifact-store.ts';

const absent = digestOf('never stored');
const code = (expected: string): object => expect.objectContaining({ code: expected });

interface Given {
  readonly under: ArtifactStoreUnderTest;
  readonly store: ArtifactStore;
}

/** What every adapter of `ArtifactStore` promises of streams into it and of parts out of it. */
export const streamPromises: Readonly<Record<string, (given: Given) => Promise<void>>> = {
  'a stream is stored as a file holding its bytes is, however it is cut, and only once': async ({ store }) => {
    const before = await countItems(store);
    for (const [index, size] of [0, 1, 1 << 20, (1 << 20) + 1, (70 << 20) + 3].entries()) {
      const bytes = Buffer.alloc(size, `stream ${size}`);
      const stored = await store.putStream(cut(bytes, 65_521));
      expect(stored).toEqual({ digest: digestOf(bytes), sizeBytes: size, kind: 'file' });
      expect(await store.putStream(cut(bytes, (1 << 20) + 7))).toEqual(stored);
      expect(await store.verify(stored.digest)).toBe('ok');
      // The empty file may have been there.
      expect((await countItems(store)) - before).toBeLessThanOrEqual(index + 1);
    }
  },

  'a stream that breaks, early or late, is an error of its own and leaves nothing': async ({ store }) => {
    const before = await countItems(store);
    for (const goodBytes of [0, 100, 3 << 20]) {
      const broken = async function* (): AsyncGenerator<Buffer> {
        yield* cut(Buffer.alloc(goodBytes, 'broken'), 1 << 16);
        throw new Error('the sender went away');
      };
      await expect(store.putStream(broken())).rejects.toEqual(code('ARTIFACT_SOURCE_BROKEN'));
      await expect(store.putStream(broken())).rejects.toThrow('the sender went away');
    }
    const canceled = AbortSignal.abort();
    await expect(store.putStream(cut(Buffer.from('x'), 1), { signal: canceled })).rejects.toEqual(code('CANCELED'));
    expect(await countItems(store)).toBe(before);
  },

  'streams of equal bytes at once are stored once': async ({ under, store }) => {
    const bytes = Buffer.alloc(3 << 20, 'streamed at once');
    const stored = await Promise.all(Array.from({ length: 8 }, () => under.open().putStream(cut(bytes, 1 << 17))));
    expect(new Set(stored.map((one) => one.digest))).toEqual(new Set([digestOf(bytes)]));
    expect(await store.verify(digestOf(bytes))).toBe('ok');
  },

  'a part of a file is exactly that part': async ({ store }) => {
    const bytes = Buffer.from(Uint8Array.from({ length: 600_000 }, (_, index) => (index * 7) % 251));
    const { digest } = await store.putBytes(bytes);
    for (const [start, end] of [
      [0, 1],
      [0, 600_000],
      [599_999, 600_000],
      [1, 300_001],
      [5, 5],
      [599_990, 9e9],
      [6e5, 7e5],
    ]) {
      const part = await buffer(store.open(digest, { start: start!, end: end! }));
      expect(part.equals(bytes.subarray(start, end))).toBe(true);
    }
    await expect(buffer(store.open(absent, { start: 0, end: 1 }))).rejects.toEqual(code('ARTIFACT_MISSING'));
  },

  'no part of a damaged file is handed out, neither before nor after it was found right once': async ({
    under,
    store,
  }) => {
    for (const readBefore of [0, 1]) {
      const bytes = Buffer.alloc(2 << 20, `part ${readBefore}`);
      const { digest } = await store.putBytes(bytes);
      const part = (): Promise<Buffer> => buffer(store.open(digest, { start: 1 << 20, end: (1 << 20) + 10 }));
      for (let time = 0; time < readBefore; time++) expect((await part()).length).toBe(10);
      await under.damage(digest);
      await expect(part()).rejects.toEqual(code('ARTIFACT_CORRUPT'));
      await store.putBytes(bytes);
      expect((await part()).length).toBe(10);
    }
  },
};

/** Bytes in pieces of a size. */
async function* cut(bytes: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

async function countItems(store: ArtifactStore): Promise<number> {
  let count = 0;
  for await (const _item of store.list()) count++;
  return count;
}
