import { beforeAll, expect, test } from 'vitest';
import { planOf } from '../../../test/steps/data-project.ts';
import { projectWithEngine } from '../../../test/steps/project-with-engine.ts';
import { parquetSource } from '../../tables/index.ts';
import { fingerprintValidation } from './fingerprint.ts';
import { validationReport } from './result.ts';

const { project, engine } = await projectWithEngine();

beforeAll(async () => {
  await project.write(
    'rows.csv',
    `id,x,late\n${Array.from({ length: 400 }, (_, row) => `${row},${row % 10 === 0 ? '' : row % 100},${row % 3 === 0}`).join('\n')}\n`,
  );
  await project.write(
    'checks.ts',
    'export const small = ({ columns }: any) => columns.x.map((x: number | null) => (x === null ? null : x < 90));\n',
  );
  await project.write('sql/large.sql', 'SELECT * FROM data WHERE x >= 90\n');
});

const sections = (validation: string): string => `task: {kind: binary, label: late, key: [id]}
ingestion: {sources: {d: rows.csv}}
splitting: {by: hash, parts: {train: 60%, validation: 20%, test: 20%}, sealed: [test]}
validation: {leakage: none, ${validation}}`;

const written = 'x < 90';
const inFile = '{failing: sql/large.sql, where: x is not null}';
const failing = '{failing: "SELECT * FROM data WHERE x >= 90", where: x is not null}';
const typescript = '{typescript: checks.ts#small}';

test('quarantine takes out the same rows by a check of its own as by the built-in one, with its name as the reason', async () => {
  const taken = async (check: string): Promise<unknown[]> => {
    const run = await project.run(sections(`on_failure: quarantine, checks: [${check}]`));
    const report = validationReport.parse(await run.json('validation', 'report'));
    const out = await engine.rows(
      `SELECT * EXCLUDE (__reasons) FROM ${parquetSource(run.path('validation', 'quarantine'))} ORDER BY __row`,
    );
    const reasons = await engine.rows(
      `SELECT DISTINCT __reasons AS r FROM ${parquetSource(run.path('validation', 'quarantine'))}`,
    );
    const clean = await engine.rows(
      `SELECT count(*) AS n, count(__row) AS places, max(x) AS most FROM ${parquetSource(run.path('validation', 'train'))}`,
    );
    const kept = Object.values(report.parts).map((part) => [part.rowCount, part.quarantinedRows]);
    return [out, clean, kept, reasons.map(({ r }) => r)];
  };
  const [out, ...rest] = await taken(written);
  expect((out as unknown[]).length).toBeGreaterThan(0);
  for (const [check, reason] of [
    [failing, 'SELECT * FROM data WHERE x >= 90'],
    [inFile, 'sql/large.sql'],
    [typescript, 'checks.ts#small'],
  ] as const) {
    const [ownOut, clean, kept, reasons] = await taken(check);
    expect([ownOut, clean, kept]).toEqual([out, rest[0], rest[1]]);
    expect(reasons).toEqual([reason]);
  }
});

test('stop: the error, the log and the report name a check of its own as any other', async () => {
  const error = await project
    .run(sections(`checks: [${failing}, {sql: "SELECT max(x) FROM data", that: value < 95, why: scale}]`))
    .catch((thrown) => thrown);
  expect(error).toMatchObject({ code: 'VALIDATION_FAILED' });
  expect(error.message).toMatch(/train: SELECT \* FROM data WHERE x >= 90 where x is not null: \d+ of \d+ rows fail/);
  expect(error.message).toMatch(
    /train: value < 95 of SELECT max\(x\) FROM data: does not hold for the \d+ rows \(value is 99\): scale/,
  );
  expect(error.message).not.toMatch(/test:/);
});

test('warn: the report says by what a check was carried out, and with which limits', async () => {
  const run = await project.run(
    sections(`on_failure: warn, checks: [${typescript.replace('}', ', timeout: 1 min, limits: {memory: 1 GiB}}')}]`),
  );
  const report = validationReport.parse(await run.json('validation', 'report'));
  const [check] = report.parts['train']!.checks;
  expect(check).toMatchObject({
    that: 'checks.ts#small',
    own: { kind: 'typescript', file: 'checks.ts', export: 'small', timeoutMs: 60_000, memoryBytes: 1024 ** 3 },
    kind: 'row',
    outcome: 'failed',
  });
  expect(check!.missingCount).toBeGreaterThan(0);
  expect(Object.keys(check!.examples[0]!)).toEqual(['id', 'late', 'x']);
});

test('the moment that SQL asks for is part of the key; Python asks for an environment, and nothing else does', async () => {
  const files = { root: project.root, digest: async () => 'sha256:1' as never, glob: async () => [] };
  const stepOf = (checks: string) =>
    planOf(sections(`as_of: 2026-01-01, environment: r.txt, checks: [${checks}]`)).find(
      ({ name }) => name === 'validation',
    )!;
  const asked = stepOf('{sql: "SELECT max(x) FROM data WHERE as_of() > DATE \'2020-01-01\'", that: value < 1}');
  expect(await fingerprintValidation(asked.params, files)).toEqual({ now: 1_767_225_600_000 });
  expect(await fingerprintValidation(stepOf(failing).params, files)).toEqual({});
  expect(stepOf(failing).environment).toBeNull();
  await project.write('sql/moment.sql', "SELECT max(x) FROM data WHERE AS_OF () > DATE '2020-01-01'");
  const ofFiles = stepOf(`${inFile}, {sql: sql/moment.sql, that: value < 1}, {sql: sql/moment.sql, that: value > 1}`);
  expect(await fingerprintValidation(ofFiles.params, files)).toEqual({
    'file:sql/large.sql': 'sha256:1',
    'file:sql/moment.sql': 'sha256:1',
    now: 1_767_225_600_000,
  });
  const run = await project.run(
    sections('as_of: 2026-01-01, checks: [{sql: sql/moment.sql, that: value > 90}], on_failure: warn'),
  );
  expect(validationReport.parse(await run.json('validation', 'report'))).toMatchObject({ verdict: 'valid' });
  expect(stepOf("{python: 'checks.py:small'}").environment).toMatchObject({ file: 'r.txt' });
});

test('a function or SQL outside the project is a finding of the plan', () => {
  for (const check of [
    '{typescript: ../checks.ts#small}',
    "{python: '/etc/checks.py:small'}",
    '{failing: ../all.sql}',
    '{sql: /etc/all.sql, that: value > 0}',
  ])
    expect(() => planOf(sections(`checks: [${check}]`))).toThrow(/plan\/outside-project: .*outside the project/);
});

test('functions and SQL of checks see the open parts alone: with other sealed rows all that they are told is the same', async () => {
  await project.write(
    'tell.ts',
    `export const tell = ({ rowCount, columns }: any) => { console.log('SAW ' + Object.keys(columns).join() + ' ' + JSON.stringify(columns.s)); return Array(rowCount).fill(false); };\n`,
  );
  const told = async (sealed: string): Promise<string> => {
    const rows = (part: string, s: string, count: number): string =>
      Array.from({ length: count }, (_, row) => `${part}${row},${s},${row % 2 === 0},${part}`).join('\n');
    await project.write(
      'parted.csv',
      `id,s,late,part\n${rows('train', 'open', 30)}\n${rows('validation', 'open', 30)}\n${rows('test', sealed, 30)}\n`,
    );
    const run = await project.run(`task: {kind: binary, label: late, key: [id]}
ingestion: {sources: {d: parted.csv}}
splitting: {by: predefined(part), parts: [train, validation, test], sealed: [test]}
validation: {leakage: none, on_failure: warn, checks: [{typescript: tell.ts#tell}, {failing: SELECT * FROM data}, {sql: "SELECT string_agg(s, '') FROM data", that: value == ''}]}`);
    const { values, logs } = run.steps['validation']!;
    return JSON.stringify([values, logs, await run.json('validation', 'report')]);
  };
  const both = [await told('SECRET'), await told('OTHER')];
  expect(both[0]).toContain('SAW');
  expect(both[0]).not.toContain('SECRET');
  expect(both[1]).toBe(both[0]);
});
