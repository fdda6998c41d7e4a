import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type DataRun, testKey } from '../../../test/steps/data-project.ts';
import { projectWithEngine } from '../../../test/steps/project-with-engine.ts';
import { unseal } from '../../provenance/index.ts';
import { parquetSource } from '../../tables/index.ts';
import { splitManifest } from './result.ts';

const vega = join(import.meta.dirname, '../../../node_modules/vega-datasets/data');
const only = { until: 'splitting' };

const { project, engine } = await projectWithEngine();
beforeAll(async () => {
  await project.copy(join(vega, 'penguins.json'), 'penguins.json');
  const flights = parquetSource(join(vega, 'flights-3m.parquet'));
  await engine.writeParquet(
    `SELECT *, delay > 15 AS late FROM ${flights} AS f WHERE md5_number_lower(f::VARCHAR) % 100 = 3`,
    join(project.root, 'flights.parquet'),
  );
  await engine.writeParquet(
    `SELECT * FROM ${parquetSource(join(project.root, 'flights.parquet'))} UNION ALL BY NAME SELECT DATE '2002-01-01' AS date, i AS delay, 1 AS distance, 'NEW' || i AS origin, 'X' AS destination, false AS late FROM range(500) AS r(i)`,
    join(project.root, 'more.parquet'),
  );
});

const keyed = 'task: {kind: binary, label: late, key: [date, origin, destination]}\n';
const flights = 'ingestion: {sources: {f: flights.parquet}}\n';

async function partsOf(run: DataRun): Promise<ReturnType<typeof splitManifest.parse>> {
  return splitManifest.parse(await run.json('splitting', 'split'));
}

async function query(run: DataRun, part: string, select: string): Promise<Record<string, unknown>[]> {
  return await engine.rows(`SELECT ${select} FROM ${parquetSource(run.path('splitting', part))}`);
}

async function fail(sections: string): Promise<{ code: string; message: string }> {
  return await project.run(sections, only).then(
    () => expect.fail('it did not fail'),
    (error) => error,
  );
}

test('hash of the key: shares nearly, no key twice, every row once, rows that come later move none', async () => {
  const split =
    'splitting: {by: hash, salt: s, parts: {train: 60%, validation: 10%, test: 10%, holdback: 10%, debug: 10%}}';
  const run = await project.run(`${keyed}${flights}${split}`, only);
  const { parts, overlap, droppedRows } = await partsOf(run);
  expect(Object.keys(parts).sort()).toEqual(['debug', 'holdback', 'test', 'train', 'validation']);
  expect([overlap, droppedRows]).toEqual([{ keysInSeveralParts: 0, verdict: 'none' }, 0]);
  const all = parquetSource(join(project.root, 'flights.parquet'));
  const total = Number((await engine.rows(`SELECT count(*) AS n FROM ${all}`))[0]!['n']);
  expect(Object.values(parts).reduce((sum, part) => sum + part.rowCount, 0)).toBe(total);
  for (const part of Object.values(parts)) expect(Math.abs(part.rowCount / total - part.share!)).toBeLessThan(0.01);
  const written = Object.keys(parts).map(
    (part) => `SELECT * EXCLUDE (__row) FROM ${parquetSource(run.path('splitting', part))}`,
  );
  const [lost] = await engine.rows(
    `SELECT count(*) AS n FROM ((SELECT * FROM ${all}) EXCEPT ALL (${written.join(' UNION ALL ')}))`,
  );
  expect(lost).toEqual({ n: 0 });
  const more = await project.run(`${keyed}${flights.replace('flights.parquet', 'more.parquet')}${split}`, only);
  const [moved] = await engine.rows(
    `SELECT count(*) AS n FROM ((SELECT * EXCLUDE (__row) FROM ${parquetSource(run.path('splitting', 'train'))}) EXCEPT ALL SELECT * EXCLUDE (__row) FROM ${parquetSource(more.path('splitting', 'train'))})`,
  );
  expect(moved).toEqual({ n: 0 });
  const other = await project.run(`${keyed}${flights}${split.replace('salt: s', 'salt: t')}`, only);
  expect((await partsOf(other)).parts['train']!.keyDigest).not.toBe(parts['train']!.keyDigest);
});

test('equal data give equal bytes and digests on any number of threads; a digest of keys knows no order', async () => {
  const sections = `${keyed}${flights}splitting: {by: stratified(late), parts: {train: 50%, validation: 50%}}`;
  const [one, two] = [
    await project.run(sections, { ...only, threads: 1 }),
    await project.run(sections, { ...only, threads: 4 }),
  ];
  for (const port of ['train', 'validation', 'split']) {
    const digests = [one, two].map((run) =>
      createHash('sha256')
        .update(readFileSync(run.path('splitting', port)))
        .digest('hex'),
    );
    expect(digests[0], port).toBe(digests[1]);
  }
  const backwards = await project.run(
    sections.replace(
      '{f: flights.parquet}}',
      '{f: flights.parquet}, query: "SELECT * FROM f ORDER BY date DESC, origin, destination"}',
    ),
    only,
  );
  const parts = [(await partsOf(one)).parts, (await partsOf(backwards)).parts];
  expect(parts[1]!['train']!.keyDigest).toBe(parts[0]!['train']!.keyDigest);
});

test('without a key whole rows stay together, so that no row is in two parts', async () => {
  await project.write(
    'double.csv',
    `a,late\n${Array.from({ length: 2_000 }, (_, row) => `${row % 500},${row % 2}`).join('\n')}\n`,
  );
  const run = await project.run(
    'ingestion: {sources: {d: double.csv}}\nsplitting: {parts: {train: 50%, validation: 50%}}',
    only,
  );
  const [shared] = await engine.rows(
    `SELECT count(*) AS n FROM (SELECT a, late FROM ${parquetSource(run.path('splitting', 'train'))} INTERSECT SELECT a, late FROM ${parquetSource(run.path('splitting', 'validation'))})`,
  );
  expect(shared).toEqual({ n: 0 });
});

test('stratified: each part has its share of each value, to the row', async () => {
  const sections = `task: {kind: multiclass, label: Species, key: [row]}
ingestion: {sources: {p: penguins.json}, query: "SELECT row_number() OVER () AS row, * FROM p"}
splitting: {by: stratified(Species), parts: {train: 60%, validation: 20%, test: 20%}}`;
  const run = await project.run(sections, only);
  const total: Record<string, number> = { Adelie: 152, Chinstrap: 68, Gentoo: 124 };
  for (const [part, share] of [
    ['train', 0.6],
    ['validation', 0.2],
    ['test', 0.2],
  ] as const)
    for (const row of await engine.rows(
      `SELECT "Species" AS species, count(*) AS n FROM ${parquetSource(run.path('splitting', part))} GROUP BY 1`,
    ))
      expect(Math.abs(Number(row['n']) - share * total[String(row['species'])]!)).toBeLessThanOrEqual(1);
  expect(await fail(sections.replace('stratified(Species)', 'stratified(row)'))).toMatchObject({
    code: 'SPLITTING_TOO_MANY_STRATA',
  });
});

test('group: a group stays together, missing ones too; a key that lies in two groups is refused', async () => {
  const sections = `${flights}splitting: {by: group(origin), parts: {train: 50%, validation: 50%}}`;
  const run = await project.run(sections, only);
  const origins = async (part: string): Promise<unknown[]> =>
    (await query(run, part, 'DISTINCT origin')).map((row) => row['origin']);
  const [train, validation] = [await origins('train'), await origins('validation')];
  expect(train.length + validation.length).toBe(new Set([...train, ...validation]).size);
  expect(await fail(`task: {kind: binary, label: late, key: [distance]}\n${sections}`)).toMatchObject({
    code: 'SPLITTING_KEY_DIVIDED',
  });
  await project.write(
    'groups.csv',
    `g,late\n${Array.from({ length: 200 }, (_, row) => `${row % 5 === 0 ? '' : row % 20},0`).join('\n')}\n`,
  );
  const holes = await project.run(
    'ingestion: {sources: {d: groups.csv}}\nsplitting: {by: group(g), parts: {train: 50%, validation: 50%}}',
    only,
  );
  const missing = await Promise.all(
    ['train', 'validation'].map((part) => query(holes, part, 'count(*) - count(g) AS n')),
  );
  expect(missing.map(([row]) => row!['n']).sort()).toEqual([0, 40]);
});

test('time: parts follow each other, the gap is left out and counted, equal times stay together', async () => {
  const split = (gap: string, order = ''): string =>
    `${flights}splitting: {by: time(date), gap: ${gap}, parts: {train: 60%, validation: 20%, test: 20%}${order}}`;
  const run = await project.run(split('3d'), only);
  const { parts, droppedRows } = await partsOf(run);
  expect(droppedRows).toBeGreaterThan(0);
  const span = async (part: string): Promise<number[]> => {
    const [row] = await query(run, part, 'epoch_ms(min(date)) AS low, epoch_ms(max(date)) AS high');
    return [Number(row!['low']), Number(row!['high'])];
  };
  const [train, validation, later] = [await span('train'), await span('validation'), await span('test')];
  expect(validation[0]! - train[1]!).toBeGreaterThan(3 * 86_400_000);
  expect(later[0]! - validation[1]!).toBeGreaterThan(3 * 86_400_000);
  const total = Object.values(parts).reduce((sum, part) => sum + part.rowCount, droppedRows);
  expect(Math.abs(parts['train']!.rowCount / total - 0.6)).toBeLessThan(0.01);
  // More milliseconds than a 32-bit number holds.
  const far = await project.run(split('30d').replace('60%, validation: 20%', '20%, validation: 60%'), only);
  expect((await partsOf(far)).droppedRows).toBeGreaterThan(droppedRows);
  const turned = await project.run(split('0d', ', order: [test, validation, train]'), only);
  const [first] = await query(turned, 'test', 'max(date) AS at');
  const [last] = await query(turned, 'train', 'min(date) AS at');
  expect(String(first!['at']) < String(last!['at'])).toBe(true);
  await project.write('times.csv', 't,late\n2001-01-01,0\n,1\n2001-01-03,1\n');
  const holes = 'ingestion: {sources: {d: times.csv}}\nsplitting: {by: time(t), parts: {train: 50%, validation: 50%}}';
  expect(await fail(holes)).toMatchObject({
    code: 'SPLITTING_TIME_MISSING',
    message: expect.stringContaining('1 of 3'),
  });
});

const named = (rows: readonly string[]): string => `id,part,late\n${rows.join('\n')}\n`;
const predefined = (file: string, more = ''): string =>
  `task: {kind: binary, label: late, key: [id]}\ningestion: {sources: {d: ${file}}}\nsplitting: {by: predefined(part), parts: [test, train, debug]${more}}`;

test('predefined: each row is in the part that it names, in the order of the dataset', async () => {
  const rows = Array.from(
    { length: 300 },
    (_, row) => `${row},${['train', 'train', 'test', 'debug'][row % 4]},${row % 2}`,
  );
  await project.write('named.csv', named(rows));
  const run = await project.run(predefined('named.csv', ', sealed: [test]'), only);
  const manifest = await partsOf(run);
  expect(manifest).toMatchObject({ rule: 'predefined(part)', overlap: { keysInSeveralParts: 0, verdict: 'none' } });
  const told = Object.entries(manifest.parts).map(([name, part]) => [name, part.rowCount, part.share, part.sealed]);
  expect(told).toEqual([
    ['debug', 75, null, false],
    ['test', 75, null, true],
    ['train', 150, null, false],
  ]);
  const train = await query(run, 'train', 'id, part');
  expect(train).toEqual(rows.flatMap((_, id) => (id % 4 < 2 ? [{ id, part: 'train' }] : [])));
});

test('predefined: rows that name no part are refused, with the names and how often', async () => {
  const rows = ['1,train,0', '2,Train,0', '3,test,1', '4,,1', '5,debug,1', '6, train,0', '7,Train,1'];
  await project.write('wrong.csv', named(rows));
  const { code, message } = await fail(predefined('wrong.csv'));
  expect(code).toBe('SPLITTING_NO_PART');
  expect(message).toContain('(train, test, debug)');
  expect(message).toMatch(/each of 7 rows, found "Train" in 2, .*none in 1$/);
});

test('predefined: the values of a column that holds no names are not told, because rows may be sealed', async () => {
  await project.write('secrets.csv', named(Array.from({ length: 60 }, (_, row) => `${row},SECRET${row},0`)));
  const { code, message } = await fail(predefined('secrets.csv', ', sealed: [test]'));
  expect([code, message]).toEqual(['SPLITTING_NO_PART', expect.stringContaining('found 60 values')]);
  expect(message).not.toContain('SECRET');
});

test('predefined: a thing that names several parts is refused, known by its key or by all that it has', async () => {
  await project.write('divided.csv', named(['1,train,0', '2,test,1', '1,test,0', '3,debug,0']));
  expect(await fail(predefined('divided.csv'))).toMatchObject({
    code: 'SPLITTING_KEY_DIVIDED',
    message: expect.stringMatching(/^1 values of task.key \(id\)/),
  });
  expect(await fail(predefined('divided.csv').replace(', key: [id]', ''))).toMatchObject({
    code: 'SPLITTING_KEY_DIVIDED',
    message: expect.stringMatching(/^1 rows stand in several parts, equal but for part/),
  });
  expect(await fail(predefined('divided.csv').replace('(part)', '(nobody)'))).toMatchObject({
    code: 'SPLITTING_COLUMN_MISSING',
  });
});

test('what cannot be divided says so', async () => {
  for (const [sections, code] of [
    [`${flights}splitting: {by: group(nobody), parts: {train: 50%, validation: 50%}}`, 'SPLITTING_COLUMN_MISSING'],
    [`task: {kind: binary, label: late, key: [id]}\n${flights}`, 'SPLITTING_COLUMN_MISSING'],
    [
      `${flights}splitting: {by: time(distance), gap: 1d, parts: {train: 50%, validation: 50%}}`,
      'SPLITTING_COLUMN_MISSING',
    ],
    [
      'ingestion: {sources: {f: flights.parquet}, query: "SELECT * FROM f LIMIT 3"}\nsplitting: {parts: {train: 98%, validation: 1%, test: 1%}}',
      'SPLITTING_EMPTY_PART',
    ],
  ] as const)
    expect(await fail(sections), sections).toMatchObject({ code });
});

test('a sealed part tells its rule, salt, number of rows, digest of keys and nothing else', async () => {
  const sections = `${keyed}${flights}splitting: {by: hash, salt: s, parts: {train: 70%, validation: 20%, test: 10%}, sealed: [test]}`;
  const run = await project.run(sections, only);
  const { parts } = await partsOf(run);
  expect(Object.keys(parts['test']!).sort()).toEqual(['keyDigest', 'rowCount', 'rowDigest', 'sealed', 'share']);
  expect(parts['test']!.rowDigest).toBeNull();
  expect(run.steps['splitting']!.outputs['test']!.properties).toEqual({
    part: 'test',
    rowCount: parts['test']!.rowCount,
    keyDigest: parts['test']!.keyDigest,
  });
  const written = [run.path('splitting', 'test'), run.path('ingestion', 'dataset')];
  for (const path of written) {
    const bytes = await readFile(path);
    expect(bytes.subarray(0, 4).toString('latin1')).not.toBe('PAR1');
    expect(bytes.includes('origin') || bytes.includes('ORD')).toBe(false);
  }
  for (const step of ['ingestion', 'splitting']) {
    expect(run.steps[step]!.left, step).toEqual([]);
    expect(JSON.stringify([run.steps[step]!.values, run.steps[step]!.logs])).not.toMatch(/ORD|origin/);
  }
  const open = await project.run(sections.replace(', sealed: [test]', ''), only);
  expect((await partsOf(open)).parts['test']!.keyDigest).toBe(parts['test']!.keyDigest);
  const plain = join(project.root, 'opened.parquet');
  await unseal({ source: written[0]!, destination: plain }, testKey, { binding: { project: 'test', part: 'test' } });
  expect(await readFile(plain)).toEqual(await readFile(open.path('splitting', 'test')));
  await rm(plain);
});

test('nothing of a sealed dataset stays behind a step that fails', async () => {
  const sections = `${keyed}${flights}splitting: {by: hash, parts: {train: 70%, validation: 20%, test: 10%}, sealed: [test]}`;
  const ended = await fail(sections.replace('hash', 'hash(nobody)'));
  expect(ended).toMatchObject({ code: 'SPLITTING_COLUMN_MISSING' });
  const runs = await readdir(join(project.root, '.runs'));
  for (const run of runs)
    for (const step of await readdir(join(project.root, '.runs', run)))
      if (step === 'splitting' || step === 'ingestion')
        expect(await readdir(join(project.root, '.runs', run, step, 'work'))).toEqual([]);
});
