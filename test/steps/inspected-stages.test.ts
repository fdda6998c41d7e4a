import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inspection } from '../../src/steps/analysis/index.ts';
import { type InspectionReport, inspectionReport } from '../../src/steps/analysis/result.ts';
import { transformation } from '../../src/steps/transformation/index.ts';
import { type DataProject, type DataRun, dataProject, planOf } from './data-project.ts';

let project: DataProject;
beforeAll(async () => {
  project = await dataProject();
  await project.write('rows.csv', rows());
  await project.write('names.csv', 'carrier,country\nAA,US\nHA,US\nBA,UK\nNK,US\n');
});
afterAll(() => project.dispose());

const more = [transformation, inspection];

/** A number of a row, by a multiplicative hash: repeatable, and unlike that of other columns. */
function drawn(row: number, column: number): number {
  return Number((BigInt(row * 977 + column * 131_071 + 7) * 2_654_435_761n) % 4_294_967_291n) % 1000;
}

const carriers = ['AA', 'AA', 'AA', 'AA', 'BA', 'BA', 'BA', 'NK', 'NK', 'HA'];

function rows(count = 4_000, header = 'id,t,carrier,distance,late\n'): string {
  const lines = Array.from({ length: count }, (_, row) => {
    const carrier = carriers[drawn(row, 1) % 10]!;
    const distance = carrier === 'HA' && row % 10 < 8 ? 90_000 + row : 100 + drawn(row, 2);
    return `${row},${row},${carrier},${distance},${drawn(row, 3) > 600}`;
  });
  return `${header}${lines.join('\n')}\n`;
}

const sections = (inspect: string, rest = ''): string => `task: {kind: binary, label: late, key: [id]}
ingestion: {sources: {r: rows.csv}${/query:/.test(rest) ? `, ${rest}` : ''}}
splitting: {by: hash, parts: {train: 60%, validation: 20%, test: 20%}, sealed: [test]}
analysis: {inspect: ${inspect}}
${/query:/.test(rest) ? '' : rest}`;

async function reportOf(run: DataRun): Promise<InspectionReport> {
  return inspectionReport.parse(await run.json('inspection', 'report'));
}

const told = ({ losses }: InspectionReport): string[] =>
  losses.map(({ table, column, group }) => `${table} ${column} ${group}`);

test('outliers that are a group are named, by the place of rows whose column is away; nothing else is', async () => {
  const declared = sections(
    '[carrier, {distance: [500, 50000]}]',
    'transformation: {outliers: {columns: [distance]}, d: standardize(distance)}',
  );
  const run = await project.run(declared, { more });
  const report = await reportOf(run);
  expect(told(report)).toEqual(['transformation.train carrier HA', 'transformation.train distance >= 50000']);
  const [carrier] = report.columns;
  expect(carrier!.tables.map(({ table, knownBy }) => [table, knownBy])).toEqual([
    ['splitting.train', 'column'],
    ['splitting.validation', 'column'],
    ['transformation.train', 'row'],
    ['transformation.validation', 'row'],
  ]);
  expect(carrier!.tables[1]!.counts).toEqual(carrier!.tables[3]!.counts);
  expect(report.losses[0]!.message).toMatch(
    /^transformation \(train\): carrier = HA goes from [\d.]+ % to [\d.]+ % of the rows, \d\d(\.\d)? % less: \d+ of \d+ rows are left$/,
  );
  expect(run.steps['inspection']!.logs).toEqual(report.losses.map(({ message }) => `warn: ${message}`));
  expect(run.steps['inspection']!.values['lost']).toHaveLength(2);
});

test('with folds the same is told: what the transformation of a fold takes away is of rows that are told of already', async () => {
  const declared = sections('[carrier]', 'transformation: {outliers: {columns: [distance]}, d: standardize(distance)}');
  const folded = `${declared.replace('sealed: [test]', 'sealed: [test], folds: 2')}
training: {python: "train.py:train"}`;
  const run = await project.run(folded, { more });
  expect(Object.keys(run.steps)).toContain('transformation/fold-2');
  expect(await reportOf(run)).toEqual(await reportOf(await project.run(declared, { more })));
});

test('rows that validation puts aside are those of a group, which is named', async () => {
  const run = await project.run(
    sections('[carrier]', 'validation: {on_failure: quarantine, checks: [distance < 50000], leakage: none}'),
    { more },
  );
  expect(told(await reportOf(run))).toEqual(['validation.train carrier HA', 'validation.validation carrier HA']);
});

test('what the query takes away is named, of open rows alone; a table without the key is no other end of it', async () => {
  const filtered =
    'query: "SELECT r.*, country FROM r JOIN names n USING (carrier) WHERE carrier <> \'HA\' OR id % 10 = 0"';
  const declared = sections('[carrier, country]', filtered).replace('{r: rows.csv}', '{r: rows.csv, names: names.csv}');
  const report = await reportOf(await project.run(declared, { more }));
  expect(told(report)).toEqual(['ingestion.dataset carrier HA']);
  const [source] = report.columns[0]!.sources;
  expect(source!.source).toBe('r');
  expect(source!.before.rowCount).toBeLessThan(3_500);
  expect(source!.before.rowCount).toBeGreaterThan(2_900);
  const open = report.columns[0]!.tables.slice(0, 2).reduce((sum, { counts }) => sum + counts.rowCount, 0);
  expect(source!.after.rowCount).toBe(open);
  expect(report.notTold).toEqual([
    { table: 'ingestion.names', column: null, reason: expect.stringContaining('has no id') },
    { table: 'ingestion.sources', column: 'country', reason: expect.any(String) },
  ]);
});

test('nothing is counted before the split where it cannot be told which rows are sealed', async () => {
  const byTime = sections('[carrier]').replace('by: hash', 'by: time(t)');
  expect((await reportOf(await project.run(byTime, { more }))).notTold).toEqual([
    { table: 'ingestion.sources', column: null, reason: expect.stringContaining('split by time') },
  ]);
  const otherKeys = sections('[carrier]', 'query: "SELECT * REPLACE (id + 100000 AS id) FROM r"');
  expect((await reportOf(await project.run(otherKeys, { more }))).notTold).toEqual([
    { table: 'ingestion.r', column: null, reason: expect.stringContaining('another id of its own') },
    { table: 'ingestion.sources', column: 'carrier', reason: expect.any(String) },
  ]);
  const unsealed = sections('[carrier]', 'query: "SELECT * FROM r WHERE carrier <> \'NK\'"')
    .replace('by: hash', 'by: time(t)')
    .replace(', sealed: [test]', '');
  expect(told(await reportOf(await project.run(unsealed, { more })))).toEqual(['ingestion.dataset carrier NK']);
});

test('nothing of a sealed part is told: with other sealed rows every count is the same', async () => {
  const withSealed = async (sealed: (row: number) => string): Promise<string> => {
    const open = rows(2_000, '')
      .trim()
      .split('\n')
      .map((line, at) => `${line},${at % 4 === 0 ? 'validation' : 'train'}`);
    const hidden = Array.from({ length: 300 }, (_, row) => `${9_000 + row},1,${sealed(row)},500,true,test`);
    await project.write('divided.csv', `id,t,carrier,distance,late,part\n${[...open, ...hidden].join('\n')}\n`);
    const declared = sections('[carrier]', 'query: "SELECT * FROM r WHERE carrier <> \'HA\' OR distance < 300"')
      .replace('rows.csv', 'divided.csv')
      .replace(/splitting: .*/, 'splitting: {by: predefined(part), parts: [train, validation, test], sealed: [test]}');
    const run = await project.run(declared, { more });
    const ingested = JSON.parse(await readFile(run.path('ingestion', 'report'), 'utf8'));
    return JSON.stringify([ingested.inspected, await reportOf(run), run.steps['inspection']!.logs]);
  };
  const both = [await withSealed(() => 'SECRET'), await withSealed((row) => carriers[row % 10]!)];
  expect(both[0]).toBe(both[1]);
  expect(both[0]).not.toContain('SECRET');
  expect(both[0]).toContain('"HA"');
});

test('fail stops the run, before anything is trained; a column that is not there is refused', async () => {
  const outliers = 'transformation: {outliers: {columns: [distance]}, d: standardize(distance)}';
  const fails = sections('{columns: [carrier], severity: fail}', outliers);
  await expect(project.run(fails, { more })).rejects.toMatchObject({
    code: 'ANALYSIS_GROUP_LOST',
    message: expect.stringContaining('transformation (train): carrier = HA'),
  });
  const enough = sections('{columns: [carrier], severity: fail, most_loss: 95%}', outliers);
  expect((await reportOf(await project.run(enough, { more }))).losses).toEqual([]);
  await expect(project.run(sections('[nobody]'), { more })).rejects.toMatchObject({ code: 'ANALYSIS_COLUMN_MISSING' });
});

test('nothing is inspected, and no step depends on it, where nothing is declared', () => {
  const plan = planOf(sections('[carrier]').replace(/analysis:.*/, ''), more);
  expect(plan.map(({ name }) => name)).not.toContain('inspection');
  expect(plan.find(({ name }) => name === 'ingestion')!.params).not.toHaveProperty('inspect');
});
