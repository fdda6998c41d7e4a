import { mkdtemp, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestOf } from '../encoding/index.ts';
import { openStatCache } from './stat-cache.ts';

let folder: string;
const at = (name: string): string => join(folder, name);
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stat-cache-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Replaces a remembered digest, so that a test sees whether the file was read. */
async function poison(path: string, from: string): Promise<void> {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replaceAll(digestOf(from), digestOf('poison')));
}

test('an unchanged file is read once, also by the next process', async () => {
  await writeFile(at('data'), 'one');
  await settle();
  const first = await openStatCache(at('cache.json'));
  expect(await first.digestOf(at('data'))).toEqual({ digest: digestOf('one'), sizeBytes: 3 });
  await first.save();
  await poison(at('cache.json'), 'one');
  const second = await openStatCache(at('cache.json'));
  expect((await second.digestOf(at('data'))).digest).toBe(digestOf('poison'));
});

test('another size, time or file under the same name is read again', async () => {
  const cache = await openStatCache(at('none.json'));
  const { size, mtime } = await stat(at('data'));
  expect(size).toBe(3);
  await writeFile(at('data'), 'two');
  await utimes(at('data'), mtime, mtime);
  await settle();
  expect((await cache.digestOf(at('data'))).digest).toBe(digestOf('two'));
  await writeFile(at('data'), 'six');
  await utimes(at('data'), mtime, mtime);
  expect((await cache.digestOf(at('data'))).digest).toBe(digestOf('six'));
  await writeFile(at('new'), 'ten');
  await rename(at('new'), at('data'));
  expect((await cache.digestOf(at('data'))).digest).toBe(digestOf('ten'));
});

test('a file that was written just now is not trusted', async () => {
  await writeFile(at('racy'), 'aaa');
  const cache = await openStatCache(at('racy.json'));
  await cache.digestOf(at('racy'));
  await cache.save();
  const { readFile } = await import('node:fs/promises');
  expect(await readFile(at('racy.json'), 'utf8').catch(() => '')).not.toContain(digestOf('aaa'));
});

test('equal size and equal times never hide a change, whatever the timing', async () => {
  const cache = await openStatCache(at('loop.json'));
  for (let round = 0; round < 200; round++) {
    await writeFile(at('loop'), String(1000 + round));
    expect((await cache.digestOf(at('loop'))).digest).toBe(digestOf(String(1000 + round)));
    if (round % 50 === 0) await settle();
  }
});

test('two processes add to one file, and a broken file is an empty cache', async () => {
  await writeFile(at('left'), 'l');
  await writeFile(at('right'), 'r');
  await settle();
  const [left, right] = [await openStatCache(at('both.json')), await openStatCache(at('both.json'))];
  await left.digestOf(at('left'));
  await right.digestOf(at('right'));
  await left.save();
  await right.save();
  await poison(at('both.json'), 'l');
  await poison(at('both.json'), 'r');
  const next = await openStatCache(at('both.json'));
  expect((await next.digestOf(at('left'))).digest).toBe(digestOf('poison'));
  expect((await next.digestOf(at('right'))).digest).toBe(digestOf('poison'));
  await writeFile(at('both.json'), '{"version":1,"files":{"x":[1,2]}');
  expect((await (await openStatCache(at('both.json'))).digestOf(at('left'))).digest).toBe(digestOf('l'));
});

test('a file that is not there is an error of the file system', async () => {
  const cache = await openStatCache(at('none.json'));
  await expect(cache.digestOf(at('absent'))).rejects.toThrow('ENOENT');
});
