import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPlatformError } from '../../src/errors/index.ts';
import {
  applyTransform,
  batchFromRows,
  compileTransform,
  type FittedTransform,
  fitTransform,
  readTransform,
  writeTransform,
} from '../../src/transform/index.ts';
import { findPython } from '../../tools/python-env.ts';
import { encodeBatch, makeCase, sourceOf, type TransformCase } from './cases.ts';
import { type RandomRow, randomFeatures, randomInputs, randomRow } from './random-plans.ts';

const schema = { fields: randomInputs };
const signal = new AbortController().signal;

/** The fitted transformation, or null where a random column has nothing to learn from. */
async function fitRandom(
  features: Record<string, string>,
  train: readonly RandomRow[],
): Promise<FittedTransform | null> {
  const { graph, findings } = compileTransform(features, schema);
  expect(findings.filter((finding) => finding.severity === 'error')).toEqual([]);
  try {
    return await fitTransform(graph, sourceOf(batchFromRows(randomInputs, train)), { signal });
  } catch (error) {
    const expected = ['TRANSFORM_NOTHING_TO_LEARN', 'TRANSFORM_OUT_OF_RANGE', 'TRANSFORM_DUPLICATE_COLUMN'];
    if (isPlatformError(error) && expected.includes(error.code)) return null;
    throw error;
  }
}

const plan = fc.tuple(
  randomFeatures,
  fc.array(randomRow, { minLength: 1, maxLength: 30 }),
  fc.array(randomRow, { minLength: 1, maxLength: 40 }),
);

test('a batch of N rows gives what N batches of one row give, and so does the stored document', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ([features, train, rows]) => {
      const fitted = await fitRandom(features, train);
      if (fitted === null) return;
      const whole = encodeBatch(applyTransform(fitted, batchFromRows(randomInputs, rows)));
      const stored = readTransform(writeTransform(fitted));
      const single = rows.map((row) => encodeBatch(applyTransform(stored, batchFromRows(randomInputs, [row]))));
      for (const [name, cells] of Object.entries(whole)) {
        expect(single.map((result) => result[name]![0])).toEqual(cells);
      }
    }),
    { numRuns: 300 },
  );
});

test('the fit does not depend on the order or the batches of the rows', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ([features, train]) => {
      const fitted = await fitRandom(features, train);
      if (fitted === null) return;
      const { graph } = compileTransform(features, schema);
      const rows = [...train].reverse();
      const source = async function* () {
        for (const row of rows) yield batchFromRows(randomInputs, [row]);
      };
      expect(writeTransform(await fitTransform(graph, source, { signal }))).toBe(writeTransform(fitted));
    }),
    { numRuns: 150 },
  );
});

test('the Python twin gives the same bits for random plans and rows', async () => {
  const python = findPython([3, 9]);
  if (python === null) throw new Error('this test needs Python 3.9 or newer');
  const cases: TransformCase[] = [];
  await fc.assert(
    fc.asyncProperty(plan, async ([features, train, rows]) => {
      const fitted = await fitRandom(features, train);
      if (fitted !== null) cases.push(makeCase(JSON.stringify(features), fitted, rows));
    }),
    { numRuns: 500 },
  );
  expect(cases.length).toBeGreaterThan(200);
  const script = join(import.meta.dirname, '../golden/transform/check_cases.py');
  const answer = spawnSync(python.path, [script], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
    env: { ...process.env, PYTHONUTF8: '1', PYTHONDONTWRITEBYTECODE: '1' },
    maxBuffer: 1 << 26,
  });
  expect(answer.stdout + answer.stderr).toMatch(/"different": 0/);
  expect(answer.status).toBe(0);
});
