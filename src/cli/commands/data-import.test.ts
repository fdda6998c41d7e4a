import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createDataFolder } from '../../../test/steps/data-folder.ts';

const { folder, mlspec } = createDataFolder();

const suite = {
  name: 'loans',
  expectations: [
    {
      type: 'expect_column_values_to_be_between',
      kwargs: { column: 'amount', min_value: 0, max_value: 500, mostly: 0.75 },
    },
    { type: 'expect_column_values_to_be_unique', kwargs: { column: 'id' }, severity: 'info' },
    { type: 'expect_column_kl_divergence_to_be_less_than', kwargs: { column: 'amount', threshold: 0.1 } },
  ],
  meta: { great_expectations_version: '1.5.0' },
};

const schema = `schema_type: dataframe
version: 0.24.0
columns:
  id:
    dtype: int64
    nullable: false
    unique: true
    required: true
    checks:
    - min_value: 0
      options: {check_name: greater_than, raise_warning: false, ignore_na: true}
    - options: {check_name: my_own}
strict: true
`;

beforeAll(() => {
  writeFileSync(join(folder, 'suite.json'), JSON.stringify(suite, null, 2));
  writeFileSync(join(folder, 'loans.csv'), 'id,amount\n1,100\n2,900\n2,300\n4,\n');
  writeFileSync(join(folder, 'pandera.yaml'), schema);
});

test('a suite becomes checks that a table is held to; what differs and what is left is told with its line', () => {
  const { code, out, err } = mlspec('import', 'suite.json');
  expect(code).toBe(0);
  expect(out).toBe(`# Imported from suite.json.
checks:
  - {that: nan_as_missing(amount) between 0 and 500, tolerance: 0.25}
  # differs: info is a warning here
  - {that: unique(nan_as_missing(id)), severity: warn}

# Not taken over:
# line 20, expectations[2]: expect_column_kl_divergence_to_be_less_than: a check has no distribution to compare with; use drift in a schema
`);
  expect(err).toContain('differs info is a warning here: suite.json:13 expectations[1]');
  expect(err).toContain('left suite.json:20 expectations[2] expect_column_kl_divergence_to_be_less_than: a check has');
  expect(err).toContain('3 statements: 1 taken over, 1 with a difference, 1 not; 2 checks, a schema of 0 columns');
  expect(mlspec('import', 'suite.json', '--out', 'checks.yaml', '--from', 'gx').err).toContain('wrote checks.yaml');
  const checked = mlspec('check', 'loans.csv', '--checks', 'checks.yaml');
  expect(checked.code).toBe(1);
  expect(checked.out).toContain('fail nan_as_missing(amount) between 0 and 500: 1 of 4 rows fail (1 say nothing');
  expect(checked.out).toContain('warn unique(nan_as_missing(id)): 2 of 4 rows fail');
});

test('a schema with its checks, as files and for a program', () => {
  const { code, err } = mlspec('import', 'pandera.yaml', '--out', 'p.yaml', '--schema', 'p.schema.yaml');
  expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('wrote p.schema.yaml') });
  expect(readFileSync(join(folder, 'p.schema.yaml'), 'utf8')).toBe(
    'schema: 1\nadditional: refuse\ncolumns:\n  id: {type: int64, unique: true}\n',
  );
  const checked = mlspec('check', 'loans.csv', '--checks', 'p.yaml', '--schema', 'p.schema.yaml', '--json');
  expect(JSON.parse(checked.out)).toMatchObject({
    anomalies: [{ reason: 'FEATURE_TYPE_LOW_UNIQUE' }, { reason: 'SCHEMA_NEW_COLUMN', column: 'amount' }],
    checks: [{ that: 'id > 0', outcome: 'passed' }],
  });
  const told = JSON.parse(mlspec('import', 'pandera.yaml', '--json').out);
  expect(told).toMatchObject({ from: 'pandera', checks: [{ that: 'id > 0' }], written: [] });
  expect(told.statements.at(-2)).toMatchObject({ kind: 'check.my_own', state: 'left', place: 'columns.id.checks[1]' });
});

test('nothing is written where a place is taken; mistakes are clear errors', () => {
  writeFileSync(join(folder, 'mine.yaml'), 'mine');
  const refused = mlspec('import', 'pandera.yaml', '--out', 'new.yaml', '--schema', 'mine.yaml');
  expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/EXPORT_PLACE_TAKEN/)]);
  expect(existsSync(join(folder, 'new.yaml'))).toBe(false);
  expect(mlspec('import', 'suite.json', '--out', 'mine.yaml', '--force').code).toBe(0);
  for (const [args, says] of [
    [['gone.json'], /CHECKS_NO_FILE.*gone\.json, found nothing/],
    [['.'], /CHECKS_NO_FILE.*folder/],
    [['loans.csv'], /CHECKS_IMPORT_UN(?:KNOWN|READABLE)/],
    [['suite.json', '--from', 'excel'], /--from/],
    [['suite.json', 'suite.json'], /found 2 files/],
    [['suite.json', '--checks', 'x.yaml'], /expected no --checks with data import/],
  ] as const) {
    const ran = mlspec('import', ...args);
    expect([ran.code, ran.err]).toEqual([2, expect.stringMatching(says)]);
  }
});
