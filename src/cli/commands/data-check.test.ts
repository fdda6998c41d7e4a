import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createDataFolder } from '../../../test/steps/data-folder.ts';
import type { Anomaly } from '../../app/index.ts';
import { createDuckDb } from '../../tables/index.ts';

const { folder, mlspec } = createDataFolder();

const anomaliesOf = (...args: string[]): readonly Anomaly[] =>
  (JSON.parse(mlspec('check', ...args, '--json').out) as { readonly anomalies: readonly Anomaly[] }).anomalies;

const schema = `# Loans, as the bank sends them.
schema: 1
additional: warn
columns:
  loan_id: {type: string, unique: true}
  amount: {type: int64, min: 0, max: 80000}   # EUR
  purpose: {type: string, domain: [car, home]}
  mail: {type: string, format: email}
  rate: {type: float64}
`;

beforeAll(() => {
  writeFileSync(join(folder, 'loans.schema.yaml'), schema);
  const good = Array.from(
    { length: 50 },
    (_, i) => `L${i},${i * 100},${i % 2 === 0 ? 'car' : 'home'},p${i}@x.org,0.${i}`,
  );
  writeFileSync(join(folder, 'good.csv'), ['loan_id,amount,purpose,mail,rate', ...good].join('\n'));
  const bad = ['L1,9999999,boat,nobody,0.5', 'L2,-1,"b\u001b[2J\u009b",p@x.org,nan', 'L3,5,,p@x.org,zero point one'];
  writeFileSync(
    join(folder, 'bad.csv'),
    [
      'loan_id,amount,purpose,mail,rate,"ne""w\u001b"',
      ...good.map((row) => `${row},1`),
      ...bad.map((row) => `${row},`),
    ].join('\n'),
  );
});

test('a table that is as its schema says', () => {
  expect(mlspec('check', 'good.csv', '--schema', 'loans.schema.yaml')).toMatchObject({ code: 0, out: '' });
});

test('each anomaly has what was measured, what is allowed, examples, SQL that finds the rows, and the change that allows it', async () => {
  const { code, out, err } = mlspec('check', 'bad.csv', '--schema', 'loans.schema.yaml');
  expect(code).toBe(1);
  expect((out + err).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(err).toContain('7 anomalies fail, 1 warn; 53 rows');
  expect(out).toMatch(
    /fail [0-9a-f]{8} INT_TYPE_BIG_INT: amount goes up to 9999999, above 80000\n {2}1 rows, with 9999999 \(1\)\n {2}look: SELECT \* FROM read_csv\(/,
  );
  const found = anomaliesOf('bad.csv', '--schema', 'loans.schema.yaml');
  expect(found.map(({ reason, measured, threshold, rowCount }) => [reason, measured, threshold, rowCount])).toEqual([
    ['FEATURE_TYPE_LOW_UNIQUE', 50, 53, 6],
    ['INT_TYPE_SMALL_INT', -1, 0, 1],
    ['INT_TYPE_BIG_INT', 9999999, 80000, 1],
    ['FEATURE_TYPE_NOT_PRESENT', 1, 0, 1],
    ['ENUM_TYPE_UNEXPECTED_STRING_VALUES', 2, 0, 2],
    ['TEXT_OTHER_FORMAT', 1, 0, 1],
    ['FLOAT_TYPE_STRING_NOT_FLOAT', 'string', 'float64', 1],
    ['SCHEMA_NEW_COLUMN', 'int64', null, null],
  ]);
  expect(found[6]!.examples).toEqual([{ value: 'zero point one', count: 1 }]);
  const engine = await createDuckDb({ threads: 1 });
  try {
    for (const { failingRows, rowCount } of found)
      if (failingRows !== null) expect(await engine.rows(failingRows), failingRows).toHaveLength(rowCount!);
  } finally {
    await engine.close();
  }
});

test('an accepted anomaly changes its place in the schema and nothing else; all of them leave none', () => {
  const path = join(folder, 'mine.schema.yaml');
  writeFileSync(path, schema);
  const check = ['bad.csv', '--schema', 'mine.schema.yaml'] as const;
  const big = anomaliesOf(...check).find(({ reason }) => reason === 'INT_TYPE_BIG_INT')!;
  const accepted = mlspec('check', ...check, '--accept', big.id);
  expect(accepted.code).toBe(1);
  expect(accepted.err).toContain(`accepted ${big.id}: sets columns.amount.max to 9999999 in mine.schema.yaml`);
  expect(readFileSync(path, 'utf8')).toBe(schema.replace('max: 80000', 'max: 9999999'));
  expect(anomaliesOf(...check).map(({ id }) => id)).not.toContain(big.id);
  expect(mlspec('check', ...check, '--accept', 'all').code).toBe(0);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain('# Loans, as the bank sends them.\n');
  expect(text).toContain('max: 9999999}   # EUR\n');
  expect(anomaliesOf(...check)).toEqual([]);
});

test('a schema that was inferred of a table is one that the table passes, with whatever names and values', () => {
  const row = { '\u001b[2J"x': 1, 'a\nb': 'x\u009b2J', '🐧': null, "it's": 'ü', list: [1] };
  writeFileSync(join(folder, 'odd.ndjson'), `${Array.from({ length: 120 }, () => JSON.stringify(row)).join('\n')}\n`);
  writeFileSync(join(folder, 'empty.csv'), 'a,b\n');
  for (const file of ['odd.ndjson', 'empty.csv']) {
    expect(mlspec('infer', file, '--out', `${file}.yaml`).code).toBe(0);
    expect(mlspec('check', file, '--schema', `${file}.yaml`)).toMatchObject({ code: 0, out: '' });
  }
  writeFileSync(
    join(folder, 'odder.ndjson'),
    `${JSON.stringify({ ...row, '\u001b[2J"x': 'no number', 'a\nb': 'y\u009b', "it's": null })}\n`,
  );
  const { code, out, err } = mlspec('check', 'odder.ndjson', '--schema', 'odd.ndjson.yaml');
  expect(code).toBe(1);
  expect((out + err).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(mlspec('check', 'odder.ndjson', '--schema', 'odd.ndjson.yaml', '--accept', 'all').code).toBe(0);
  expect(anomaliesOf('odder.ndjson', '--schema', 'odd.ndjson.yaml')).toEqual([]);
});

test.each([
  [['check', 'good.csv'], /CLI_USAGE.*found neither --schema nor --checks/],
  [['check', 'good.csv', '--schema', 'gone.yaml'], /SCHEMA_NO_FILE/],
  [['check', 'good.csv', '--schema', 'loans.schema.yaml', '--accept', 'nope'], /CONFIG_BAD_VALUE.*"nope"/],
  [['infer', 'good.csv', '--schema', 'loans.schema.yaml'], /expected no --schema/],
])('%j is a clear error', (args, says) => {
  const { code, err } = mlspec(...args);
  expect(code).toBe(2);
  expect(err).toMatch(says);
});

test('where the table was met decides which columns it has, and an older table what drifted', () => {
  const lines = [
    'schema: 1',
    'environments: [training, serving]',
    'columns:',
    '  loan_id: {type: string}',
    '  amount: {type: int64, drift: {distance: wasserstein, threshold: 0.5}}',
    '  purpose: {type: string}',
    '  mail: {type: string}',
    '  rate: {type: float64}',
    '  late: {type: boolean, environments: [training]}',
  ];
  writeFileSync(join(folder, 'two.schema.yaml'), `${lines.join('\n')}\n`);
  const check = (...args: string[]): ReturnType<typeof mlspec> =>
    mlspec('check', 'good.csv', '--schema', 'two.schema.yaml', ...args);
  expect(check('--environment', 'serving')).toMatchObject({ code: 0, out: '' });
  expect(check().out).toContain('SCHEMA_MISSING_COLUMN: column late is missing');
  const wrong = check('--environment', 'production');
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain('expected an environment of the schema (training, serving), found production');
  const older = "SELECT * REPLACE (amount + 5000 AS amount) FROM 'good.csv'";
  const drifted = check('--environment', 'serving', '--compare', older);
  expect(drifted.code).toBe(1);
  const id = /^fail (\w+) COMPARATOR_OTHER_DISTANCE_HIGH: amount drifted: wasserstein/.exec(drifted.out)![1]!;
  expect(check('--environment', 'serving', '--compare', 'good.csv')).toMatchObject({ code: 0, out: '' });
  expect(check('--environment', 'serving', '--compare', older, '--accept', id).code).toBe(0);
  expect(readFileSync(join(folder, 'two.schema.yaml'), 'utf8')).toMatch(
    /amount: \{type: int64, drift: \{distance: wasserstein, threshold: \d\.\d+\}\}\n/,
  );
});

test('rows with the same key in an older table, for what the schema says of skew', () => {
  const lines = ['schema: 1', 'additional: allow', 'columns:', '  rate: {type: float64, skew: 0.1}'];
  writeFileSync(join(folder, 'skew.schema.yaml'), `${lines.join('\n')}\n`);
  const older = "SELECT * REPLACE (CASE WHEN amount < 1000 THEN 0.25 ELSE rate END AS rate) FROM 'good.csv'";
  const args = ['good.csv', '--schema', 'skew.schema.yaml', '--compare', older];
  const { code, out } = mlspec('check', ...args, '--key', 'loan_id');
  expect(code).toBe(1);
  expect(out).toMatch(/COMPARATOR_JOINED_SKEW_HIGH: rate has another value in \d+ of 50 rows with the same key/);
  expect(mlspec('check', ...args, '--key', 'loan_id', '--tolerance', '1').code).toBe(0);
  const without = mlspec('check', ...args);
  expect([without.code, without.err]).toEqual([2, expect.stringContaining('--key')]);
});
