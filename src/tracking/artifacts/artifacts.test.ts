import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, newPostgres, newSqlite, type TestDatabase } from '../../../test/contract/databases.ts';
import { type ArtifactStore, createLocalArtifacts } from '../../artifacts/index.ts';
import type { Database } from '../../database/index.ts';
import { digestOf } from '../../encoding/index.ts';
import { type ArtifactPath, parseArtifactPath as at, parseFolderPath } from './artifact-path.ts';
import { openArtifacts, type TrackedArtifacts } from './open-artifacts.ts';

const code = (expected: string): object => expect.objectContaining({ code: expected });
const bytes = (content: string | Buffer): Readable => Readable.from([Buffer.from(content)]);

async function* broken(): AsyncGenerator<Buffer> {
  yield Buffer.alloc(3 << 20);
  throw new Error('connection reset');
}

artifactsOn('sqlite', newSqlite);
if (await hasPostgres()) artifactsOn('postgres', newPostgres);
else describe.skip('artifact paths: postgres (no server answers)', () => test('skipped', () => undefined));

function artifactsOn(name: string, create: () => Promise<TestDatabase>): void {
  describe(`artifact paths: ${name}`, () => {
    let place: TestDatabase;
    let folder: string;
    let database: Database;
    let store: ArtifactStore;
    let artifacts: TrackedArtifacts;
    beforeAll(async () => {
      place = await create();
      folder = await mkdtemp(join(tmpdir(), 'artifact-paths-'));
      database = await place.open();
      store = createLocalArtifacts({ root: folder });
      artifacts = await openArtifacts(database, store);
    });
    afterAll(async () => {
      await database.close();
      await place.dispose();
      await rm(folder, { recursive: true, force: true });
    });

    const put = (path: string, content: string): Promise<unknown> => artifacts.paths.put(at(path), bytes(content));
    const read = async (path: string): Promise<string> =>
      await text(artifacts.paths.open((await artifacts.paths.find(at(path))).digest));
    const names = async (path: string): Promise<readonly string[]> =>
      (await artifacts.paths.list(parseFolderPath(path))).map((entry) => entry.name + (entry.sizeBytes ?? '/'));

    test('what is put is found, listed and read; the root too', async () => {
      const file = await artifacts.paths.put(at('1/a/artifacts/model/MLmodel'), bytes('flavors'));
      expect(file).toEqual({ digest: digestOf('flavors'), sizeBytes: 7, createdAtMs: expect.any(Number) });
      expect(await artifacts.paths.find(at('1/a/artifacts/model/MLmodel'))).toEqual(file);
      await put('1/a/artifacts/empty', '');
      expect(await names('')).toEqual(['1/']);
      expect(await names('1/a/artifacts')).toEqual(['empty0', 'model/']);
      expect(await names('1/a/artifacts/model/')).toEqual(['MLmodel7']);
      expect(await read('1/a/artifacts/empty')).toBe('');
      const part = artifacts.paths.open(file.digest, { start: 2, end: 4 });
      expect(await text(part)).toBe('av');
    });

    test('a listing knows neighbours whose names sort around the slash from what lies in a folder', async () => {
      const odd = ['a b', 'a', 'a-b', 'a.b', 'a0', 'a!', 'aa', 'é', 'z\u{1f600}', '_%', 'A'];
      for (const name of odd) await put(`list/${name}${name === 'a' ? '/x/y/z' : ''}`, name);
      for (const name of ['1', '2']) await put(`list/a/${name}`, name);
      await put('list-', 'not inside');
      await put('list0', 'not inside');
      const sorted = [...odd].sort((a, b) => (a < b ? -1 : 1));
      expect((await artifacts.paths.list(at('list'))).map((entry) => entry.name)).toEqual(sorted);
      expect(await names('list/a')).toEqual(['11', '21', 'x/']);
    });

    test('what is a file and what is not there have nothing in them', async () => {
      await put('plain/file', 'x');
      expect(await names('plain/file')).toEqual([]);
      expect(await names('plain/nothing')).toEqual([]);
      await expect(artifacts.paths.find(at('plain/nothing'))).rejects.toEqual(code('TRACKING_ARTIFACT_UNKNOWN'));
      await expect(artifacts.paths.find(at('plain'))).rejects.toThrow('found a folder');
    });

    test('a folder of more children than one query finds is listed whole, and once', async () => {
      const paths = Array.from(
        { length: 12_003 },
        (_, index) => `many/${index % 3 === 0 ? `${index}/deep/file` : index}`,
      );
      const rows = paths.map((path) => [path, digestOf('x'), 1, 1]);
      await database.insert(
        { table: 'artifact_paths', columns: ['path', 'digest', 'size_bytes', 'created_at_ms'] },
        rows,
      );
      const found = (await artifacts.paths.list(at('many'))).map((entry) => entry.name);
      expect(found.length).toBe(12_003);
      expect(new Set(found).size).toBe(12_003);
    });

    test('putting again replaces the whole file; a broken upload leaves what was there and nothing else', async () => {
      await put('replaced', 'first');
      await put('replaced', 'second');
      expect(await read('replaced')).toBe('second');
      await expect(artifacts.paths.put(at('replaced'), broken())).rejects.toEqual(code('ARTIFACT_SOURCE_BROKEN'));
      await expect(artifacts.paths.put(at('never'), broken())).rejects.toThrow('connection reset');
      expect(await read('replaced')).toBe('second');
      await expect(artifacts.paths.find(at('never'))).rejects.toEqual(code('TRACKING_ARTIFACT_UNKNOWN'));
      expect(await readdir(join(folder, 'temp'))).toEqual([]);
    });

    test('a file is no folder and a folder no file, and the message says which is which', async () => {
      await put('clash/file', 'x');
      const clash = code('TRACKING_ARTIFACT_CLASH');
      await expect(put('clash/file/below', 'x')).rejects.toEqual(clash);
      await expect(put('clash/file/far/below', 'x')).rejects.toThrow('clash/file is a file');
      await expect(put('clash', 'x')).rejects.toEqual(clash);
      await expect(put('clash', 'x')).rejects.toThrow('it is a folder, in which clash/file lies');
      await expect(artifacts.uploads.begin(at('clash'), 1)).rejects.toEqual(clash);
      expect(await names('clash')).toEqual(['file1']);
    });

    test('of a file and a folder that are put at one path at once, one stays', async () => {
      for (let round = 0; round < 20; round++) {
        const paths = [`race${round}/x`, `race${round}/x/y`, `race${round}/x/y/z`];
        const ends = await Promise.allSettled(paths.map((path) => put(path, path)));
        expect(ends.filter((end) => end.status === 'fulfilled').length).toBe(1);
        const failed = ends.find((end) => end.status === 'rejected');
        expect(failed?.reason).toEqual(code('TRACKING_ARTIFACT_CLASH'));
      }
    });

    test('of many who put to one path at once each succeeds, and one of them stays whole', async () => {
      const contents = Array.from({ length: 16 }, (_, index) => `${index} `.repeat(100_000));
      await Promise.all(contents.map((content) => put('contended', content)));
      expect(contents).toContain(await read('contended'));
    });

    test('removing takes a file, or a folder with all that lies in it and nothing beside it', async () => {
      for (const path of ['gone/a', 'gone/b/c', 'gone-', 'gone0', 'gone.txt']) await put(path, path);
      await artifacts.paths.remove(at('gone/a'));
      expect(await names('gone')).toEqual(['b/']);
      await artifacts.paths.remove(at('gone'));
      await expect(artifacts.paths.remove(at('gone'))).rejects.toEqual(code('TRACKING_ARTIFACT_UNKNOWN'));
      expect((await names('')).filter((name) => name.startsWith('gone'))).toEqual(['gone-5', 'gone.txt8', 'gone05']);
    });

    test('symbolic links and devices cannot come to be: on the disk there are only files named by their digest', async () => {
      for (const path of ['dev/null', 'proc/self/environ', 'link -> etc', 'CON', 'nul.txt']) await put(path, path);
      const files = await readdir(folder, { recursive: true, withFileTypes: true });
      const odd = files.filter((file) => !(file.isDirectory() || file.isFile()));
      expect(odd).toEqual([]);
      expect(
        files
          .map((file) => file.name)
          .filter((name) => !/^[0-9a-f]{2}$|^[0-9a-f]{62}$/.test(name))
          .sort(),
      ).toEqual(['blobs', 'corrupt', 'format.json', 'temp', 'trees']);
    });

    describe('uploads in parts', () => {
      const path = at('upload/large.bin') as ArtifactPath;
      const listed = (parts: readonly string[]): { part: number; digest: ReturnType<typeof digestOf> }[] =>
        parts.map((content, index) => ({ part: index + 1, digest: digestOf(content) }));

      test('parts in any order, at once and again make the file; asking again changes nothing', async () => {
        const contents = ['one ', 'two ', 'x'.repeat(2 << 20)];
        const { id } = await artifacts.uploads.begin(path, 3);
        await artifacts.uploads.putPart(id, 2, bytes('wrong'));
        await Promise.all([3, 1, 2].map((part) => artifacts.uploads.putPart(id, part, bytes(contents[part - 1]!))));
        const found = await artifacts.uploads.find({ id, path });
        expect(found).toMatchObject({ id, path, partCount: 3, parts: listed(contents) });
        await Promise.all([1, 2].map(() => artifacts.uploads.complete({ id, path }, listed(contents))));
        await artifacts.uploads.complete({ id, path }, listed(contents));
        const { digest, sizeBytes } = await artifacts.paths.find(path);
        expect({ digest, sizeBytes }).toEqual({ digest: digestOf(contents.join('')), sizeBytes: 8 + (2 << 20) });
        expect((await buffer(artifacts.paths.open(digest))).toString()).toBe(contents.join(''));
        await expect(artifacts.uploads.putPart(id, 1, bytes('late'))).rejects.toEqual(code('TRACKING_BAD_UPLOAD'));
      });

      test('one part is the file itself', async () => {
        const { id } = await artifacts.uploads.begin(at('upload/one'), 1);
        await artifacts.uploads.putPart(id, 1, bytes('only'));
        await artifacts.uploads.complete({ id, path: at('upload/one') }, listed(['only']));
        expect(await read('upload/one')).toBe('only');
      });

      test('it goes on where it stood: after a broken part, and through another server on the same stores', async () => {
        const there = at('upload/resumed');
        const { id } = await artifacts.uploads.begin(there, 2);
        await artifacts.uploads.putPart(id, 1, bytes('kept '));
        await expect(artifacts.uploads.putPart(id, 2, broken())).rejects.toEqual(code('ARTIFACT_SOURCE_BROKEN'));
        const other = await openArtifacts(database, store);
        expect((await other.uploads.find({ id, path: there })).parts.map(({ part }) => part)).toEqual([1]);
        await other.uploads.putPart(id, 2, bytes('sent again'));
        await other.uploads.complete({ id, path: there }, listed(['kept ', 'sent again']));
        expect(await read('upload/resumed')).toBe('kept sent again');
      });

      test('what was not announced, not received or not sent like this is refused', async () => {
        const there = at('upload/refused');
        const bad = code('TRACKING_BAD_UPLOAD');
        for (const count of [0, -1, 1.5, 10_001, Number.NaN])
          await expect(artifacts.uploads.begin(there, count)).rejects.toEqual(bad);
        const { id } = await artifacts.uploads.begin(there, 2);
        for (const part of [0, 3, -1])
          await expect(artifacts.uploads.putPart(id, part, bytes('x'))).rejects.toEqual(bad);
        await artifacts.uploads.putPart(id, 1, bytes('x'));
        const complete = (parts: readonly string[]): Promise<void> =>
          artifacts.uploads.complete({ id, path: there }, listed(parts));
        await expect(complete(['x', 'y'])).rejects.toThrow('expected 2 parts of upload/refused, received 1');
        await artifacts.uploads.putPart(id, 2, bytes('y'));
        await expect(complete(['x'])).rejects.toEqual(bad);
        await expect(complete(['y', 'x'])).rejects.toThrow('expected part 1 of upload/refused with the ETag');
        await expect(artifacts.uploads.complete({ id, path: there }, listed(['x', 'y']).reverse())).rejects.toThrow(
          'list them in order',
        );
        const unknown = code('TRACKING_UPLOAD_UNKNOWN');
        await expect(artifacts.uploads.find({ id, path: at('upload/other') })).rejects.toEqual(unknown);
        await expect(artifacts.uploads.find({ id: 'upload_none', path: there })).rejects.toEqual(unknown);
        await expect(artifacts.uploads.putPart('upload_none', 1, bytes('x'))).rejects.toEqual(unknown);
      });

      test('an aborted upload is gone, aborting it again is nothing, and what was completed stays', async () => {
        const there = at('upload/aborted');
        const { id } = await artifacts.uploads.begin(there, 1);
        await artifacts.uploads.putPart(id, 1, bytes('aborted part'));
        await artifacts.uploads.abort({ id, path: at('upload/other') });
        expect((await artifacts.uploads.find({ id, path: there })).parts.length).toBe(1);
        for (let time = 0; time < 2; time++) await artifacts.uploads.abort({ id, path: there });
        await expect(artifacts.uploads.find({ id, path: there })).rejects.toEqual(code('TRACKING_UPLOAD_UNKNOWN'));
        expect((await artifacts.digests()).has(digestOf('aborted part'))).toBe(false);
      });
    });

    test('what a collection must keep: all that a path names and the parts of what is under way', async () => {
      await put('kept/file', 'named by a path');
      const { id } = await artifacts.uploads.begin(at('kept/upload'), 2);
      await artifacts.uploads.putPart(id, 1, bytes('a part'));
      const kept = await artifacts.digests();
      expect(kept.has(digestOf('named by a path'))).toBe(true);
      expect(kept.has(digestOf('a part'))).toBe(true);
      await artifacts.paths.remove(at('kept'));
      expect((await artifacts.digests()).has(digestOf('named by a path'))).toBe(false);
    });

    test('an upload that nobody completes is forgotten after a week', async () => {
      const { id } = await artifacts.uploads.begin(at('old/upload'), 1);
      await artifacts.uploads.putPart(id, 1, bytes('old part'));
      await database.run('update artifact_uploads set created_at_ms = created_at_ms - ? where upload_id = ?', [
        7 * 24 * 3600 * 1000 + 1000,
        id,
      ]);
      await artifacts.uploads.begin(at('old/other'), 1);
      expect((await artifacts.digests()).has(digestOf('old part'))).toBe(false);
      await expect(artifacts.uploads.find({ id, path: at('old/upload') })).rejects.toEqual(
        code('TRACKING_UPLOAD_UNKNOWN'),
      );
    });
  });
}
