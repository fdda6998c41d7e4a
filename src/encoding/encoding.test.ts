import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  canonicalJson,
  digestFile,
  digestOf,
  formatBytes,
  formatDuration,
  newId,
  parseBytes,
  parseDigest,
  parseDuration,
  seededRandom,
  writeFileAtomically,
} from './index.ts';

test('canonicalJson reproduces the example of RFC 8785, section 3.2.2', () => {
  const input = JSON.parse(
    '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
  );
  expect(canonicalJson(input)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

test('canonicalJson sorts members by UTF-16 code units (RFC 8785, section 3.2.3)', () => {
  const input = { '€': 1, '\r': 2, '\ufb33': 3, '1': 4, '😀': 5, '\u0080': 6, ö: 7 };
  const names = Object.keys(JSON.parse(canonicalJson(input)));
  expect(canonicalJson(input)).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}');
  expect(names).toHaveLength(7);
});

test('canonicalJson is independent of member order and is valid JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
    }),
  );
});

test('canonicalJson names the place of what is not JSON', () => {
  expect(() => canonicalJson({ a: [1, Number.NaN] })).toThrow(/NaN at member a\.1/);
  expect(() => canonicalJson('\ud800')).toThrow(/lone surrogate/);
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  expect(() => canonicalJson(cycle)).toThrow(/cycle/);
  expect(canonicalJson([-0, true])).toBe('[0,true]');
});

test('digestFile equals digestOf, and wrong digests are refused', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'encoding-')), 'file');
  const data = Buffer.alloc(3_000_001, 7);
  await writeFile(path, data);
  expect(await digestFile(path)).toEqual({ digest: digestOf(data), sizeBytes: data.length });
  expect(digestOf('abc')).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(() => parseDigest('sha256:BA78')).toThrow(/ENCODING|expected sha256/);
});

test('ids sort in the order in which they are made', () => {
  const ids = Array.from({ length: 2000 }, () => newId('run'));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids[0]).toMatch(/^run_[0-9a-hjkmnp-tv-z]{26}$/);
});

test('seededRandom repeats itself and is even', () => {
  const first = seededRandom('a');
  const again = seededRandom('a');
  const values = Array.from({ length: 10_000 }, () => first());
  expect(Array.from({ length: 10_000 }, () => again())).toEqual(values);
  expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(4 / Math.sqrt(12 * values.length));
});

test('quantities', () => {
  expect(parseDuration('1.5 h')).toBe(5_400_000);
  expect(parseDuration('20ms')).toBe(20);
  expect(parseBytes('512Mi')).toBe(512 * 1024 * 1024);
  expect(parseBytes('2 GB')).toBe(2e9);
  for (const wrong of ['', '5', 'h', '-1 s', '1 parsec', '1 constructor'])
    expect(() => parseDuration(wrong)).toThrow(/expected a duration/);
  expect(formatDuration(61_500)).toBe('1m 02s');
  expect(formatBytes(1536)).toBe('1.5 KiB');
});

test('writeFileAtomically replaces a file whole', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'encoding-')), 'file');
  await writeFileAtomically(path, 'one');
  await writeFileAtomically(path, 'two');
  expect(await readFile(path, 'utf8')).toBe('two');
});
