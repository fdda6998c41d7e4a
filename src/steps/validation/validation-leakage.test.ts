import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DataProject, dataProject, planOf } from '../../../test/steps/data-project.ts';
import { validationReport } from './result.ts';

let project: DataProject;
beforeAll(async () => {
  project = await dataProject();
});
afterAll(() => project.dispose());

/** A number from 0 to 999 that depends on both. */
function drawn(row: number, name: number): number {
  return Number((BigInt(row + 1) * 2_654_435_761n * BigInt(2 * name + 1)) % 4_294_967_291n) % 1000;
}

const header = 'id,at,paid_at,customer,x,y,late\n';
const rows = (customers: number): string =>
  Array.from({ length: 2_000 }, (_, row) => {
    const at = new Date(Date.UTC(2023, 0, 1) + drawn(row, 1) * 86_400_000).toISOString().slice(0, 10);
    const paid = new Date(Date.parse(at) + (drawn(row, 2) - 300) * 86_400_000).toISOString().slice(0, 10);
    return `${row},${at},${paid},u${drawn(row, 3) % customers},${drawn(row, 4) / 7},${drawn(row, 5)},${drawn(row, 4) + drawn(row, 6) > 900}`;
  }).join('\n');

const sections = (leakage: string, more = ''): string => `task: {kind: binary, label: late, key: [id], time: at}
ingestion: {sources: {d: rows.csv}}
splitting: {by: hash, parts: {train: 60%, validation: 20%, test: 20%}, sealed: [test]}
validation: {leakage: ${leakage}}
${more}`;

test('what leaks is a warning with what to do, in the log, the report and the statement; the run goes on', async () => {
  await project.write('rows.csv', `${header}${rows(150)}\n`);
  const run = await project.run(sections('{groups: [customer]}'));
  const report = validationReport.parse(await run.json('validation', 'report'));
  expect(report.verdict).toBe('valid');
  expect(report.leakage.map(({ kind, part, columns }) => [kind, part, columns])).toEqual([
    ['group_overlap', 'validation', ['customer']],
    ['time_travel', null, ['paid_at']],
  ]);
  expect(run.steps['validation']!.logs).toEqual([
    expect.stringMatching(
      /^warn: \d+ of \d+ rows of validation have a customer that rows of train have too \(split by group/,
    ),
    expect.stringMatching(/^warn: paid_at is later than at in \d+ of \d+ rows \(leave paid_at/),
  ]);
});

test('fail stops the run, except says what is meant, none looks for nothing, hidden columns are no features', async () => {
  await project.write('rows.csv', `${header}${rows(150)}\n`);
  await expect(project.run(sections('fail'))).rejects.toMatchObject({
    code: 'VALIDATION_FAILED',
    message: expect.stringMatching(/paid_at is later than at/),
  });
  const named = '{groups: customer, severity: fail, except: [paid_at, customer]}';
  for (const declared of [
    sections(named),
    sections('none'),
    sections('fail', 'features: {exclude: [paid_at, customer]}'),
  ]) {
    const withoutNames = declared.includes('exclude')
      ? declared.replace('leakage: fail', 'leakage: {severity: fail, except: customer}')
      : declared;
    const run = await project.run(withoutNames);
    expect(validationReport.parse(await run.json('validation', 'report')).leakage).toEqual([]);
  }
});

test('features are what the declared expressions read', () => {
  const params = planOf(sections('warn', 'transformation: {a: log1p(x), b: "bucketize(y, [1, 2])"}')).find(
    ({ name }) => name === 'validation',
  )!.params;
  expect(params['leakage']).toMatchObject({ seen: ['x', 'y'], hidden: ['at', 'id', 'late'], time: 'at' });
  expect(planOf(sections('none')).find(({ name }) => name === 'validation')!.params['leakage']).toBeNull();
});

test('nothing of a sealed part is told: with other sealed rows every record, log and result is the same', async () => {
  const told = async (sealed: string): Promise<string> => {
    const open = rows(150)
      .split('\n')
      .map((row, at) => `${row},${at % 3 === 0 ? 'validation' : 'train'}`);
    await project.write(
      'rows.csv',
      `${header.replace('\n', ',part\n')}${[...open, ...sealed.split('\n')].join('\n')}\n`,
    );
    const declared = sections('{groups: [customer]}').replace(
      /splitting: .*/,
      'splitting: {by: predefined(part), parts: [train, validation, test], sealed: [test]}',
    );
    const run = await project.run(declared);
    const public_ = ['splitting', 'analysis', 'validation'].map((step) => [
      run.steps[step]!.values,
      run.steps[step]!.logs,
      run.steps[step]!.left,
    ]);
    const split = JSON.parse(await readFile(run.path('splitting', 'split'), 'utf8'));
    split.parts.test.keyDigest = '';
    const results = await Promise.all(
      [run.path('analysis', 'statistics'), run.path('analysis', 'schema'), run.path('validation', 'report')].map(
        (path) => readFile(path, 'utf8'),
      ),
    );
    expect(await readdir(join(project.root, '.runs'))).not.toEqual([]);
    return JSON.stringify([public_, split, results]);
  };
  // Copies of rows of training with other labels, for customers that training knows, paid late; and rows that are nothing of the sort.
  const first = rows(150).split('\n').slice(0, 300);
  const leaking = first.map((row, at) => `${90_000 + at}${row.slice(row.indexOf(','))},test`).join('\n');
  const other = first.map(
    (_, at) => `${80_000 + at},2030-01-01,1999-01-01,SECRET${at},${at * 1e6},${-at},${at % 2 === 0},test`,
  );
  const both = [await told(leaking), await told(other.join('\n'))];
  expect(both[1]).toBe(both[0]);
  expect(both[0]).not.toContain('SECRET');
});
