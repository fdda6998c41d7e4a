import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { DataRun } from '../../../../test/steps/data-project.ts';
import { projectWithEngine } from '../../../../test/steps/project-with-engine.ts';
import { foldOfKey } from '../../../data-quality/key-folds.ts';
import { parquetSource } from '../../../tables/index.ts';
import { type FoldManifest, foldManifest } from '../result.ts';

interface Golden {
  readonly stratified: readonly { labels: string[]; folds: number; counts: number[][] }[];
  readonly grouped: readonly { groups: number[]; folds: number; sizes: number[] }[];
  readonly rolling: readonly {
    rows: number;
    folds: number;
    gap: number;
    divided: { train: number[]; held_out: number[] }[];
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../../../test/golden/folds/folds.json', import.meta.url), 'utf8'),
) as Golden;
const only = { until: 'splitting/folds' };

const { project, engine } = await projectWithEngine();

/** Divides a table of one part into folds. */
async function divide(
  name: string,
  rows: readonly string[],
  folds: string,
  task = '{kind: regression, label: y, key: [id]}',
): Promise<DataRun> {
  await project.write(`${name}.csv`, `${rows.join('\n')}\n`);
  return await project.run(
    `task: ${task}\ningestion: {sources: {d: {csv: ${name}.csv}}}\nsplitting: {parts: {train: 100%}, folds: ${folds}}\nanalysis: {drift: none}`,
    only,
  );
}

async function manifestOf(run: DataRun): Promise<FoldManifest> {
  return foldManifest.parse(await run.json('splitting/folds', 'split'));
}

/** The rows of the training part with their folds. */
async function foldedRows(run: DataRun): Promise<Record<string, number>[]> {
  const [train, folds] = [run.path('splitting', 'train'), run.path('splitting/folds', 'folds')].map(parquetSource);
  return (await engine.rows(
    `SELECT t.* EXCLUDE (__row), f.__fold AS fold, f.__from AS first FROM ${train} t JOIN ${folds} f USING (__row) ORDER BY __row`,
  )) as Record<string, number>[];
}

const failure = async (made: Promise<DataRun>): Promise<{ code: string; message: string }> =>
  await made.then(
    () => expect.fail('it did not fail'),
    (error) => error,
  );

describe('hash', () => {
  const table = (count: number): string[] => [
    'id,y',
    ...Array.from({ length: count }, (_, id) => `${id},${(id * 7) % 11}`),
  ];

  test('the fold of a key is that of programs; rows that are added move none; the record says what is there', async () => {
    const folds = '{count: 4, salt: s}';
    const [before, after] = [await divide('few', table(500), folds), await divide('more', table(900), folds)];
    const [few, more] = [await foldedRows(before), await foldedRows(after)];
    for (const { id, fold } of more)
      expect(fold).toBe(foldOfKey([{ type: 'int64', value: id! }], { count: 4, salt: 's' }));
    expect(more.slice(0, few.length)).toEqual(few);
    const { parts, rule, overlap, neverHeldOutRows } = await manifestOf(after);
    expect([rule, overlap, neverHeldOutRows]).toEqual(['hash', { keysInSeveralParts: 0, verdict: 'none' }, 0]);
    for (const [at, part] of Object.values(parts).entries()) {
      const held = more.filter(({ fold }) => fold === at + 1);
      expect([part.rowCount, part.trainRowCount]).toEqual([held.length, 900 - held.length]);
      expect(part.label!.mean).toBeCloseTo(held.reduce((sum, { y }) => sum + y!, 0) / held.length, 12);
    }
    expect(new Set(Object.values(parts).map(({ keyDigest }) => keyDigest)).size).toBe(4);
  });

  test('the digest of the keys does not depend on the order of the rows', async () => {
    const [head, ...rows] = table(300);
    const [there, back] = [
      await manifestOf(await divide('there', [head!, ...rows], '3')),
      await manifestOf(await divide('back', [head!, ...rows.toReversed()], '3')),
    ];
    const digests = ({ parts }: FoldManifest): string[][] =>
      Object.values(parts).map(({ keyDigest, trainKeyDigest }) => [keyDigest, trainKeyDigest]);
    expect(digests(back)).toEqual(digests(there));
  });

  test('folds of the training part are even, and no row of another part is in one', async () => {
    await project.write('whole.csv', `${table(4000).join('\n')}\n`);
    const run = await project.run(
      'task: {kind: regression, label: y, key: [id]}\ningestion: {sources: {d: {csv: whole.csv}}}\nsplitting: {parts: {train: 40%, validation: 20%, test: 20%, holdback: 20%}, sealed: [test, holdback], folds: 5}',
      only,
    );
    const step = run.plan.find(({ name }) => name === 'splitting/folds')!;
    expect(Object.values(step.inputs).flatMap(({ sources }) => sources)).toEqual([
      { step: 'splitting', port: 'train' },
    ]);
    const [counted] = await engine.rows(
      `SELECT count(*) AS n, count(t.__row) AS trained, (SELECT count(*) FROM ${parquetSource(run.path('splitting', 'train'))}) AS train
       FROM ${parquetSource(run.path('splitting/folds', 'folds'))} f LEFT JOIN ${parquetSource(run.path('splitting', 'train'))} t USING (__row)`,
    );
    expect([counted!['n'], counted!['trained']]).toEqual([counted!['train'], counted!['train']]);
    // Under the salt of the split alone three of the five folds would be empty.
    const { parts } = await manifestOf(run);
    for (const { rowCount } of Object.values(parts)) expect(Math.abs(rowCount / 1600 - 0.2)).toBeLessThan(0.04);
  });

  test('rows of one key stay together', async () => {
    const rows = ['id,y', ...Array.from({ length: 400 }, (_, row) => `${row % 60},${row}`)];
    const found = await foldedRows(await divide('together', rows, '3'));
    const folds = new Map<number, Set<number>>();
    for (const { id, fold } of found) folds.set(id!, (folds.get(id!) ?? new Set()).add(fold!));
    expect([...folds.values()].every((of) => of.size === 1)).toBe(true);
  });
});

test.each(golden.stratified)(
  'stratified: of $folds folds each has as many of each value as in scikit-learn',
  async (given) => {
    const rows = ['id,y', ...given.labels.map((label, id) => `${id},${label}`)];
    const run = await divide(`stratified-${given.folds}`, rows, `{count: ${given.folds}, by: stratified(y)}`);
    const found = (await foldedRows(run)) as unknown as { y: string; fold: number }[];
    const names = [...new Set(given.labels)].sort();
    const counts = Array.from({ length: given.folds }, (_, at) =>
      names.map((name) => found.filter(({ y, fold }) => y === name && fold === at + 1).length),
    );
    expect(counts).toEqual(given.counts);
  },
);

test.each(golden.grouped)('group: $folds folds of whole groups have the sizes of scikit-learn', async (given) => {
  const rows = ['id,owner,y', ...given.groups.map((owner, id) => `${id},${owner},${id % 3}`)];
  const run = await divide(`group-${given.folds}`, rows, `{count: ${given.folds}, by: group(owner)}`);
  const found = await foldedRows(run);
  const sizes = Array.from({ length: given.folds }, (_, at) => found.filter(({ fold }) => fold === at + 1).length);
  expect(sizes).toEqual(given.sizes);
  const owners = new Map(found.map(({ owner, fold }) => [owner, fold]));
  expect(found.every(({ owner, fold }) => owners.get(owner) === fold)).toBe(true);
});

test.each(golden.rolling)(
  'rolling: $rows days in $folds folds with a gap of $gap are those of scikit-learn',
  async (given) => {
    const day = (at: number): string => new Date(Date.UTC(2024, 0, 1 + at)).toISOString().slice(0, 10);
    // Which row stands where in the file means nothing.
    const order = Array.from({ length: given.rows }, (_, at) => (at * 7) % given.rows);
    const ids = new Set(order).size === given.rows ? order : order.map((_, at) => given.rows - 1 - at);
    const rows = ['id,day,y', ...ids.map((at) => `${at},${day(at)},${at % 3}`)];
    const gap = given.gap === 0 ? '' : `, gap: ${given.gap}d`;
    const run = await divide(`rolling-${given.rows}`, rows, `{count: ${given.folds}, by: rolling(day)${gap}}`);
    const found = (await foldedRows(run)).toSorted((a, b) => a['id']! - b['id']!);
    for (const [at, { train, held_out }] of given.divided.entries()) {
      const fold = at + 1;
      expect(found.filter((row) => row['fold'] === fold).map(({ id }) => id)).toEqual(held_out);
      const trained = found.filter((row) => row['fold'] !== fold && row['first']! <= fold);
      expect(trained.map(({ id }) => id)).toEqual(train);
    }
    const { neverHeldOutRows, gapMs } = await manifestOf(run);
    expect([neverHeldOutRows, gapMs]).toEqual([given.divided[0]!.held_out[0], given.gap * 86_400_000]);
  },
);

test('rolling: a later row of a key that was met before is not trained on before its time', async () => {
  const at = (id: number, day: number): string => `${id},2024-01-${String(day).padStart(2, '0')},${day % 3}`;
  const rows = ['id,day,y', ...Array.from({ length: 28 }, (_, day) => at(day, day + 1)), at(0, 28), at(1, 28)];
  const found = (await foldedRows(await divide('late', rows, '{count: 3, by: rolling(day)}'))) as unknown as {
    id: number;
    day: string;
    fold: number;
    first: number;
  }[];
  for (let fold = 1; fold <= 3; fold++) {
    const start = found
      .filter((row) => row.fold === fold)
      .map(({ day }) => day)
      .sort()[0]!;
    const trained = found.filter((row) => row.fold !== fold && row.first <= fold);
    expect(trained.every(({ day }) => day < start)).toBe(true);
  }
  expect(found.slice(-2).map(({ fold, first }) => [fold, first])).toEqual([
    [0, 4],
    [0, 4],
  ]);
});

test('what cannot be divided is refused with what is missing', async () => {
  const few = ['id,owner,y', ...Array.from({ length: 12 }, (_, id) => `${id},${id % 2},${id}`)];
  expect(await failure(divide('groups', few, '{count: 3, by: group(owner)}'))).toMatchObject({
    code: 'SPLITTING_EMPTY_FOLD',
    message: 'fold 3 holds out no row',
  });
  expect(await failure(divide('nobody', few, '{count: 3, by: group(nobody)}'))).toMatchObject({
    code: 'SPLITTING_COLUMN_MISSING',
  });
  expect(await failure(divide('short', few.slice(0, 4), '{count: 5, by: rolling(id)}'))).toMatchObject({
    code: 'SPLITTING_EMPTY_FOLD',
    message: expect.stringContaining('at least 6 rows'),
  });
  expect(await failure(divide('strata', few, '{count: 2, by: stratified(id)}'))).toMatchObject({
    code: 'SPLITTING_TOO_MANY_STRATA',
  });
  const days = ['id,day,y', '1,2024-01-01,1', '2,,2', '3,2024-01-03,1', '4,2024-01-04,1'];
  expect(await failure(divide('days', days, '{count: 2, by: rolling(day)}'))).toMatchObject({
    code: 'SPLITTING_TIME_MISSING',
  });
  expect(await failure(divide('gap', few, '{count: 2, by: rolling(owner), gap: 1d}'))).toMatchObject({
    code: 'SPLITTING_COLUMN_MISSING',
    message: expect.stringContaining('a gap needs a column of dates'),
  });
  const divided = ['id,owner,y', ...Array.from({ length: 12 }, (_, row) => `${row % 3},${row % 4},${row}`)];
  expect(await failure(divide('divided', divided, '{count: 2, by: group(owner)}'))).toMatchObject({
    code: 'SPLITTING_KEY_DIVIDED',
  });
});

test('a fold that is unlike the others is told, with the column', async () => {
  const rows = [
    'id,shop,x,y',
    ...Array.from(
      { length: 900 },
      (_, id) => `${id},${id % 3},${((id * 37) % 101) + (id % 3 === 0 ? 300 : 0)},${id % 2}`,
    ),
  ];
  await project.write('shops.csv', `${rows.join('\n')}\n`);
  const run = await project.run(
    'task: {kind: binary, label: y, key: [id]}\ningestion: {sources: {d: {csv: shops.csv}}}\nsplitting: {parts: {train: 100%}, folds: {count: 3, by: group(shop)}}',
    only,
  );
  const { parts } = await manifestOf(run);
  expect(
    Object.values(parts).map(({ drift }) => drift!.filter((one) => one.drifted).map(({ name }) => name)),
  ).toContainEqual(['x']);
  expect(Object.values(parts).every(({ drift }) => !drift!.some(({ name }) => name === 'shop' || name === 'id'))).toBe(
    true,
  );
  expect(run.steps['splitting/folds']!.logs.join()).toMatch(/fold-\d is unlike what it trains on in x/);
});

test('equal data give equal bytes on any number of threads', async () => {
  await project.write(
    'same.csv',
    `id,day,y\n${Array.from({ length: 3000 }, (_, id) => `${id},${id % 97},${id % 5}`).join('\n')}\n`,
  );
  for (const rule of ['hash', 'stratified(y)', 'group(id)', 'rolling(day)']) {
    const sections = `task: {kind: regression, label: y, key: [id]}\ningestion: {sources: {d: {csv: same.csv}}}\nsplitting: {parts: {train: 100%}, folds: {count: 3, by: ${rule}}}\nanalysis: {drift: none}`;
    const runs = [
      await project.run(sections, { ...only, threads: 1 }),
      await project.run(sections, { ...only, threads: 4 }),
    ];
    const [one, two] = runs.map((run) => readFileSync(run.path('splitting/folds', 'folds')));
    expect(one!.equals(two!), rule).toBe(true);
    expect(await runs[0]!.json('splitting/folds', 'split')).toEqual(await runs[1]!.json('splitting/folds', 'split'));
  }
});
