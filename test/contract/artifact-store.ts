import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, open, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ArtifactStore, StoredItem } from '../../src/artifacts/index.ts';
import { type Digest, digestOf, now } from '../../src/encoding/index.ts';
import { streamPromises } from './artifact-streams.ts';

/** What an adapter gives to be tested. */
export interface ArtifactStoreUnderTest {
  /** A new handle on the same store, as another process would open it. */
  open(): ArtifactStore;
  /** Changes one byte of a stored file behind the store's back. */
  damage(digest: Digest): Promise<void>;
  /**
   * How often to let a removal and a use meet, and the shortest wait that moves one against the other. Default: 400 times,
   * one turn of the event loop.
   */
  readonly meetings?: { readonly rounds: number; readonly wait: () => Promise<unknown> };
  /** Removes stored bytes behind the store's back. */
  lose(digest: Digest): Promise<void>;
  dispose(): Promise<void>;
}

const absent = digestOf('never stored');
const code = (expected: string): object => expect.objectContaining({ code: expected });

interface Given {
  readonly under: ArtifactStoreUnderTest;
  readonly store: ArtifactStore;
  /** A path in a folder of the test. */
  readonly at: (path: string) => string;
}

/** What every adapter of `ArtifactStore` promises. */
export function artifactStoreContract(name: string, create: () => Promise<ArtifactStoreUnderTest>): void {
  describe(`ArtifactStore contract: ${name}`, () => {
    let given: Given;
    let folder: string;
    beforeAll(async () => {
      const under = await create();
      folder = await mkdtemp(join(tmpdir(), 'artifacts-'));
      given = { under, store: under.open(), at: (path) => join(folder, path) };
    });
    afterAll(async () => {
      await given.under.dispose();
      await rm(folder, { recursive: true, force: true });
    });
    for (const [promise, check] of Object.entries({ ...promises, ...streamPromises }))
      test(promise, () => check(given));
  });
}

const promises: Readonly<Record<string, (given: Given) => Promise<void>>> = {
  'a stored file has the SHA-256 of its bytes and comes back equal, at every size around a buffer': async ({
    store,
    at,
  }) => {
    for (const size of [0, 1, 4095, 4096, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (3 << 20) + 17, 9 << 20]) {
      const bytes = Buffer.alloc(size, `${size} `);
      await writeFile(at('source'), bytes);
      const stored = await store.put(at('source'));
      expect(stored).toEqual({ digest: digestOf(bytes), sizeBytes: size, kind: 'file' });
      await store.materialize(stored.digest, at(`copy-${size}`));
      expect((await readFile(at(`copy-${size}`))).equals(bytes)).toBe(true);
      expect((await store.read(stored.digest)).equals(bytes)).toBe(true);
      expect((await buffer(store.open(stored.digest))).equals(bytes)).toBe(true);
      expect(await store.verify(stored.digest)).toBe('ok');
      expect(await store.has(stored.digest)).toBe(true);
    }
  },

  'any bytes come back equal': async ({ store }) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        const { digest, sizeBytes } = await store.putBytes(bytes);
        expect(sizeBytes).toBe(bytes.length);
        expect((await store.read(digest)).equals(bytes)).toBe(true);
      }),
      { numRuns: 50 },
    );
  },

  'a copy is independent of the store: writing to it changes nothing, and it is one link': async ({ store, at }) => {
    const { digest } = await store.putBytes('original');
    await store.materialize(digest, at('mine'));
    expect((await stat(at('mine'))).nlink).toBe(1);
    await writeFile(at('mine'), 'changed!');
    expect(await store.verify(digest)).toBe('ok');
  },

  'changing the source after it was stored changes nothing': async ({ store, at }) => {
    await writeFile(at('later'), 'before');
    const { digest } = await store.put(at('later'));
    await writeFile(at('later'), 'after!');
    expect((await store.read(digest)).toString()).toBe('before');
  },

  'consume takes the source away and keeps its bytes': async ({ store, at }) => {
    for (const size of [10, 5 << 20]) {
      const bytes = Buffer.alloc(size, 'consumed');
      await writeFile(at('taken'), bytes);
      const { digest } = await store.put(at('taken'), { source: 'consume' });
      await expect(stat(at('taken'))).rejects.toThrow('ENOENT');
      expect((await store.read(digest)).equals(bytes)).toBe(true);
      await writeFile(at('taken'), bytes);
      expect((await store.put(at('taken'), { source: 'consume' })).digest).toBe(digest);
      await expect(stat(at('taken'))).rejects.toThrow('ENOENT');
    }
  },

  'consume copies a file that has another name, which could be written through': async ({ store, at }) => {
    for (const size of [10, 2 << 20]) {
      await writeFile(at('linked'), Buffer.alloc(size, 'x'));
      execFileSync('ln', [at('linked'), at(`other-name-${size}`)]);
      const { digest } = await store.put(at('linked'), { source: 'consume' });
      await writeFile(at(`other-name-${size}`), 'changed');
      expect(await store.verify(digest)).toBe('ok');
    }
  },

  'what is consumed counts as stored now, however old it is': async ({ store, at }) => {
    for (const size of [20, 2 << 20]) {
      await writeFile(at('old'), Buffer.alloc(size, 'old'));
      await utimes(at('old'), 1_000_000_000, 1_000_000_000);
      const startedMs = Date.now() - 1000;
      const { digest } = await store.put(at('old'), { source: 'consume' });
      expect(await store.remove(digest, { storedBeforeMs: startedMs })).toBe(false);
      expect(await store.verify(digest)).toBe('ok');
    }
  },

  'a folder is stored as a tree; its digest does not depend on times, order or owner': async ({ store, at }) => {
    await makeTree(at('tree-a'), ['b/two', 'a', 'b/c/three']);
    await makeTree(at('tree-b'), ['b/c/three', 'b/two', 'a']);
    await mkdir(at('tree-b/empty'));
    const first = await store.put(at('tree-a'));
    expect(first.kind).toBe('tree');
    expect(first.sizeBytes).toBe(1 + 5 + 9);
    expect((await store.put(at('tree-b'))).digest).toBe(first.digest);
    await chmod(at('tree-b/a'), 0o755);
    expect((await store.put(at('tree-b'))).digest).not.toBe(first.digest);
    expect((await store.entries(first.digest)).map((entry) => entry.path)).toEqual(['a', 'b/c/three', 'b/two']);
    await store.materialize(first.digest, at('tree-copy'));
    expect(await readFile(at('tree-copy/b/c/three'), 'utf8')).toBe('b/c/three');
    expect((await store.put(at('tree-copy'))).digest).toBe(first.digest);
    expect(digestOf(await store.read(first.digest))).toBe(first.digest);
  },

  'the executable bit comes back': async ({ store, at }) => {
    await makeTree(at('tool'), ['run.sh', 'data']);
    await chmod(at('tool/run.sh'), 0o700);
    const { digest } = await store.put(at('tool'));
    await store.materialize(digest, at('tool-copy'));
    expect((await stat(at('tool-copy/run.sh'))).mode & 0o777).toBe(0o755);
    expect((await stat(at('tool-copy/data'))).mode & 0o777).toBe(0o644);
  },

  'an empty folder is a tree of no files': async ({ store, at }) => {
    await mkdir(at('nothing'));
    const { digest, sizeBytes } = await store.put(at('nothing'));
    expect(sizeBytes).toBe(0);
    await store.materialize(digest, at('nothing-copy'));
    expect((await stat(at('nothing-copy'))).isDirectory()).toBe(true);
  },

  'a tree can be consumed': async ({ store, at }) => {
    await makeTree(at('given'), ['x/y', 'z']);
    const { digest } = await store.put(at('given'), { source: 'consume' });
    await expect(stat(at('given'))).rejects.toThrow('ENOENT');
    expect(await store.verify(digest)).toBe('ok');
  },

  'symbolic links, pipes, devices and unreadable names are refused, at the path and below it': async ({
    store,
    at,
  }) => {
    await symlink('/etc/passwd', at('link'));
    await makeTree(at('with-link'), ['a']);
    await symlink('/etc', at('with-link/b'));
    await makeTree(at('with-pipe'), ['a']);
    execFileSync('mkfifo', [at('with-pipe/pipe')]);
    await makeTree(at('with-name'), ['a']);
    await writeFile(Buffer.concat([Buffer.from(at('with-name/')), Buffer.from([0xff, 0xfe])]), 'x');
    for (const path of ['link', 'with-link', 'with-pipe', 'with-pipe/pipe', 'with-name'].map(at).concat('/dev/null')) {
      await expect(store.put(path)).rejects.toEqual(code('ARTIFACT_UNSUPPORTED_FILE'));
    }
  },

  'a source that is not there is an error that names it': async ({ store, at }) => {
    await expect(store.put(at('no-such-file'))).rejects.toEqual(code('ARTIFACT_SOURCE_UNREADABLE'));
    await expect(store.put(at('no-such-file'))).rejects.toThrow('no-such-file');
  },

  'absent content is MISSING and named, and leaves nothing at the destination': async ({ store, at }) => {
    await expect(store.materialize(absent, at('void'))).rejects.toEqual(code('ARTIFACT_MISSING'));
    await expect(store.read(absent)).rejects.toThrow(absent);
    await expect(buffer(store.open(absent))).rejects.toEqual(code('ARTIFACT_MISSING'));
    expect(await store.has(absent)).toBe(false);
    expect(await store.verify(absent)).toBe('missing');
    await expect(stat(at('void'))).rejects.toThrow('ENOENT');
  },

  'one changed byte is CORRUPT and named, by every way of reading; storing it again repairs': async ({
    under,
    store,
    at,
  }) => {
    const readers: Record<string, (digest: Digest) => Promise<unknown>> = {
      read: (digest) => store.read(digest),
      stream: (digest) => buffer(store.open(digest)),
      materialize: (digest) => store.materialize(digest, at('damaged')),
    };
    for (const [way, readIt] of Object.entries(readers)) {
      for (const size of [5, 6 << 20]) {
        const bytes = Buffer.alloc(size, way);
        const { digest } = await store.putBytes(bytes);
        await under.damage(digest);
        await expect(readIt(digest)).rejects.toEqual(code('ARTIFACT_CORRUPT'));
        await expect(readIt(digest)).rejects.toThrow(digest);
        await expect(stat(at('damaged'))).rejects.toThrow('ENOENT');
        expect(await store.verify(digest)).toBe('corrupt');
        expect(await under.open().has(digest)).toBe(false);
        await store.putBytes(bytes);
        expect((await store.read(digest)).equals(bytes)).toBe(true);
      }
    }
  },

  'verify finds damage in a file and in a tree; a tree with a lost file is missing': async ({ under, store, at }) => {
    await makeTree(at('fragile'), ['one', 'two']);
    const tree = await store.put(at('fragile'));
    await under.damage(digestOf('one'));
    expect(await store.verify(tree.digest)).toBe('corrupt');
    await store.put(at('fragile'));
    expect(await store.verify(tree.digest)).toBe('ok');
    await under.lose(digestOf('two'));
    expect(await store.verify(tree.digest)).toBe('missing');
    expect(await store.has(tree.digest)).toBe(false);
    await expect(store.materialize(tree.digest, at('fragile-copy'))).rejects.toEqual(code('ARTIFACT_MISSING'));
    await expect(stat(at('fragile-copy'))).rejects.toThrow('ENOENT');
  },

  'a destination that is taken is left as it is': async ({ store, at }) => {
    const { digest } = await store.putBytes('new');
    await writeFile(at('occupied'), 'old');
    await expect(store.materialize(digest, at('occupied'))).rejects.toEqual(code('ARTIFACT_DESTINATION_EXISTS'));
    expect(await readFile(at('occupied'), 'utf8')).toBe('old');
  },

  'read refuses what is larger than allowed': async ({ store }) => {
    const { digest } = await store.putBytes('12345');
    await expect(store.read(digest, { maxBytes: 4 })).rejects.toEqual(code('ARTIFACT_TOO_LARGE'));
    expect((await store.read(digest, { maxBytes: 5 })).length).toBe(5);
  },

  'a raised signal ends put and materialize with CANCELED and leaves nothing': async ({ under, store, at }) => {
    await writeFile(at('large'), Buffer.alloc(64 << 20, 'cancel me'));
    const early = AbortSignal.abort();
    await expect(store.put(at('large'), { signal: early })).rejects.toEqual(code('CANCELED'));
    const { digest } = await store.put(at('large'));
    await under.lose(digest);
    const late = new AbortController();
    const storing = store.put(at('large'), { signal: late.signal });
    setTimeout(() => late.abort(), 5);
    await expect(storing).rejects.toEqual(code('CANCELED'));
    expect(await store.has(digest)).toBe(false);
    await expect(store.materialize(digest, at('x'), { signal: early })).rejects.toEqual(code('CANCELED'));
  },

  'many handles storing equal and different content at once all succeed': async ({ under, store, at }) => {
    const large = Buffer.alloc(3 << 20, 'same');
    await writeFile(at('same'), large);
    const results = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const handle = under.open();
        await handle.putBytes(`own ${index}`);
        return (await handle.put(at('same'))).digest;
      }),
    );
    expect(new Set(results)).toEqual(new Set([digestOf(large)]));
    expect(await store.verify(digestOf(large))).toBe('ok');
  },

  'list names everything, remove takes one away unless it was stored since': async ({ store }) => {
    const { digest } = await store.putBytes('listed');
    const item = (await collect(store)).find((found) => found.digest === digest) as StoredItem;
    expect(item).toEqual({ digest, kind: 'file', sizeBytes: 6, storedAtMs: expect.any(Number) });
    expect(await store.remove(digest, { storedBeforeMs: item.storedAtMs })).toBe(false);
    expect(await store.remove(digest)).toBe(true);
    expect(await store.remove(digest)).toBe(false);
    expect(await store.verify(digest)).toBe('missing');
    expect((await collect(store)).some((found) => found.digest === digest)).toBe(false);
  },

  'storing again renews the time of storing': async ({ store }) => {
    const { digest } = await store.putBytes('renewed');
    const timeOf = async (): Promise<number> =>
      (await collect(store)).find((found) => found.digest === digest)!.storedAtMs;
    const first = await timeOf();
    await new Promise((resolve) => setTimeout(resolve, 30));
    await store.putBytes('renewed');
    expect(await timeOf()).toBeGreaterThan(first);
    expect(await store.remove(digest, { storedBeforeMs: first + 1 })).toBe(false);
  },

  'a file that holds the manifest of a tree can be told from the tree': async ({ store, at }) => {
    await makeTree(at('twin'), ['member']);
    const tree = await store.put(at('twin'));
    const manifest = await store.read(tree.digest);
    expect((await store.putBytes(manifest)).digest).toBe(tree.digest);
    await store.materialize(tree.digest, at('twin-tree'), { kind: 'tree' });
    await store.materialize(tree.digest, at('twin-file'), { kind: 'file' });
    expect((await stat(at('twin-tree'))).isDirectory()).toBe(true);
    expect((await readFile(at('twin-file'))).equals(manifest)).toBe(true);
  },

  'content that is renewed counts as stored now, with all files of its tree': async ({ store, at }) => {
    await makeTree(at('renewed'), ['a', 'b/c']);
    const tree = await store.put(at('renewed'));
    const file = await store.putBytes('renewed file');
    const parts = [tree.digest, file.digest, ...(await store.entries(tree.digest)).map((entry) => entry.digest)];
    await new Promise((resolve) => setTimeout(resolve, 20));
    const storedBeforeMs = now() - 5;
    expect(await store.renew(tree.digest)).toBe(true);
    expect(await store.renew(file.digest)).toBe(true);
    for (const digest of parts) expect(await store.remove(digest, { storedBeforeMs })).toBe(false);
    expect(await store.remove(parts[2]!)).toBe(true);
    expect(await store.renew(tree.digest)).toBe(false);
    expect(await store.renew(absent)).toBe(false);
  },

  'whoever renews content while it is being removed can read it afterwards, or is told that it is gone': async ({
    under,
    store,
  }) => {
    const seen = new Set<boolean>();
    const turn = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));
    const { rounds, wait } = under.meetings ?? { rounds: 400, wait: turn };
    const steps = Math.sqrt(rounds);
    for (let round = 0; round < rounds; round++) {
      const { digest } = await store.putBytes(`contended ${round}`);
      const storedBeforeMs = now() + 1;
      while (now() <= storedBeforeMs) await new Promise((resolve) => setImmediate(resolve));
      const waitTurns = async (count: number): Promise<void> => {
        for (let turn = 0; turn < count; turn++) await wait();
      };
      const remove = async (): Promise<boolean> => {
        await waitTurns(round % steps);
        return await store.remove(digest, { storedBeforeMs });
      };
      const use = async (): Promise<boolean> => {
        if (round >= rounds - steps) await removing;
        else await waitTurns(Math.floor(round / steps) ** 2);
        if (!(await store.renew(digest))) return false;
        expect((await store.read(digest)).toString()).toBe(`contended ${round}`);
        return true;
      };
      const removing = remove();
      const [used, removed] = await Promise.all([use(), removing]);
      expect(await store.has(digest)).toBe(used);
      if (removed) expect(used).toBe(false);
      seen.add(used);
    }
    expect(seen).toEqual(new Set([true, false]));
  },

  'a long source that is written to while it is read is refused': async ({ store, at }) => {
    await writeFile(at('moving'), Buffer.alloc(96 << 20, 'm'));
    const storing = store.put(at('moving'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await using file = await open(at('moving'), 'r+');
    await file.write('!', 0);
    await expect(storing).rejects.toEqual(code('ARTIFACT_SOURCE_CHANGED'));
  },
};

async function makeTree(root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), path);
  }
  await mkdir(root, { recursive: true });
}

async function collect(store: ArtifactStore): Promise<StoredItem[]> {
  const items: StoredItem[] = [];
  for await (const item of store.list()) items.push(item);
  return items;
}
