import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { program } from '../../../test/program.ts';
import { createDuckDb, parquetSource } from '../../tables/index.ts';

let folder = '';

const check = (...args: string[]): { readonly code: number | null; readonly out: string; readonly err: string } => {
  const env = { ...process.env, NO_COLOR: '1' };
  const ran = spawnSync(program, ['data', 'check', ...args], { cwd: folder, env, encoding: 'utf8' });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
};

const file = (name: string, text: string): void => writeFileSync(join(folder, name), text);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlspec-checks-'));
  file(
    'loans.csv',
    'id,amount,mail,applied\n1,100,a@example.org,2026-01-01\n2,-5,nobody,2026-01-02\n2,300,,2026-01-03\n4,,"x\u001b[2J",2026-01-04\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('checks in a file: what fails with its examples, a broken one alone, rows put aside with all their reasons', async () => {
  file(
    'loans.checks.yaml',
    `as_of: 2026-01-05
checks:
  - amount > 0
  - {that: is_email(mail), of: all, why: everybody is written to}
  - {that: amount > 0 and is_email(mail), tolerance: 2 rows}
  - {that: unique(id), severity: warn}
  - amuont > 0
  - mean(amount) between 0 and 200 and age(max(applied)) <= 1d
  - {that: "amount < 200", where: "id == 2", tolerance: 50%}
`,
  );
  const { code, out, err } = check('loans.csv', '--checks', 'loans.checks.yaml', '--quarantine', 'bad.parquet');
  expect(out.split('\n')).toEqual([
    'fail amount > 0: 1 of 4 rows fail (1 say nothing, because a value is missing)',
    '  amount -5',
    'fail is_email(mail): 3 of 4 rows fail (1 say nothing, because a value is missing): everybody is written to',
    '  mail nobody',
    '  mail null',
    '  mail "x\\u001b[2J"',
    'warn unique(id): 2 of 4 rows fail',
    '  id 2',
    '  id 2',
    'fail broken amuont > 0: the check "amuont > 0" cannot be carried out: there is no column amuont; did you mean amount?',
    '  amuont > 0',
    '  ^^^^^^',
    '',
  ]);
  expect(err).toContain('3 of 7 checks fail, 1 warn; 4 rows; 3 written to bad.parquet');
  expect(code).toBe(1);
  const engine = await createDuckDb({ threads: 1 });
  try {
    const rows = await engine.rows(`SELECT * FROM ${parquetSource(join(folder, 'bad.parquet'))}`);
    expect(rows.map((row) => [row['id'], row['__reasons']])).toEqual([
      [2, 'amount > 0; is_email(mail)'],
      [2, 'is_email(mail)'],
      [4, 'is_email(mail)'],
    ]);
  } finally {
    await engine.close();
  }
});

test('for a program: results with what was measured, and the moment; --as-of stands above the file', () => {
  file('fresh.yaml', 'checks: ["age(max(applied)) < 1h", row_count() == 4]\n');
  const answer = JSON.parse(
    check('loans.csv', '--checks', 'fresh.yaml', '--as-of', '2026-01-04T00:30:00Z', '--json').out,
  );
  expect(answer).toMatchObject({ asOf: '2026-01-04T00:30:00.000Z', rowCount: 4, quarantinedRows: null });
  expect(answer.checks).toMatchObject([
    { outcome: 'passed', measured: { 'max(applied)': '2026-01-04T00:00:00.000000Z' } },
    { outcome: 'passed', measured: { 'row_count()': 4 } },
  ]);
  expect(check('loans.csv', '--checks', 'fresh.yaml').code).toBe(1);
});

test('values of another table, which the file of checks names', async () => {
  file('people.csv', 'mail,ref,share\na@example.org,1,nan\n,2,0.5\n');
  file(
    'refs.yaml',
    `tables: {people: people.csv, nobody: nobody.csv}
checks:
  - mail in people.mail
  - {that: id in people.ref, tolerance: 1 row}
  - {that: id in people.ref or id > 3}
  - id not in nobody.ref
  - id in poeple.ref
  - id in people.reff
  - mail in people.ref
`,
  );
  file('nobody.csv', 'ref,x\n9,1\n');
  const { code, out } = check('loans.csv', '--checks', 'refs.yaml', '--quarantine', 'lost.parquet');
  expect(code).toBe(1);
  expect(out.split('\n').filter((line) => line.startsWith('fail'))).toEqual([
    'fail mail in people.mail: 2 of 4 rows fail (1 say nothing, because a value is missing)',
    expect.stringMatching(/^fail broken id in poeple.ref: .*no table poeple; did you mean people\?/),
    expect.stringMatching(/^fail broken id in people.reff: .*no column reff in people; did you mean ref\?/),
    expect.stringMatching(/^fail broken mail in people.ref: .*== stands between a string and a number/),
  ]);
  file('gone.yaml', 'tables: {people: gone.csv}\nchecks: [id in people.ref]\n');
  expect(check('loans.csv', '--checks', 'gone.yaml').err).toMatch(/DATA_NO_FILE/);
});

test('a schema and checks in one go', () => {
  file('s.yaml', 'schema: 1\nadditional: allow\ncolumns: {id: {type: int64, unique: true}}\n');
  file('c.yaml', 'checks: [row_count() > 1]\n');
  const { code, err } = check('loans.csv', '--schema', 's.yaml', '--checks', 'c.yaml');
  expect(code).toBe(1);
  expect(err).toContain('1 anomalies fail, 0 warn; 0 of 1 checks fail, 0 warn; 4 rows');
});

test('what cannot be read is told with its place', () => {
  file('bad.yaml', 'checks:\n  - amount >\n  - {that: amount > 0, where: id = 1, tolerence: 5%}\n');
  expect(check('loans.csv', '--checks', 'bad.yaml').err).toMatch(
    /CHECKS_INVALID.*bad.yaml has 1 error:[\s\S]*checks\[1\] has no key tolerence[\s\S]*bad.yaml:3:/,
  );
  file('grammar.yaml', 'checks:\n  - amount >\n  - {that: amount > 0, where: id = 1}\n');
  expect(check('loans.csv', '--checks', 'grammar.yaml').err).toMatch(
    /2 errors:[\s\S]*--> grammar.yaml:2:[\s\S]*2 \| {3}- amount >[\s\S]*--> grammar.yaml:3:\d+\n[\s\S]*where: id = 1}\n[\s|]*\^/,
  );
  file('one.yaml', 'checks: [{that: amount > 0, tolerance: 1}]\n');
  expect(check('loans.csv', '--checks', 'one.yaml').err).toMatch(/CHECKS_INVALID[\s\S]*one.yaml:1:/);
  expect(check('loans.csv', '--checks', 'nowhere.yaml').err).toMatch(/CHECKS_NO_FILE/);
  expect(check('loans.csv', '--checks', 'fresh.yaml', '--as-of', 'yesterday').err).toMatch(/CONFIG_BAD_VALUE.*--as-of/);
  expect(check('loans.csv', '--checks', 'fresh.yaml', '--accept', 'all').err).toMatch(/CLI_USAGE.*--schema/);
  expect(check('loans.csv').err).toMatch(/CLI_USAGE.*neither --schema nor --checks/);
});

test('checks of the project’s own in a file: SQL, and functions of its folder; rows put aside by them', async () => {
  file(
    'own.ts',
    'export const paid = ({ columns }: any) => columns.amount.map((amount: number | null) => (amount === null ? null : amount > 0));\n',
  );
  file(
    'own.checks.yaml',
    `tables: {known: known.csv}
checks:
  - {typescript: own.ts#paid}
  - {failing: "SELECT * FROM data ANTI JOIN known USING (id)", severity: warn}
  - {sql: "SELECT count(*) FROM read_text('own.ts')", that: value > 0}
`,
  );
  file('known.csv', 'id\n1\n2\n');
  const { code, out, err } = check('loans.csv', '--checks', 'own.checks.yaml', '--quarantine', 'own.parquet');
  expect(out.split('\n')).toEqual([
    'fail own.ts#paid: 1 of 4 rows fail (1 say nothing, because a value is missing)',
    '  id 2, amount -5, mail nobody, applied 2026-01-02',
    'warn SELECT * FROM data ANTI JOIN known USING (id): 1 of 4 rows fail',
    '  id 4, amount null, mail "x\\u001b[2J", applied 2026-01-04',
    `fail broken value > 0 of SELECT count(*) FROM read_text('own.ts'): the check "value > 0 of SELECT count(*) FROM read_text('own.ts')" cannot be carried out: expected a query of data, known alone, found the function read_text in FROM`,
    '',
  ]);
  expect(err).toContain('2 of 3 checks fail, 1 warn; 4 rows; 1 written to own.parquet');
  expect(code).toBe(1);
});

test('a file of checks has no parts', () => {
  file('parts.yaml', 'checks: [{that: amount > 0, on: train}]\n');
  expect(check('loans.csv', '--checks', 'parts.yaml').err).toContain('a file of checks is about one table');
});
