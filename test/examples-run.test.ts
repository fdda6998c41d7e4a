/*
 * The examples, carried out by the program as a user would: each in a copy of its folder, up to the evaluation, and
 * held to what it promises. A second run changes nothing. The Python environments are made once and kept by their
 * digest.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../tools/problem.ts';
import { pathWithoutPython } from './path-without-python.ts';
import { program } from './program.ts';

const timeoutMs = 10 * 60_000;

interface Summary {
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly record: string;
  readonly metrics: Readonly<Record<string, { readonly value: number | null }>>;
  readonly objectives: Readonly<Record<string, { readonly met: boolean | null }>>;
  readonly modelVersion: string | null;
}

interface ReleaseSummary extends Summary {
  readonly gates: readonly { readonly verdict: string; readonly usesLeft: number }[];
}

function copyExample(name: string): string {
  const prepared = spawnSync(process.execPath, [join(repositoryRoot, 'examples', 'prepare.mjs'), name], {
    stdio: 'pipe',
  });
  expect(prepared.status).toBe(0);
  const folder = mkdtempSync(join(tmpdir(), `mlspec-${name}-`));
  cpSync(join(repositoryRoot, 'examples', name), folder, {
    recursive: true,
    filter: (path) => !path.includes('.mlspec'),
  });
  return folder;
}

function carryOut(folder: string, ...args: string[]): Summary {
  return carryOutWith({}, folder, ...args);
}

function carryOutWith(more: NodeJS.ProcessEnv, folder: string, ...args: string[]): Summary {
  const env = { ...process.env, MLSPEC_KEYS_DIR: join(folder, '..', `${folder.split('/').at(-1)}-keys`) };
  const result = spawnSync(program, [...args, '--json'], {
    cwd: folder,
    env: { ...env, ...more },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const lines = result.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string });
  const last = lines.at(-1);
  expect(last?.type, result.stderr.slice(-2000)).toBe('result');
  return last as unknown as Summary;
}

test.each([
  ['scikit-learn', 'rmse', (value: number) => value < 4],
  ['lightgbm', 'accuracy', (value: number) => value > 0.7],
  ['xgboost', 'auc', (value: number) => value > 0.5],
  ['pytorch', 'accuracy', (value: number) => value > 0.85],
] as const)(
  'examples/%s runs, reaches its objectives, and runs no second time',
  { timeout: timeoutMs },
  (name, metric, isGood) => {
    const folder = copyExample(name);
    const first = carryOut(folder, 'run');
    expect(first.state, JSON.stringify(first)).toBe('COMPLETE');
    expect(isGood(first.metrics[metric]!.value!), String(first.metrics[metric]!.value)).toBe(true);
    expect(Object.values(first.objectives).some((objective) => objective.met === false)).toBe(false);
    const second = carryOut(folder, 'run');
    expect(second.counts).toEqual({ cached: Object.values(first.counts).reduce((sum, count) => sum + count, 0) });
    expect(second.record).toBe(first.record);
  },
);

test('examples/penguins needs no Python, up to the registered package', { timeout: timeoutMs }, () => {
  const folder = copyExample('penguins');
  const withoutPython = { PATH: pathWithoutPython() };
  const released = carryOutWith(withoutPython, folder, 'release', '--yes');
  expect(released.state, JSON.stringify(released)).toBe('COMPLETE');
  expect(released.metrics['accuracy']!.value).toBeGreaterThan(0.9);
  expect(released.modelVersion).toBe('1.0.0');
  expect(carryOutWith(withoutPython, folder, 'release', '--yes').modelVersion).toBe('1.0.0');
});

test('examples/flights, as the demo releases it: both gates pass, and the run is verified', {
  timeout: timeoutMs,
}, () => {
  const folder = copyExample('flights');
  const released = carryOut(folder, 'release', '--yes') as ReleaseSummary;
  expect(released.gates.map((gate) => [gate.verdict, gate.usesLeft])).toEqual([
    ['pass', 7],
    ['pass', 1],
  ]);
  expect(released.objectives['cheaper']).toMatchObject({ met: true });
  expect(released.modelVersion).toBe('1.0.0');
  expect(
    (released as unknown as { declaredOnly: { section: string }[] }).declaredOnly.map(({ section }) => section),
  ).toEqual(['serving', 'monitoring', 'logging', 'triggers']);
  expect(carryOut(folder, 'verify')).toMatchObject({ isGood: true });
});

test('examples/flights on a small sample: a gate without enough examples says so and spends nothing', {
  timeout: timeoutMs,
}, () => {
  const folder = copyExample('flights');
  const released = carryOut(folder, 'release', '--yes', '--param', 'sample=1%') as ReleaseSummary;
  expect(released.gates.map((gate) => gate.verdict)).toEqual(['unknown-before', 'unknown-before']);
  expect(released.gates.map((gate) => gate.usesLeft)).toEqual([8, 2]);
});
