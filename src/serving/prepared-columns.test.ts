import { expect, it } from 'vitest';
import { batchFromRows, compileTransform, rowsFromBatch } from '../transform/index.ts';
import { preparedColumns } from './prepared-columns.ts';

it('computes sql() columns for rows of a request as for a table', async () => {
  const inputs = [
    { name: 'kind', type: 'string' },
    { name: 'day', type: 'date' },
    { name: 'moment', type: 'timestamp' },
    { name: 'wave', type: 'float64' },
  ] as const;
  const rows = [
    { kind: "it's", day: '2024-02-29', moment: '2024-02-29T12:30:00Z', wave: 0.1 },
    { kind: null, day: null, moment: null, wave: null },
  ];
  const batch = batchFromRows(inputs, rows);
  const features = { a: "sql('length(kind) + wave')", b: "sql('day(day) + hour(moment)')" };
  const { graph, findings } = compileTransform(features, batch.schema, {});
  expect(findings.filter((finding) => finding.severity === 'error')).toEqual([]);
  const prepared = await preparedColumns(graph);
  try {
    const whole = rowsFromBatch(await prepared.add(batch));
    expect(graph.prepared.map(({ name }) => whole.map((row) => row[name]))).toEqual([
      [4.1, null],
      [41, null],
    ]);
    const none = await prepared.add(batchFromRows(inputs, []));
    expect(none.schema.fields).toHaveLength(6);
  } finally {
    await prepared.close();
  }
});
