import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { artifactStoreContract } from '../../../test/contract/artifact-store.ts';
import { mountMemory } from '../../../test/mount.ts';
import { type Digest, digestHex, digestOf, processMark } from '../../encoding/index.ts';
import { createLocalArtifacts, planCollection, removeCollected } from '../index.ts';

const pathIn = (root: string, digest: Digest, kind = 'blobs'): string =>
  join(root, kind, digestHex(digest).slice(0, 2), digestHex(digest).slice(2));

async function flipByte(path: string, at = 0): Promise<void> {
  await chmod(path, 0o644);
  await using file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
  buffer[0]! ^= 1;
  await file.write(buffer, 0, 1, at);
}

artifactStoreContract('local', async () => {
  const root = await mkdtemp(join(tmpdir(), 'store-'));
  return {
    open: () => createLocalArtifacts({ root }),
    damage: (digest) => flipByte(pathIn(root, digest)),
    lose: (digest) => rm(pathIn(root, digest)),
    dispose: () => rm(root, { recursive: true, force: true }),
  };
});

describe('local artifacts', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'local-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  test('reading makes no folder', async () => {
    const store = createLocalArtifacts({ root: join(root, 'untouched') });
    expect(await store.has(digestOf('x'))).toBe(false);
    for await (const item of store.list()) expect(item).toBe(null);
    expect(await readdir(root)).not.toContain('untouched');
  });

  test('stored bytes are read-only', async () => {
    const place = join(root, 'read-only');
    const store = createLocalArtifacts({ root: place });
    const { digest } = await store.putBytes('x');
    const { stdout } = { stdout: execFileSync('stat', ['-c', '%a', pathIn(place, digest)], { encoding: 'utf8' }) };
    expect(stdout.trim()).toBe('444');
  });

  test('a store of a newer format is refused and left alone', async () => {
    const place = join(root, 'newer');
    await mkdir(place);
    await writeFile(join(place, 'format.json'), '{"format":2}');
    const store = createLocalArtifacts({ root: place });
    await expect(store.putBytes('x')).rejects.toThrow(expect.objectContaining({ code: 'ARTIFACT_STORE_NEWER' }));
    await expect(store.read(digestOf('x'))).rejects.toThrow(expect.objectContaining({ code: 'ARTIFACT_STORE_NEWER' }));
    expect(await readdir(place)).toEqual(['format.json']);
  });

  test('unfinished files of dead processes go, those of living ones and of other hosts and containers stay', async () => {
    const place = join(root, 'stale');
    await createLocalArtifacts({ root: place }).putBytes('x');
    const own = hostname().replaceAll(/[^A-Za-z0-9.-]/g, '-');
    const [boot, namespace, start] = processMark(process.pid)!.split(':');
    const [here, other] = [`${boot}:${namespace}`, `${boot}:1${namespace}`];
    const gone = [
      `${own}~999999999~${here}:5~tmp_a`,
      `${own}~999999999~0~tmp_b`,
      `${own}~${process.pid}~${here}:1~tmp_c`,
    ];
    const left = [
      `${own}~${process.pid}~${here}:${start}~tmp_d`,
      `${own}~999999999~${other}:5~tmp_e`,
      'elsewhere~12~5~tmp_f',
    ];
    for (const name of [...gone, ...left]) await writeFile(join(place, 'temp', name), 'partial');
    await createLocalArtifacts({ root: place }).putBytes('y');
    expect((await readdir(join(place, 'temp'))).sort()).toEqual(left.sort());
  });

  test('what a collection has out of sight is put back by whoever misses it, and once that was killed by the next', async () => {
    const place = join(root, 'leaving');
    const store = createLocalArtifacts({ root: place });
    const own = hostname().replaceAll(/[^A-Za-z0-9.-]/g, '-');
    const takeAway = async (digest: Digest, pid: number): Promise<void> =>
      rename(pathIn(place, digest), join(place, 'temp', `${own}~${pid}~0~file~${digestHex(digest)}`));
    const { digest } = await store.putBytes('leaving');
    const other = (await store.putBytes('other')).digest;
    const uses = {
      read: async () => (await store.read(digest)).toString(),
      materialize: async () => store.materialize(digest, join(root, 'left')),
      has: async () => store.has(digest),
      renew: async () => store.renew(digest),
      verify: async () => store.verify(digest),
    };
    for (const [name, use] of Object.entries(uses)) {
      await takeAway(digest, process.pid);
      expect(await use(), name).not.toBe(false);
      expect(await readdir(join(place, 'temp')), name).toEqual([]);
    }
    await takeAway(digest, 999_999_999);
    await takeAway(other, process.pid);
    await createLocalArtifacts({ root: place }).putBytes('next');
    expect(await readdir(join(place, 'temp'))).toHaveLength(1);
    expect((await readFile(pathIn(place, digest))).toString()).toBe('leaving');
  });

  test('a damaged manifest is found, also one that is well-formed and leads outside', async () => {
    const place = join(root, 'manifest');
    const store = createLocalArtifacts({ root: place });
    const entry = { digest: digestOf('x'), executable: false, path: '../../escaped', sizeBytes: 1 };
    await store.putBytes('x');
    for (const path of ['../escaped', '/tmp/escaped', 'a/../../b', './a', 'a//b', '', 'a\0b', '..']) {
      const bytes = Buffer.from(JSON.stringify([{ ...entry, path }]));
      const digest = digestOf(bytes);
      await mkdir(join(pathIn(place, digest, 'trees'), '..'), { recursive: true });
      await writeFile(pathIn(place, digest, 'trees'), bytes);
      await expect(store.materialize(digest, join(root, 'out'))).rejects.toThrow(
        expect.objectContaining({ code: 'ARTIFACT_BAD_TREE' }),
      );
      expect(await store.verify(digest)).toBe('corrupt');
    }
  });

  test('what the file system reports otherwise is ARTIFACT_STORE_IO with its reason', async () => {
    await writeFile(join(root, 'a-file'), '');
    const store = createLocalArtifacts({ root: join(root, 'a-file', 'store') });
    const failing = store.putBytes('x');
    await expect(failing).rejects.toEqual(expect.objectContaining({ code: 'ARTIFACT_STORE_IO' }));
    await expect(failing).rejects.toThrow('ENOTDIR');
  });

  test('a stream that breaks leaves no unfinished file', async () => {
    const place = join(root, 'broken-stream');
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.alloc(2 << 20);
      expect((await readdir(join(place, 'temp'))).length).toBe(1);
      throw new Error('cut off');
    };
    await expect(createLocalArtifacts({ root: place }).putStream(broken())).rejects.toThrow('cut off');
    expect(await readdir(join(place, 'temp'))).toEqual([]);
    expect(await readdir(join(place, 'blobs'))).toEqual([]);
  });

  test('damaged bytes are kept for examination', async () => {
    const place = join(root, 'kept');
    const store = createLocalArtifacts({ root: place });
    const { digest } = await store.putBytes('precious');
    await flipByte(pathIn(place, digest), 3);
    expect(await store.verify(digest)).toBe('corrupt');
    expect((await readFile(join(place, 'corrupt', digestHex(digest)))).length).toBe(8);
  });

  test('killed at any moment, the store holds only whole content and the next process cleans up', async () => {
    const place = join(root, 'killed');
    const script = join(root, 'writer.ts');
    await writeFile(
      script,
      `import { createLocalArtifacts } from ${JSON.stringify(join(import.meta.dirname, '../index.ts'))};
       import { writeFileSync } from 'node:fs';
       const store = createLocalArtifacts({ root: ${JSON.stringify(place)} });
       for (let n = 0; ; n++) {
         const seed = process.pid + '-' + n;
         await store.putBytes(seed);
         writeFileSync('source-' + process.pid, Buffer.alloc(3 << 20, seed));
         await store.put('source-' + process.pid, { source: n % 2 === 0 ? 'copy' : 'consume' });
         console.log(n);
       }`,
    );
    const delays = [0, 1, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29];
    for (const delayMs of delays) await runAndKill(script, root, delayMs);
    const store = createLocalArtifacts({ root: place });
    await store.putBytes('after');
    expect(await readdir(join(place, 'temp'))).toEqual([]);
    let count = 0;
    for await (const item of store.list()) {
      count++;
      expect(await store.verify(item.digest)).toBe('ok');
    }
    expect(count).toBeGreaterThan(delays.length);
  });

  test('processes that store the same content at once all succeed and store it once', async () => {
    const place = join(root, 'shared');
    const script = join(root, 'sharer.ts');
    const source = join(root, 'shared-source');
    await writeFile(source, Buffer.alloc(6 << 20, 'shared'));
    await writeFile(
      script,
      `import { createLocalArtifacts } from ${JSON.stringify(join(import.meta.dirname, '../index.ts'))};
       const store = createLocalArtifacts({ root: ${JSON.stringify(place)} });
       for (let n = 0; n < 200; n++) await store.putBytes('content ' + n);
       console.log((await store.put(${JSON.stringify(source)})).digest);`,
    );
    const run = promisify(execFile);
    const ended = await Promise.all([1, 2, 3, 4].map(() => run(process.execPath, [script])));
    const digest = digestOf(await readFile(source));
    expect(new Set(ended.map(({ stdout }) => stdout.trim()))).toEqual(new Set([digest]));
    const store = createLocalArtifacts({ root: place });
    let count = 0;
    for await (const item of store.list()) {
      count++;
      expect(await store.verify(item.digest)).toBe('ok');
    }
    expect(count).toBe(201);
    expect(await readdir(join(place, 'temp'))).toEqual([]);
  });

  test('a collection keeps what is kept, the files of kept trees and what was stored since', async () => {
    const place = join(root, 'collected');
    const store = createLocalArtifacts({ root: place });
    const folder = join(root, 'kept-tree');
    await mkdir(folder);
    await writeFile(join(folder, 'a'), 'in the kept tree');
    const tree = await store.put(folder);
    const kept = await store.putBytes('kept');
    const old = await store.putBytes('old');
    const options = { keep: [tree.digest, kept.digest], storedBeforeMs: Number.POSITIVE_INFINITY };
    const plan = await planCollection(store, options);
    expect(plan.remove.map((item) => item.digest)).toEqual([old.digest]);
    expect(plan.removeBytes).toBe(3);
    expect((await planCollection(store, { ...options, storedBeforeMs: 0 })).remove).toEqual([]);
    expect(await removeCollected(store, plan, { storedBeforeMs: 0 })).toEqual([]);
    expect((await removeCollected(store, plan, options)).length).toBe(1);
    expect(await store.verify(tree.digest)).toBe('ok');
    expect(await store.verify(old.digest)).toBe('missing');
  });
});

describe('a full and an unwritable disk', () => {
  const mount = `/tmp/mlspec-small-${process.pid}`;
  let mounted = false;
  beforeAll(async () => {
    await mkdir(mount, { recursive: true });
    mounted = mountMemory(mount, 'size=4m');
  });
  afterAll(async () => {
    if (mounted) execFileSync('umount', [mount]);
    await rm(mount, { recursive: true, force: true });
  });

  test('a full disk is a clear error, loses nothing and leaves nothing; with space again all is well', async (context) => {
    if (!mounted) context.skip();
    const root = join(mount, 'store');
    const store = createLocalArtifacts({ root });
    const kept = await store.putBytes('kept');
    const ballast = join(mount, 'ballast');
    await writeFile(ballast, Buffer.alloc(2 << 20));
    const source = join(tmpdir(), `source-${process.pid}`);
    for (const size of [900 << 10, 3 << 20]) {
      const bytes = Buffer.alloc(size, 'z');
      await writeFile(source, bytes);
      await writeFile(ballast, Buffer.alloc(3500 << 10));
      const full = expect.objectContaining({ code: 'ARTIFACT_STORE_FULL' });
      await expect(store.put(source)).rejects.toEqual(full);
      await expect(store.putBytes(bytes)).rejects.toEqual(full);
      await expect(store.putStream(Readable.from([bytes]))).rejects.toEqual(full);
      expect(await readdir(join(root, 'temp'))).toEqual([]);
      expect(await store.verify(kept.digest)).toBe('ok');
      await rm(ballast);
      const { digest } = await store.put(source);
      expect(digestHex(digest)).toBe(createHash('sha256').update(bytes).digest('hex'));
      await writeFile(ballast, Buffer.alloc((3900 << 10) - size - (100 << 10)));
      await expect(store.materialize(digest, join(mount, 'copy'))).rejects.toEqual(full);
      expect((await readdir(mount)).sort()).toEqual(['ballast', 'store']);
      await store.remove(digest);
    }
    await rm(source);
  });

  test('a read-only store still reads, and says why it cannot write', async (context) => {
    if (!mounted) context.skip();
    const root = join(mount, 'frozen');
    const { digest } = await createLocalArtifacts({ root }).putBytes('x');
    execFileSync('mount', ['-o', 'remount,ro', mount]);
    try {
      const store = createLocalArtifacts({ root });
      expect((await store.read(digest)).toString()).toBe('x');
      const denied = expect.objectContaining({ code: 'ARTIFACT_STORE_DENIED' });
      await expect(store.putBytes('y')).rejects.toEqual(denied);
      await expect(createLocalArtifacts({ root: join(mount, 'none') }).putBytes('y')).rejects.toEqual(denied);
      await expect(store.remove(digest)).rejects.toEqual(denied);
    } finally {
      execFileSync('mount', ['-o', 'remount,rw', mount]);
    }
  });
});

/** Starts the writer, waits for its first round, lets it run on for a while and kills it. */
async function runAndKill(script: string, cwd: string, delayMs: number): Promise<void> {
  const child = spawn(process.execPath, [script], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  child.kill('SIGKILL');
  await ended;
}
