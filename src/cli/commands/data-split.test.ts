import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createDataFolder } from '../../../test/steps/data-folder.ts';
import { partOfKey } from '../../data-quality/key-place.ts';

const { folder, mlspec } = createDataFolder();

beforeAll(() => {
  const rows = Array.from(
    { length: 600 },
    (_, i) =>
      `${i},u${i % 90},2023-0${1 + (i % 9)}-01,${['a', 'b', 'b'][i % 3]},${['train', 'test'][i % 5 === 0 ? 1 : 0]}`,
  );
  writeFileSync(join(folder, 'loans.csv'), `${['id,user,day,kind,part', ...rows].join('\n')}\n`);
});

const lines = (path: string): string[] => readFileSync(join(folder, path), 'utf8').trim().split('\n').slice(1);

test('parts as files of their names, with the record of a run: every row once, by the hash that programs know', () => {
  const { code, out, err } = mlspec(
    'split',
    'loans.csv',
    '--key',
    'id',
    '--parts',
    'train=70%,test=30%',
    '--salt',
    's',
    '--format',
    'csv',
    '--out',
    'parts',
  );
  expect({ code, err }).toEqual({ code: 0, err: 'by hash; no key is in two parts\n' });
  expect(out).toMatch(/^part +rows +file\ntrain +\d+ .*train\.csv\ntest +\d+ .*test\.csv\n$/);
  expect(readdirSync(join(folder, 'parts')).sort()).toEqual(['split.json', 'test.csv', 'train.csv']);
  const manifest = JSON.parse(readFileSync(join(folder, 'parts', 'split.json'), 'utf8'));
  expect(manifest).toMatchObject({
    rule: 'hash',
    salt: 's',
    key: ['id'],
    droppedRows: 0,
    overlap: { verdict: 'none' },
  });
  for (const part of ['train', 'test']) {
    const written = lines(`parts/${part}.csv`);
    expect(written).toHaveLength(manifest.parts[part].rowCount);
    const ids = written.map((line) => Number(line.split(',')[0]));
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    for (const id of ids)
      expect(partOfKey([{ type: 'int64', value: id }], { salt: 's', parts: { train: 0.7, test: 0.3 } })).toBe(part);
  }
  expect(lines('parts/train.csv').length + lines('parts/test.csv').length).toBe(600);
});

test('each rule, from a file or a query; the digest is of the keys, whatever the form', () => {
  const digest = (out: string): string => JSON.parse(out.trim().split('\n').at(-1)!).parts.test.keyDigest;
  for (const rule of ['group(user)', 'stratified(kind)', 'time(day)', 'predefined(part)']) {
    const parts = rule.startsWith('predefined') ? 'train,test' : 'train=70%,test=30%';
    const name = createHash('md5').update(rule).digest('hex');
    const asked = ['--by', rule, '--parts', parts, '--json', '--out'];
    const file = mlspec('split', 'loans.csv', ...asked, name);
    expect(file.code, file.err).toBe(0);
    const query = mlspec('split', "SELECT * FROM read_csv('loans.csv') ORDER BY id DESC", ...asked, `${name}-query`);
    expect(query.code, query.err).toBe(0);
    expect(digest(query.out)).toBe(digest(file.out));
  }
  const gap = mlspec(
    'split',
    'loans.csv',
    '--by',
    'time(day)',
    '--gap',
    '40d',
    '--parts',
    'train=50%,test=50%',
    '--out',
    'gap',
  );
  expect(gap.err).toMatch(/^\d+ rows in the gaps are in no part\n/);
});

test('a part of a run is divided again; lists and hostile names stay as they are', () => {
  const rows = `SELECT 7 AS __row, i AS id, [i, i + 1] AS list, 'x' || i AS "a""b'c;--", i AS "😀" FROM range(100) AS r(i)`;
  const asked = ['--parts', 'train=50%,test=50%', '--key', 'id', '--out', 'again'];
  expect(mlspec('split', rows, ...asked)).toMatchObject({ code: 0 });
  const both = `SELECT * FROM '${join(folder, 'again', 'train.parquet')}' UNION ALL SELECT * FROM '${join(folder, 'again', 'test.parquet')}'`;
  const parts = mlspec(
    'diff',
    `SELECT * EXCLUDE (__row, list) FROM (${rows})`,
    `SELECT * EXCLUDE (list) FROM (${both})`,
    '--key',
    'id',
  );
  expect(parts.out).toContain('0 added, 0 removed, 0 changed, 100 unchanged');
  const lists = `SELECT sum(list[2]) AS total FROM (${both})`;
  expect(mlspec('diff', 'SELECT 5050 AS total', lists).out).toContain('1 unchanged');
});

test('folds: each with what it trains on and what it holds out, every row held out once, no key on both sides', () => {
  const asked = ['--folds', '3', '--folds-by', 'stratified(kind)', '--key', 'id', '--format', 'csv', '--out', 'folds'];
  const { code, out, err } = mlspec('split', 'loans.csv', ...asked);
  expect({ code, err }).toEqual({
    code: 0,
    err: 'by hash; no key is in two parts\nfolds by stratified(kind); no fold trains on a key that it holds out\n',
  });
  expect(out).toMatch(/\nfold +train +held_out +unlike train in\nfold-1 +400 +200/);
  const ids = (file: string): string[] => lines(`folds/${file}.csv`).map((line) => line.split(',')[0]!);
  const held = [1, 2, 3].map((fold) => ids(`fold-${fold}-held_out`));
  expect(held.flat().sort()).toEqual(ids('train').sort());
  for (const [at, of] of held.entries())
    expect([...ids(`fold-${at + 1}-train`), ...of].sort()).toEqual(ids('train').sort());
  const record = JSON.parse(readFileSync(join(folder, 'folds', 'folds.json'), 'utf8'));
  expect(record.proved['fold-2']).toMatchObject({
    parts: { train: { rowCount: 400 }, held_out: { rowCount: 200 } },
    overlap: { keysInSeveralParts: 0, verdict: 'none' },
  });
  expect(record.parts['fold-1'].label.top).toContainEqual({ value: 'a', count: expect.closeTo(67, 0) });
  expect(readdirSync(join(folder, 'folds'))).toHaveLength(9);
});

test('rolling folds train on what is earlier, beside a part that is in no fold', () => {
  const parts = ['--by', 'time(day)', '--parts', 'train=80%,test=20%', '--gap', '20d'];
  const asked = [...parts, '--folds', '2', '--folds-by', 'rolling(day)', '--format', 'csv', '--out', 'rolling'];
  const found = mlspec('split', 'loans.csv', ...asked);
  expect(found.code, found.err).toBe(0);
  const days = (file: string): string[] =>
    lines(`rolling/${file}.csv`)
      .map((line) => line.split(',')[2]!)
      .sort();
  for (const fold of [1, 2]) {
    const [last, first] = [days(`fold-${fold}-train`).at(-1)!, days(`fold-${fold}-held_out`)[0]!];
    expect(Date.parse(first) - Date.parse(last)).toBeGreaterThan(20 * 86_400_000);
    expect(days(`fold-${fold}-held_out`).at(-1)! < days('test')[0]!).toBe(true);
  }
});

test('what cannot be divided changes nothing', () => {
  mkdirSync(join(folder, 'taken'));
  writeFileSync(join(folder, 'taken', 'train.parquet'), 'mine');
  const asked = ['split', 'loans.csv', '--out', 'taken', '--parts', 'train=70%,test=30%'];
  const refused = mlspec(...asked);
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(/EXPORT_PLACE_TAKEN[\s\S]*--force/);
  for (const [wrong, message] of [
    [['--by', 'group(nobody)'], /SPLITTING_COLUMN_MISSING/],
    [['--by', 'tim'], /CONFIG_BAD_VALUE[\s\S]*--by: /],
    [['--by', 'group'], /a split by group needs a column/],
    [['--gap', '1d'], /--gap: a split by hash has no gap/],
    [['--by', 'predefined(part)'], /--parts: .*without shares/],
    [['--by', 'time(kind)', '--gap', '1d'], /a gap needs a column of dates/],
    [['--folds', '1'], /CONFIG_BAD_VALUE[\s\S]*--folds: /],
    [['--folds', 'x'], /CLI_USAGE[\s\S]*whole number/],
    [['--folds-by', 'hash'], /CLI_USAGE[\s\S]*--folds with a number/],
    [['--folds', '3', '--folds-by', 'rolling'], /--folds: folds by rolling need a column/],
    [['--folds', '3', '--folds-by', 'group(part)'], /SPLITTING_EMPTY_FOLD/],
  ] as const) {
    const ended = mlspec(...asked, '--force', ...wrong);
    expect(ended.code, wrong.join(' ')).not.toBe(0);
    expect(ended.err).toMatch(message);
  }
  expect(mlspec('split', 'loans.csv', '--out', 'taken', '--parts', 'train=70%,test').err).toContain('CLI_USAGE');
  expect(mlspec('split', 'loans.csv').err).toContain('expected --out');
  expect(readdirSync(join(folder, 'taken'))).toEqual(['train.parquet']);
  expect(readFileSync(join(folder, 'taken', 'train.parquet'), 'utf8')).toBe('mine');
  expect(mlspec(...asked, '--force').code).toBe(0);
  expect(readdirSync(join(folder, 'taken')).sort()).toEqual(['split.json', 'test.parquet', 'train.parquet']);
});
