import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  applyTransform,
  batchFromRows,
  compileTransform,
  fitTransform,
  readTransform,
  rowsFromBatch,
  transformFunctions,
} from '../../src/transform/index.ts';
import { findPython } from '../../tools/python-env.ts';
import { decodeCell, encodeBatch, sourceOf, type TransformCase } from './cases.ts';

const folder = join(import.meta.dirname, '../golden/transform');
const signal = new AbortController().signal;
const vectors = JSON.parse(readFileSync(join(folder, 'vectors.json'), 'utf8')) as TransformCase[];

test.each(vectors)('the committed vectors hold: $name', ({ transform, rows, expected }) => {
  const fitted = readTransform(JSON.stringify(transform));
  const decoded = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, cell]) => [key, decodeCell(cell)])),
  );
  expect(encodeBatch(applyTransform(fitted, batchFromRows(fitted.inputs, decoded)))).toEqual(expected);
});

test('the vectors use every function that both interpreters know', () => {
  const used = new Set(vectors.flatMap((one) => one.transform.nodes.map((node) => node.op)));
  for (const { op, name } of transformFunctions) if (op !== null) expect(used, name).toContain(op);
});

test('the Python twin holds to the committed vectors, with the standard library alone', () => {
  const python = findPython([3, 9]);
  if (python === null) throw new Error('this test needs Python 3.9 or newer');
  const script = [join(folder, 'check_cases.py'), join(folder, 'vectors.json')];
  const answer = spawnSync(python.path, ['-S', ...script], {
    encoding: 'utf8',
    env: { PYTHONUTF8: '1', PYTHONDONTWRITEBYTECODE: '1' },
  });
  expect(answer.stdout + answer.stderr).toMatch(/"different": 0, "numpy": false/);
  expect(answer.status).toBe(0);
});

interface SklearnGolden {
  readonly cases: readonly {
    readonly name: string;
    readonly train: readonly number[];
    readonly test: readonly number[];
    readonly transformed: Readonly<Record<string, readonly number[]>>;
  }[];
  readonly one_hot: {
    readonly train: readonly string[];
    readonly test: readonly string[];
    readonly categories: readonly string[];
    readonly rows: readonly (readonly number[])[];
  };
}

const sklearn = JSON.parse(readFileSync(join(folder, 'sklearn.json'), 'utf8')) as SklearnGolden;

async function transformed(expression: string, train: readonly unknown[], rows: readonly unknown[]) {
  const inputs = [{ name: 'x', type: typeof train[0] === 'string' ? ('string' as const) : ('float64' as const) }];
  const { graph, findings } = compileTransform({ f: expression }, { fields: inputs });
  expect(findings).toEqual([]);
  const batch = (values: readonly unknown[]) =>
    batchFromRows(
      inputs,
      values.map((x) => ({ x })),
    );
  const fitted = await fitTransform(graph, sourceOf(batch(train)), { signal });
  return rowsFromBatch(applyTransform(fitted, batch(rows)));
}

test.each(sklearn.cases)('scaling and bucketing equal scikit-learn: $name', async (golden) => {
  for (const [expression, expected] of Object.entries(golden.transformed)) {
    const found = (await transformed(expression, golden.train, golden.test)).map((row) => Number(row['f']));
    expected.forEach((value, i) => {
      // scikit-learn itself rounds at a large offset; our sums are exact there
      const tolerance = (golden.name === 'offset' ? 1e-5 : 1e-12) * Math.max(1, Math.abs(value));
      expect(Math.abs(found[i]! - value), `${expression} of ${golden.test[i]}`).toBeLessThanOrEqual(tolerance);
    });
  }
});

test('one_hot equals OneHotEncoder', async () => {
  const { train, test: rows, categories, rows: expected } = sklearn.one_hot;
  const found = await transformed('one_hot(x)', train, rows);
  expect(Object.keys(found[0]!)).toEqual(categories.map((category) => `f=${category}`));
  expect(found.map((row) => Object.values(row))).toEqual(expected);
});
