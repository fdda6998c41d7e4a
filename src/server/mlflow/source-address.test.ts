import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasWayOut, isInside, isLocal, readAddress } from './source-address.ts';

test.each([
  ['s3://bucket/a', { scheme: 's3', host: 'bucket', path: '/a' }],
  ['MODELS:/name/1', { scheme: 'models', host: '', path: '/name/1' }],
  ['models:/name@alias?x#y', { scheme: 'models', host: '', path: '/name@alias' }],
  ['mlflow-artifacts://Host:80/a', { scheme: 'mlflow-artifacts', host: 'host:80', path: '/a' }],
  ['/a:b/c', { scheme: '', host: '', path: '/a:b/c' }],
  ['', { scheme: '', host: '', path: '' }],
])('%s in parts', (address, parts) => {
  expect(readAddress(address)).toEqual(parts);
});

test.each([
  ['/a', true],
  ['a/b', true],
  ['file:///a', true],
  ['FILE:/a', true],
  ['s3://a', false],
  ['mlflow-artifacts:/a', false],
])('%s is a folder of the machine: %s', (address, expected) => {
  expect(isLocal(address)).toBe(expected);
});

test.each([
  ['s3://b/a', false],
  ['s3://b/a/', false],
  ['s3://b//a', false],
  ['s3://b', true],
  ['s3://b/../a', true],
  ['s3://b/a/..', true],
  ['s3://b/./a', true],
  ['s3://b/%2e%2e/a', true],
  ['s3://b/%25252e%25252e/a', true],
  ['s3://b/a\\..\\b', true],
  ['s3://b/a%00', true],
  ['s3://b/%zz', false],
])('%s leads out: %s', (address, expected) => {
  expect(hasWayOut(address)).toBe(expected);
});

test.each([
  ['mlflow-artifacts:/0/r/artifacts/model', 'mlflow-artifacts:/0/r/artifacts', true],
  ['mlflow-artifacts:/0/r/artifacts', 'mlflow-artifacts:/0/r/artifacts/', true],
  ['mlflow-artifacts:/0/r/artifacts2', 'mlflow-artifacts:/0/r/artifacts', false],
  ['mlflow-artifacts:/0/%72/artifacts', 'mlflow-artifacts:/0/r/artifacts', true],
  ['mlflow-artifacts://other/0/r', 'mlflow-artifacts:/0/r', false],
  ['s3://b/0/r', 'mlflow-artifacts:/0/r', false],
  ['mlflow-artifacts:/a', 'mlflow-artifacts:/', false],
  ['/a', 'mlflow-artifacts:/', false],
  ['/a', '/', false],
  ['/a', null, false],
])('%s is inside %s: %s', (address, root, expected) => {
  expect(isInside(address, root)).toBe(expected);
});

test('a folder is inside another one only where its links lead there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'inside-'));
  try {
    await mkdir(join(folder, 'run/model'), { recursive: true });
    await mkdir(join(folder, 'secret'));
    await symlink(join(folder, 'secret'), join(folder, 'run/link'));
    const root = `file://${join(folder, 'run')}`;
    const inside = (path: string): boolean => isInside(join(folder, path), root);
    expect([inside('run/model'), inside('run'), inside('run/not/yet')]).toEqual([true, true, true]);
    expect([inside('run/link'), inside('run/link/x'), inside('run/../secret'), inside('runs')]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
