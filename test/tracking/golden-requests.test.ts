/*
 * A thousand requests about experiments and runs, right ones and wrong ones, in one sequence: what MLflow's own server answered
 * (test/golden/tracking/make_requests.py), and what ours does. Where ours is another on purpose, the file says why.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { GoldenRequest } from './golden-request.ts';
import { describeGolden } from './golden-suite.ts';

const file = join(import.meta.dirname, '../golden/tracking/requests.json');
const { requests } = JSON.parse(readFileSync(file, 'utf8')) as { requests: readonly GoldenRequest[] };
/** How many answers of ours may be others. Each one says why; a new one is thought over. */
const differencesAllowed = 263;

describeGolden(requests);

test('differences are few and have reasons', () => {
  const different = requests.filter(({ ours }) => ours !== undefined);
  expect(different.length).toBeLessThanOrEqual(differencesAllowed);
  expect(different.every(({ ours }) => ours!.reason.length > 10)).toBe(true);
});
