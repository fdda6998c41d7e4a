/*
 * Figures over traces, their spans and what is said of them, of traces that a generator made: what MLflow's own server answered
 * (test/golden/tracking/make_trace_metrics.py), and what ours does. Where ours is another on purpose, the file says why.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { GoldenRequest } from './golden-request.ts';
import { describeGolden } from './golden-suite.ts';

const file = join(import.meta.dirname, '../golden/tracking/trace-metrics.json');
const { requests } = JSON.parse(readFileSync(file, 'utf8')) as { requests: readonly GoldenRequest[] };
/** How many answers of ours may be others. Each one says why; a new one is thought over. */
const differencesAllowed = 104;

describe('figures over traces', () => describeGolden(requests));

test('differences are few and have reasons', () => {
  const different = requests.filter(({ ours }) => ours !== undefined);
  expect(different.length).toBeLessThanOrEqual(differencesAllowed);
  expect(different.every(({ ours }) => ours!.reason.length > 10)).toBe(true);
});
