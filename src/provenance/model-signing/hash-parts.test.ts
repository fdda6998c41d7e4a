import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestFile, digestOf } from '../../encoding/index.ts';
import { type FilePart, hashPart } from './hash-part.ts';
import { hashParts } from './hash-parts.ts';

let folder: string;
const content = Buffer.from(Array.from({ length: 700_001 }, (_, index) => (index * 31) >> 3));
const at = (name: string): string => join(folder, name);
const part = (path: string, from = 0, to: number | null = null): FilePart => ({ path, from, to, sizeBytes: 1 });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hash-parts-'));
  await writeFile(at('a'), content);
  await writeFile(at('empty'), '');
  await symlink('a', at('link'));
  execFileSync('mkfifo', [at('pipe')]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a whole file, and parts of it', async () => {
  expect(hashPart(part(at('a')))).toEqual({ digest: (await digestFile(at('a'))).digest });
  expect(hashPart(part(at('empty')))).toEqual({ digest: digestOf('') });
  const places = [
    [0, 1],
    [0, 262_144],
    [262_143, 262_145],
    [1, 700_001],
    [700_000, 700_001],
  ] as const;
  for (const [from, to] of places) {
    expect(hashPart(part(at('a'), from, to))).toEqual({ digest: digestOf(content.subarray(from, to)) });
  }
});

test('what is no file, not there or too short is told, and a pipe is not waited for', () => {
  expect(hashPart(part(at('none')))).toEqual({ failed: 'ENOENT' });
  expect(hashPart(part(at('link')))).toEqual({ failed: 'ELOOP' });
  expect(hashPart(part(at('pipe')))).toEqual({ failed: 'NOT_A_FILE' });
  expect(hashPart(part(folder))).toEqual({ failed: 'NOT_A_FILE' });
  expect(hashPart(part(at('a'), 700_000, 700_002))).toEqual({ failed: 'TOO_SHORT' });
});

test.each([0, 1, 3])('many parts in %i threads, in their order', async (threads) => {
  const parts = Array.from({ length: 1300 }, (_, index) =>
    index % 100 === 7 ? part(at('none')) : part(at('a'), index, index + 1000),
  );
  const expected = parts.map(({ path, from, to }) =>
    path === at('none') ? { failed: 'ENOENT' } : { digest: digestOf(content.subarray(from, to!)) },
  );
  expect(await hashParts(parts, { threads })).toEqual(expected);
  expect(await hashParts([], { threads })).toEqual([]);
});

test.each([0, 1, 2])('ends where it is told to, with %i threads', async (threads) => {
  const parts = Array.from({ length: 2000 }, () => part(at('a')));
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(hashParts(parts, { threads, signal })).rejects.toThrow('enough');
});

test('ends in the middle of a file that has no end in sight', async () => {
  await writeFile(at('huge'), '');
  await truncate(at('huge'), 2 ** 42);
  const stop = new AbortController();
  const hashed = hashParts([part(at('huge'))], { threads: 1, signal: stop.signal });
  setTimeout(() => stop.abort(new Error('enough')), 300);
  await expect(hashed).rejects.toThrow('enough');
});
