import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createDataFolder } from '../../../test/steps/data-folder.ts';

const { folder, mlspec } = createDataFolder();

beforeAll(() => {
  const rows = Array.from(
    { length: 300 },
    (_, i) => `${i},${['north', 'south'][i % 2]},${i % 10 === 0 ? 'NA' : i % 97}`,
  );
  writeFileSync(join(folder, 'shops.csv'), ['shop_id,side,score', ...rows].join('\n'));
  const hostile = { '\u001b[2J"x': 1, 'a\nb': 'x\u009b2J', '🐧': null, list: [1], __hidden: 1 };
  writeFileSync(join(folder, 'hostile.ndjson'), `${JSON.stringify(hostile)}\n`);
  writeFileSync(join(folder, 'empty.csv'), 'a,b\n');
});

test('a schema on standard output, with what was seen', () => {
  const { code, out } = mlspec('infer', 'shops.csv');
  expect(code).toBe(0);
  expect(out).toContain('  shop_id: {type: int64, unique: true}\n');
  expect(out).toContain('  side: {type: string, domain: [north, south]}\n');
  expect(out).toMatch(
    / {2}score: \{type: int64, presence: 0\.8\d?, min: 0, max: \d+, nullable: true\} # 30 of 300 missing; seen 0 to 96\n/,
  );
});

test('a file is written, and what is there is replaced only where that is said', () => {
  const written = mlspec('infer', 'shops.csv', '--out', 'shops.schema.yaml');
  expect(written).toMatchObject({ code: 0, out: '' });
  expect(written.err).toContain('wrote shops.schema.yaml: 3 columns, inferred from 300 rows');
  const path = join(folder, 'shops.schema.yaml');
  expect(readFileSync(path, 'utf8')).toContain('side: {type: string');
  writeFileSync(path, 'mine');
  const refused = mlspec('infer', 'shops.csv', '--out', 'shops.schema.yaml');
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(/EXPORT_PLACE_TAKEN[\s\S]*--force/);
  expect(readFileSync(path, 'utf8')).toBe('mine');
  expect(mlspec('infer', 'shops.csv', '--out', 'shops.schema.yaml', '--force').code).toBe(0);
  expect(readFileSync(path, 'utf8')).toContain('side: {type: string');
  expect(mlspec('infer', 'shops.csv', '--out', 'no/such/folder.yaml')).toMatchObject({ code: 2 });
  expect(existsSync(join(folder, 'no'))).toBe(false);
});

test('hostile names reach neither the terminal nor another line; lists are told; a table without rows has columns', () => {
  const { code, out, err } = mlspec('infer', 'hostile.ndjson');
  expect(code).toBe(0);
  expect(out).toContain('  "\\e[2J\\"x": {type: int64}\n');
  expect(out).toContain('  "a\\nb": {type: string}\n');
  expect(out).toContain('  🐧: {type: string, nullable: true} # no value was seen\n');
  expect((out + err).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(err).toContain('list is of a type that a schema does not speak of');
  expect(mlspec('infer', 'empty.csv').out).toContain('  a: {type: string, nullable: true} # no value was seen\n');
  expect(JSON.parse(mlspec('infer', 'hostile.ndjson', '--json').out)).toMatchObject({
    rowCount: 1,
    unreadable: ['list'],
    schema: { columns: { 'a\nb': { type: 'string', nullable: false } } },
  });
});

test.each([
  [['infer'], /missing required argument|CLI_USAGE/],
  [['infer', 'shops.csv', 'shops.csv'], /CLI_USAGE.*found 2 files/],
  [['infer', 'shop.csv'], /DATA_NO_FILE[\s\S]*Did you mean shops\.csv\?/],
])('%j is a clear error', (args, says) => {
  const { code, err } = mlspec(...args);
  expect(code).toBe(2);
  expect(err).toMatch(says);
});

test('the difference of two schemas: by column, with for whom it is incompatible', () => {
  const schema = (columns: string): string => `schema: 1\ncolumns:\n${columns}`;
  writeFileSync(
    join(folder, 'old.yaml'),
    schema(
      '  income: {type: int64, max: 380000}\n  purpose: {type: string, domain: [car, "b\\eo"]}\n  "re\\ngion": {type: string}\n',
    ),
  );
  writeFileSync(
    join(folder, 'new.yaml'),
    schema(
      '  income: {type: int64, max: 500000}\n  purpose: {type: string, domain: [car, study]}\n  mail: {type: string, required: false}\n',
    ),
  );
  const { code, out, err } = mlspec('schema', 'diff', 'old.yaml', 'new.yaml');
  expect(code).toBe(1);
  expect(out).toBe(`column      change                     effect
income      max 380000 → 500000        laxer     incompatible for readers
purpose     domain without "b\\u001bo"  stricter  incompatible for readers and writers
purpose     domain with study          laxer     incompatible for readers
"re\\ngion"  column (string) is gone    removed   incompatible for readers
mail        new column (string)        added
`);
  expect(err).toContain('5 changes; 4 incompatible for those who read the data, 1 for those who write them');
  expect(mlspec('schema', 'diff', 'old.yaml', 'old.yaml')).toMatchObject({ code: 0, out: '' });
  const json = JSON.parse(mlspec('schema', 'diff', 'old.yaml', 'new.yaml', '--json').out) as Record<string, unknown>;
  expect(json).toMatchObject({
    equal: false,
    changes: [{ column: 'income', key: 'max', before: 380000, after: 500000 }, {}, {}, {}, {}],
  });
  for (const [args, says] of [
    [['schema', 'dif', 'old.yaml', 'new.yaml'], /CLI_USAGE[\s\S]*Did you mean diff\?/],
    [['schema', 'diff', 'old.yaml'], /CLI_USAGE.*found 1 files/],
    [['schema', 'diff', 'old.yaml', 'gone.yaml'], /SCHEMA_NO_FILE.*gone\.yaml, found nothing/],
    [['schema', 'diff', 'old.yaml', 'shops.csv'], /SCHEMA_INVALID/],
  ] as const) {
    const ran = mlspec(...args);
    expect([ran.code, ran.err]).toEqual([2, expect.stringMatching(says)]);
  }
});

test('the label is of training alone', () => {
  const { code, out } = mlspec('infer', 'shops.csv', '--label', 'score');
  expect(code).toBe(0);
  expect(out).toContain('environments:\n  - training\n  - serving\n');
  expect(out).toMatch(/ {2}score: \{type: int64, .*environments: \[training\]/);
  const wrong = mlspec('infer', 'shops.csv', '--label', 'scor');
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain('expected --label to name a column of the table, found "scor"');
});
