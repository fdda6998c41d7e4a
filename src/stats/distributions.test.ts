import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as stats from './index.ts';

type Case = readonly [name: string, args: readonly number[], value: number];

const golden = JSON.parse(
  readFileSync(new URL('../../test/golden/stats/distributions.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly Case[] };

type Kernel = (x: number, y: number, z: number) => number;

const kernels: Readonly<Record<string, Kernel>> = {
  erfc: stats.erfc,
  normalCdf: stats.normalCdf,
  normalQuantile: stats.normalQuantile,
  logGamma: stats.logGamma,
  gammaBelow: (a, x) => stats.incompleteGamma(a, x).below,
  gammaAbove: (a, x) => stats.incompleteGamma(a, x).above,
  chiSquaredQuantile: stats.chiSquaredQuantile,
  betaBelow: (x, a, b) => stats.incompleteBeta(x, [a, b]).below,
  betaAbove: (x, a, b) => stats.incompleteBeta(x, [a, b]).above,
  betaQuantile: stats.betaQuantile,
  studentCdf: stats.studentCdf,
  studentQuantile: stats.studentQuantile,
  clopperPearsonLow: (k, n, confidence) => stats.clopperPearsonInterval(k, n, confidence)!.low,
  clopperPearsonHigh: (k, n, confidence) => stats.clopperPearsonInterval(k, n, confidence)!.high,
  wilsonLow: (k, n, confidence) => stats.wilsonInterval(k, n, confidence)!.low,
  wilsonHigh: (k, n, confidence) => stats.wilsonInterval(k, n, confidence)!.high,
};

test.each(Object.keys(kernels))('%s equals SciPy or mpmath within a relative 5e-12', (name) => {
  const cases = golden.cases.filter(([kernel]) => kernel === name);
  expect(cases.length).toBeGreaterThan(20);
  for (const [, args, value] of cases) {
    const found = kernels[name]!(...(args as [number, number, number]));
    if (value === 0) expect(Math.abs(found), `${name}(${args})`).toBeLessThan(1e-16);
    else expect(Math.abs(found / value - 1), `${name}(${args})`).toBeLessThan(5e-12);
  }
});

test('every case has a kernel', () => {
  expect(new Set(golden.cases.map(([name]) => name))).toEqual(new Set(Object.keys(kernels)));
});

test('what lies outside is NaN, what lies at the edge is the edge', () => {
  const { normalQuantile, betaQuantile, gammaQuantile, studentQuantile } = stats;
  for (const quantile of [normalQuantile, (p: number) => betaQuantile(p, 2, 3), (p: number) => studentQuantile(p, 3)])
    for (const p of [-0.1, 1.1, Number.NaN]) expect(quantile(p)).toBeNaN();
  expect([betaQuantile(0, 2, 3), betaQuantile(1, 2, 3), gammaQuantile(0, 2), gammaQuantile(1, 2)]).toEqual([
    0,
    1,
    0,
    Number.POSITIVE_INFINITY,
  ]);
  expect([normalQuantile(0), studentQuantile(1, 4), studentQuantile(0.5, 4)]).toEqual([
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    0,
  ]);
  expect([stats.normalCdf(Number.NEGATIVE_INFINITY), stats.normalCdf(Number.POSITIVE_INFINITY)]).toEqual([0, 1]);
  expect([stats.studentCdf(Number.NEGATIVE_INFINITY, 2), stats.studentCdf(Number.POSITIVE_INFINITY, 2)]).toEqual([
    0, 1,
  ]);
  expect([stats.chiSquaredCdf(-1, 3), stats.chiSquaredSurvival(-1, 3), stats.chiSquaredCdf(0, 3)]).toEqual([0, 1, 0]);
  for (const wrong of [
    stats.incompleteBeta(0.5, [0, 1]),
    stats.incompleteBeta(1.5, [1, 1]),
    stats.incompleteGamma(-1, 1),
  ])
    expect(wrong.below).toBeNaN();
  for (const wrong of [stats.logGamma(-1), stats.normalCdf(Number.NaN), stats.studentCdf(1, 0)])
    expect(wrong).toBeNaN();
  expect(stats.logGamma(0)).toBe(Number.POSITIVE_INFINITY);
  expect(stats.betaCdf(0.25, 1, 1)).toBeCloseTo(0.25, 15);
  expect(stats.logBeta(300, 500)).toBeCloseTo(stats.logGamma(300) + stats.logGamma(500) - stats.logGamma(800), 10);
});

test('no trials give no interval; none and all right give closed ends', () => {
  for (const interval of [stats.clopperPearsonInterval, stats.wilsonInterval]) {
    expect(interval(0, 0)).toBeNull();
    expect(interval(0, 7)!.low).toBe(0);
    expect(interval(7, 7)!.high).toBe(1);
  }
});
