import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Batch, ColumnType } from '../tables/index.ts';
import { createDuckDb, parquetSource } from '../tables/index.ts';
import {
  applyTransform,
  batchFromRows,
  type CompileOptions,
  checkPreparedColumns,
  compileTransform,
  type FittedTransform,
  fitTransform,
  preparedQuery,
  prepareTransform,
  type Row,
  readTransform,
  removeOutliers,
  rowsFromBatch,
  writeTransform,
} from './index.ts';

/** A fitted document, to be spoilt. */
interface LooseDocument {
  version: number;
  format: string;
  more?: number;
  inputs: unknown[];
  nodes: { op: string; inputs: number[]; constants: object }[];
  features: { node: number }[];
}

const signal = new AbortController().signal;

interface Table {
  readonly types: Readonly<Record<string, ColumnType>>;
  readonly rows: readonly Row[];
}

function batchOf({ types, rows }: Table): Batch {
  return batchFromRows(
    Object.entries(types).map(([name, type]) => ({ name, type })),
    rows,
  );
}

async function fitted(
  features: Record<string, string>,
  train: Table,
  options: CompileOptions = {},
): Promise<FittedTransform> {
  const batch = batchOf(train);
  const { graph, findings } = compileTransform(features, batch.schema, options);
  expect(findings.filter((finding) => finding.severity === 'error')).toEqual([]);
  return fitTransform(graph, () => [batch] as unknown as AsyncIterable<Batch>, { signal });
}

const numbers: Table = { types: { x: 'float64', c: 'string' }, rows: [1, 2, 3, 4].map((x) => ({ x, c: `c${x % 2}` })) };

test('what is learnt comes from the training part alone', async () => {
  const made = await fitted({ z: 'standardize(x)', m: 'minmax(x)' }, numbers);
  const out = rowsFromBatch(applyTransform(made, batchOf({ types: numbers.types, rows: [{ x: 10 }, { x: 2.5 }] })));
  expect(out).toEqual([
    { z: 7.5 / Math.sqrt(1.25), m: 3 },
    { z: 0, m: 0.5 },
  ]);
});

test('nested analyzers learn from what the inner ones gave', async () => {
  const train: Table = { types: { x: 'float64' }, rows: [{ x: 1 }, { x: null }, { x: 3 }] };
  const made = await fitted({ z: 'standardize(impute(x, mean))' }, train);
  const node = made.nodes.find((candidate) => candidate.op === 'standardize')!;
  expect(node.constants).toEqual({ center: 2, scale: Math.sqrt(2 / 3), count: 3 });
});

test('vocabularies are ordered by count, then by value', async () => {
  const rows = ['b', 'a', 'c', 'c', 'é', '😀', 'ﬀ'].map((c) => ({ c }));
  const made = await fitted({ v: 'vocabulary(c)' }, { types: { c: 'string' }, rows });
  const node = made.nodes.find((candidate) => candidate.op === 'vocabulary')!;
  expect(node.constants['values']).toEqual(['c', 'a', 'b', 'é', 'ﬀ', '😀']);
  expect(node.constants['counts']).toEqual([2, 1, 1, 1, 1, 1]);
});

test('outliers leave the training part only, and are counted', async () => {
  const train: Table = {
    types: { x: 'float64', y: 'float64' },
    rows: [1, 2, 3, 2, 1, 2, 3, 1000, null, Number.NaN].map((x) => ({ x, y: 1 })),
  };
  const made = await fitted({ m: 'minmax(x)' }, train, { outliers: { x: 'tukey(3)', y: 'range(0, 5)' } });
  expect(made.outliers.map((rule) => [rule.column, rule.removedRowCount])).toEqual([
    ['x', 1],
    ['y', 0],
  ]);
  expect(made.fit).toEqual({ rowCount: 10, removedRowCount: 1 });
  expect(made.nodes.find((node) => node.op === 'minmax')!.constants).toMatchObject({ minimum: 1, maximum: 3 });
  expect(removeOutliers(made, batchOf(train)).rowCount).toBe(9);
  expect(applyTransform(made, batchOf(train)).rowCount).toBe(10);
});

test('zscore, robust_z and quantiles give bounds', async () => {
  const train: Table = { types: { x: 'float64' }, rows: Array.from({ length: 101 }, (_, x) => ({ x })) };
  const bounds = async (rule: string) => (await fitted({ x: 'x' }, train, { outliers: { x: rule } })).outliers[0]!;
  expect(await bounds('quantiles(0.05, 0.95)')).toMatchObject({ low: 5, high: 95, removedRowCount: 10 });
  expect(await bounds('robust_z(1)')).toMatchObject({ low: 50 - 1.4826 * 25, high: 50 + 1.4826 * 25 });
  const { low, high } = await bounds('zscore(1)');
  expect([low, high]).toEqual([50 - Math.sqrt(850), 50 + Math.sqrt(850)]);
});

test('nothing to learn is an error that names the feature', async () => {
  const empty: Table = { types: { x: 'float64', c: 'string' }, rows: [{ x: null }, { x: Number.NaN }] };
  await expect(fitted({ far: 'standardize(log(x))' }, empty)).rejects.toMatchObject({
    code: 'TRANSFORM_NOTHING_TO_LEARN',
    details: { feature: 'far' },
  });
  const nothing = await fitted({ v: 'vocabulary(c)', one: 'one_hot(c)' }, empty);
  expect(rowsFromBatch(applyTransform(nothing, batchOf({ types: empty.types, rows: [{ c: 'x' }] })))).toEqual([
    { v: 0 },
  ]);
});

test('an empty training part, an empty batch and a transformation without features work', async () => {
  const none: Table = { types: numbers.types, rows: [] };
  const made = await fitted({ x: 'x' }, none);
  expect(made.fit.rowCount).toBe(0);
  expect(applyTransform(made, batchOf(none)).rowCount).toBe(0);
  expect(applyTransform(await fitted({}, numbers), batchOf(numbers))).toMatchObject({ rowCount: 4, columns: [] });
});

test('columns of equal names and too many columns are errors', async () => {
  await expect(fitted({ c: 'one_hot(c)', 'c=c1': 'x' }, numbers)).rejects.toMatchObject({
    code: 'TRANSFORM_DUPLICATE_COLUMN',
  });
  const many: Table = { types: { c: 'string' }, rows: Array.from({ length: 10_001 }, (_, i) => ({ c: String(i) })) };
  await expect(fitted({ c: 'one_hot(c)' }, many)).rejects.toMatchObject({ code: 'TRANSFORM_TOO_MANY_COLUMNS' });
  await expect(
    fitted({ r: 'minmax(x)' }, { types: { x: 'float64' }, rows: [{ x: -1e308 }, { x: 1e308 }] }),
  ).rejects.toMatchObject({
    code: 'TRANSFORM_OUT_OF_RANGE',
  });
});

test('too many different values are an error that names the feature', async () => {
  const { graph } = compileTransform({ v: 'vocabulary(x)' }, batchOf(numbers).schema);
  const source = () => [batchOf(numbers)] as unknown as AsyncIterable<Batch>;
  await expect(fitTransform(graph, source, { signal, maximumDistinct: 3 })).rejects.toMatchObject({
    code: 'TRANSFORM_TOO_MANY_VALUES',
    details: { feature: 'v' },
  });
});

test('a canceled fit ends', async () => {
  const controller = new AbortController();
  controller.abort();
  const { graph } = compileTransform({ z: 'standardize(x)' }, batchOf(numbers).schema);
  const source = () => [batchOf(numbers)] as unknown as AsyncIterable<Batch>;
  await expect(fitTransform(graph, source, { signal: controller.signal })).rejects.toMatchObject({ code: 'CANCELED' });
});

test('rows that lack a column or have another type are refused', async () => {
  const made = await fitted({ x: 'log(x)', c: 'lower(c)' }, numbers);
  const without = batchOf({ types: { c: 'string' }, rows: [{ c: 'a' }] });
  expect(() => applyTransform(made, without)).toThrow(expect.objectContaining({ code: 'TRANSFORM_INPUT_MISSING' }));
  const texts = batchOf({ types: { x: 'string', c: 'string' }, rows: [{ x: 'a', c: 'a' }] });
  expect(() => applyTransform(made, texts)).toThrow(expect.objectContaining({ code: 'TRANSFORM_INPUT_TYPE' }));
  const whole = batchOf({ types: { x: 'int64', c: 'string' }, rows: [{ x: 1, c: 'A', more: 3 }] });
  expect(rowsFromBatch(applyTransform(made, whole))).toEqual([{ x: 0, c: 'a' }]);
  for (const x of ['1', {}, [1]]) {
    expect(() => batchFromRows(made.inputs, [{ x }])).toThrow(
      expect.objectContaining({ code: 'TRANSFORM_INPUT_TYPE' }),
    );
  }
});

test('the document is canonical JSON, and a wrong one is refused', async () => {
  const made = await fitted({ z: 'clip(standardize(x), -0, 2)', c: 'one_hot(c)' }, numbers);
  const text = writeTransform(made);
  expect(readTransform(text)).toEqual(made);
  expect(writeTransform(readTransform(text))).toBe(text);
  const wrong: readonly ((document: LooseDocument) => void)[] = [
    (document) => (document.version = 2),
    (document) => (document.format = 'other'),
    (document) => (document.more = 1),
    (document) => (document.nodes[1]!.op = 'shell'),
    (document) => (document.nodes[1]!.inputs = [5]),
    (document) => (document.nodes[1]!.constants = {}),
    (document) => (document.features[0]!.node = 99),
    (document) => (document.inputs = []),
  ];
  for (const change of wrong) {
    const document = JSON.parse(text) as LooseDocument;
    change(document);
    expect(() => readTransform(JSON.stringify(document))).toThrow(
      expect.objectContaining({ code: 'TRANSFORM_BAD_DOCUMENT' }),
    );
  }
  expect(() => readTransform('{')).toThrow(expect.objectContaining({ code: 'TRANSFORM_BAD_DOCUMENT' }));
});

test('a batch longer than a chunk gives what its rows give', async () => {
  const rows = Array.from({ length: 20_001 }, (_, i) => ({
    x: i % 97 === 0 ? null : i,
    c: i % 13 === 0 ? null : `c${i % 7}`,
  }));
  const table: Table = { types: numbers.types, rows };
  const made = await fitted({ z: 'robust_scale(x)', c: 'lower(c)', v: 'vocabulary(c, top=3)' }, table);
  const ready = prepareTransform(made);
  const whole = rowsFromBatch(ready.apply(batchOf(table)));
  for (const i of [0, 97, 8191, 8192, 16_384, 20_000]) {
    expect(rowsFromBatch(ready.apply(batchOf({ types: table.types, rows: [rows[i]!] })))).toEqual([whole[i]]);
  }
});

test('sql() is computed by DuckDB from one row, and nothing else is let through', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'transform-'));
  const engine = await createDuckDb({});
  try {
    const file = join(folder, 'rows.parquet');
    await engine.writeParquet("SELECT * FROM (VALUES (1.5::DOUBLE, 'SFO'), (2.5, 'LAX')) t(x, c)", file);
    const source = parquetSource(file);
    const schema = await engine.describe(`SELECT * FROM ${source}`);
    const compiled = (text: string) => compileTransform({ f: text }, schema).graph;
    const graph = compiled("sql('x * 2 + length(c)') + 1");
    await checkPreparedColumns(engine, graph.prepared, source);
    const batches = () => engine.batches(preparedQuery(graph.prepared, source));
    const made = await fitTransform(graph, batches, { signal });
    for await (const batch of batches()) {
      expect(rowsFromBatch(applyTransform(made, batch))).toEqual([{ f: 7 }, { f: 9 }]);
    }
    const refused = [
      'sum(x)',
      'x over ()',
      'row_number() over ()',
      '(select 1)',
      'random()',
      'now()',
      'x, c',
      'nosuch + 1',
      'x +',
      'current_date',
      'current_localtime()',
      'getenv(c)',
    ];
    const passed: string[] = [];
    for (const text of refused) {
      const { prepared } = compiled(`sql('${text}')`);
      const code = await checkPreparedColumns(engine, prepared, source).then(
        () => 'accepted',
        (error: { code: string }) => error.code,
      );
      if (code !== 'TRANSFORM_BAD_SQL') passed.push(`${text}: ${code}`);
    }
    expect(passed).toEqual([]);
  } finally {
    await engine.close();
    await rm(folder, { recursive: true });
  }
});
