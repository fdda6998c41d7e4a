import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createDataFolder } from '../../../test/steps/data-folder.ts';

const { folder, mlspec } = createDataFolder();

beforeAll(() => {
  const rows = (shift: number): string[] =>
    Array.from({ length: 2000 }, (_, i) => `${i},${((i * 7919) % 1000) + shift},${i % 3 === 0 ? 'NA' : i % 97}`);
  writeFileSync(join(folder, 'train.csv'), ['id,age,score', ...rows(0)].join('\n'));
  writeFileSync(join(folder, 'same.csv'), ['id,age,score', ...rows(0).reverse()].join('\n'));
  writeFileSync(join(folder, 'today.csv'), ['id,age,score', ...rows(400)].join('\n'));
  const json = rows(0).map((row) => JSON.stringify({ id: Number(row.split(',')[0]), list: [1], score: 'text' }));
  writeFileSync(join(folder, 'other.ndjson'), json.join('\n'));
});

test('equal data does not differ, in any order', () => {
  const { code, out, err } = mlspec('drift', 'train.csv', 'same.csv');
  expect([code, out.match(/drifted/)]).toEqual([0, null]);
  expect(err).toContain('0 of 3 columns drifted; 2000 rows against 2000, false-alarm rate 1 %');
});

test('what drifted stands first, and the exit code says so', () => {
  const { code, out } = mlspec('drift', 'train.csv', 'today.csv');
  expect(code).toBe(1);
  expect(out.split('\n')[1]).toMatch(/^age +psi +\d\S* +0\.1 +< 1e-12 +drifted/);
  expect(mlspec('drift', 'train.csv', 'today.csv', '--column', 'id,score').code).toBe(0);
  expect(mlspec('drift', 'train.csv', 'today.csv', '--threshold', '50').code).toBe(0);
});

test('a classifier sees what no column shows alone', () => {
  const lines = (of: (i: number) => number): string =>
    ['a,b', ...Array.from({ length: 1500 }, (_, i) => `${(i * 7919) % 1009},${of(i) % 1009}`)].join('\n');
  writeFileSync(
    join(folder, 'together.csv'),
    lines((i) => i * 7919 + 5),
  );
  writeFileSync(
    join(folder, 'apart.csv'),
    lines((i) => i * 104729 + 5),
  );
  expect(mlspec('drift', 'together.csv', 'apart.csv').code).toBe(0);
  const { code, out, err } = mlspec('drift', 'together.csv', 'apart.csv', '--classifier');
  expect(code).toBe(1);
  expect(out).toMatch(
    /^all columns together: drifted, a classifier has an area of 0\.[5-9]\d* \(0\.\d+ to [01]\.?\d*\), threshold 0\.55; by [ab] \d+ %, [ab] \d+ %$/m,
  );
  expect(err).toContain('the classifier was given 1500 rows against 1500');
  const same = mlspec('drift', 'together.csv', 'together.csv', '--classifier');
  expect([same.code, same.out]).toEqual([0, expect.stringContaining('all columns together: not drifted')]);
});

test('a hostile name is only a name', () => {
  const name = 'x\u001b[2J\u202e';
  writeFileSync(join(folder, 'hostile.csv'), [`id,age,"${name}"`, '1,2,3'].join('\n'));
  const { out, err } = mlspec('drift', 'train.csv', 'hostile.csv');
  expect(out).toContain('"x\\u001b[2J\\u{202e}" is new');
  expect((out + err).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test('columns that are missing, new, of another type or not to be compared are named', () => {
  const { code, out, err } = mlspec('drift', 'train.csv', 'other.ndjson');
  expect(code).toBe(1);
  expect(out).toContain('age is in the reference only');
  expect(out).toContain('score was int64 and is string');
  expect(err).toContain('list is of a type that is not compared');
});

test('for a program: every distance and the cells', () => {
  const { out } = mlspec('drift', 'train.csv', 'today.csv', '--json', '--distance', 'wasserstein');
  const found = JSON.parse(out) as { readonly columns: readonly Record<string, unknown>[] };
  expect(found.columns[1]).toMatchObject({
    name: 'age',
    judgedBy: 'wasserstein',
    drifted: true,
    distances: { psi: expect.any(Number), kolmogorov_smirnov: 0.4 },
  });
  expect(found.columns[2]).toMatchObject({ type: 'int64', reference: { rowCount: 2000, missingCount: 667 } });
});

test('row by row: what was added, removed and changed, by column', () => {
  writeFileSync(join(folder, 'before.csv'), 'id,name,price\n1,a,1.5\n2,b,2.5\n3,c,3.5\n5,e,1\n5,e,1\n');
  writeFileSync(
    join(folder, 'after.csv'),
    'id,name,price,more\n1,a,1.5,x\n2,"b\u001b[2J\u009b2J",2.5,x\n4,d,NA,x\n5,e,2,x\n',
  );
  const { code, out } = mlspec('diff', 'before.csv', 'after.csv', '--key', 'id', '--rows', 'rows.parquet');
  expect(code).toBe(1);
  expect(out).toBe(`1 added, 1 removed, 1 changed, 1 unchanged
key repeated in 2 and 1 rows: id=5
more is new

column  changed  emptied  filled  largest change
name    1        0        0

~ id=2  name b → "b\\u001b[2J\\u{9b}2J"
+ id=4 name=d price=null
- id=3 name=c price=3.5
`);
  expect(mlspec('diff', 'rows.parquet', 'rows.parquet').out).toBe('0 added, 0 removed, 0 changed, 3 unchanged\n');
});

test('equal rows in another order do not differ; without a key rows are compared whole', () => {
  expect(mlspec('diff', 'train.csv', 'same.csv', '--key', 'id')).toMatchObject({ code: 0 });
  expect(mlspec('diff', 'train.csv', 'same.csv')).toMatchObject({ code: 0 });
  const whole = mlspec('diff', 'train.csv', 'today.csv', '--json');
  expect(JSON.parse(whole.out)).toMatchObject({ added: 2000, removed: 2000, changed: 0, key: [] });
  expect(mlspec('diff', 'train.csv', 'today.csv', '--key', 'id', '--tolerance', '400').code).toBe(0);
  expect(mlspec('diff', 'train.csv', 'today.csv', '--key', 'id', '--column', 'score').code).toBe(0);
});

test('a profile: warnings first, then a line for each column', () => {
  const { code, out, err } = mlspec('profile', 'train.csv');
  expect(code).toBe(0);
  expect(out.split('\n')[0]).toBe('warning score: 33.4 % of the rows have no value');
  expect(out).toMatch(/^age +int64 +0 % +1000 +499\.5 +288\.\d+ +0 … 999 +█+$/m);
  expect(err).toMatch(/^2000 rows, 3 columns, sha256:[0-9a-f]{64}$/m);
});

test('a query is profiled and compared, by groups, and the digest is that of equal rows in any order', () => {
  const digestOf = (table: string): string =>
    (JSON.parse(mlspec('profile', table, '--json').out) as { readonly digest: string }).digest;
  expect(digestOf('same.csv')).toBe(digestOf('train.csv'));
  expect(digestOf('today.csv')).not.toBe(digestOf('train.csv'));
  const query = "SELECT id % 2 = 0 AS even, age FROM 'today.csv' WHERE id < 1000";
  const { out } = mlspec('profile', query, '--compare', "SELECT age, id FROM 'train.csv'", '--by', 'even');
  expect(out.split('\n')[0]).toMatch(/^warning age: drifted: psi \d/);
  expect(out).toContain('id: is not there any more');
  expect(out).toMatch(/^even +rows\nfalse +500 +50 %\ntrue +500 +50 %$/m);
});

test('pairs, and what alone tells the label, are told where they are asked for', () => {
  const query = "SELECT id % 2 = 0 AS even, id % 4 AS rest, age, age * 2 + id * 0.001 AS twice FROM 'train.csv'";
  const { out } = mlspec('profile', query, '--label', 'even', '--pairs', 'all');
  expect(out).toContain('warning rest: alone it tells even almost surely: does it hold what is to be learnt?');
  expect(out).toContain('warning age: it goes with twice almost wholly');
  expect(out).toMatch(/^age +twice +1 +1 +\S+ +\S+$/m);
  expect(out).toMatch(/^rest +1$/m);
  const label = JSON.parse(mlspec('profile', query, '--label', 'even', '--json').out) as {
    readonly pairs: { readonly pairs: readonly unknown[] };
  };
  expect(label.pairs.pairs).toHaveLength(3);
});

test('rows count as often as a column says', () => {
  const { out } = mlspec('profile', "SELECT age, id AS tokens FROM 'train.csv'", '--weight', 'tokens');
  expect(out).toMatch(/^by tokens +missing +mean +deviation/m);
  expect(out).toMatch(/^age +0 % +\d/m);
});

test('rows that are unusual as a whole', () => {
  const query = "SELECT id, age FROM 'train.csv' UNION ALL SELECT 90000, -70000";
  const { out } = mlspec('profile', query, '--outliers', 'isolation_forest');
  expect(out).toMatch(/^\d+ outlying rows, score above 0\.6\nscore +rows +id +age\n0\.\d+ +1 +90000 +-70000$/m);
});

test('several files are the parts of one table, and what was counted of a file is kept', () => {
  const profile = (...files: string[]): { readonly digest: string; readonly reusedCount: number } =>
    JSON.parse(mlspec('profile', ...files, '--states', 'states', '--json').out);
  expect(profile('train.csv')).toMatchObject({ reusedCount: 0 });
  const both = profile('train.csv', 'today.csv');
  expect(both).toMatchObject({ reusedCount: 1, statistics: { rowCount: 4000 } });
  expect(profile('today.csv', 'train.csv')).toMatchObject({ reusedCount: 2, digest: both.digest });
  const whole = "SELECT * FROM read_csv(['train.csv', 'today.csv'], nullstr = ['', 'NA'])";
  expect(JSON.parse(mlspec('profile', whole, '--json').out)).toMatchObject({ digest: both.digest });
});

test('Markdown and JSON are written by the ending, and no other file is written over', () => {
  expect(mlspec('profile', 'train.csv', '--compare', 'today.csv', '--out', 'a.md').code).toBe(0);
  const text = readFileSync(join(folder, 'a.md'), 'utf8');
  expect(text).toContain('| age | drifted: psi');
  expect(text).toContain('### score (int64)\n\n|  | this | other |');
  mlspec('profile', 'train.csv', '--out', 'a.json');
  expect(JSON.parse(readFileSync(join(folder, 'a.json'), 'utf8'))).toMatchObject({ statistics: { rowCount: 2000 } });
  writeFileSync(join(folder, 'own.md'), 'My own words.');
  expect(mlspec('profile', 'train.csv', '--out', 'own.md').err).toContain('EXPORT_PLACE_TAKEN');
});

test('what would move the cursor is not printed', () => {
  writeFileSync(join(folder, 'odd.ndjson'), JSON.stringify({ 'a\u001b[31m\nb': 'x\u0007y' }));
  expect(mlspec('profile', 'odd.ndjson').out).toMatch(/^[^\p{Cc}]+$/mu);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is looked for.
  expect(mlspec('profile', 'odd.ndjson').out).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});

test.each([
  [['profile'], /missing required argument 'files'/],
  [['profile', 'train.csv', '--threshold', '1'], /CLI_USAGE.*--threshold/],
  [['drift', 'train.csv', 'same.csv', '--out', 'x.html'], /CLI_USAGE.*--out/],
  [['profile', 'train.csv', '--by', 'agee'], /CONFIG_BAD_VALUE.*agee/],
  [['profile', 'train.csv', '--weight', 'score'], /WEIGHTS_INVALID.*score.*667 of 2000/],
  [['profile', 'train.csv', '--label', 'agee'], /CONFIG_BAD_VALUE.*--label.*agee/],
  [['profile', 'train.csv', 'same.csv', '--pairs', 'all'], /CLI_USAGE.*pairs/],
  [['profile', 'train.csv', '--out', 'x.pdf'], /CONFIG_BAD_VALUE.*\.html.*x\.pdf/],
  [['profile', "SELECT * FROM 'train.csv'; DROP TABLE x"], /TABLE_NOT_A_QUERY/],
  [['profile', 'train.csv', 'SELECT 1'], /CLI_USAGE.*found a query/],
  [['profile', 'train.csv', 'same.csv', '--by', 'age'], /CLI_USAGE.*groups/],
  [['profile', 'train.csv', 'other.ndjson'], /STATES_DIFFER.*score/],
  [['drift', 'train.csv'], /CLI_USAGE.*found 1 files/],
  [['drft', 'train.csv', 'today.csv'], /CLI_USAGE[\s\S]*Did you mean drift\?/],
  [['drift', 'train.csv', 'todya.csv'], /DATA_NO_FILE[\s\S]*Did you mean today\.csv\?/],
  [['drift', 'train.csv', '.'], /DATA_NO_FILE.*found a folder/],
  [['drift', 'train.csv', 'today.csv', '--column', 'agee'], /no column|column of the files, found "agee"/],
  [['drift', 'train.csv', 'today.csv', '--false-alarm', '200%'], /--false-alarm.*0 to 1.*200%/],
  [['drift', 'train.csv', 'today.csv', '--threshold', 'NaN'], /--threshold.*NaN/],
  [['drift', 'train.csv', 'today.csv', '--distance', 'cosine'], /cosine/],
  [['diff', 'train.csv'], /CLI_USAGE.*found 1 files/],
  [['diff', 'train.csv', 'today.csv', '--key', 'idd'], /expected the key.*"idd".*it has id, age, score/],
  [['diff', 'train.csv', 'today.csv', '--rows', 'rows.csv'], /ends in \.parquet.*rows\.csv/],
  [['diff', 'train.csv', 'same.parquet', '--rows', 'same.parquet'], /another file/],
])('%j is a clear error', (args, says) => {
  const { code, err } = mlspec(...args);
  expect(code).toBe(2);
  expect(err).toMatch(says);
});

test('a file with a broken row is told with the line of it, and never read as another table', () => {
  writeFileSync(join(folder, 'ragged.csv'), 'a,b\n1,2\n3\n4,5,6\n');
  const { code, out, err } = mlspec('profile', 'ragged.csv');
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(/TABLE_FILE_UNREADABLE.*ragged\.csv, line 3: Expected Number of Columns: 2 Found: 1/);
});
