import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createDataFolder } from '../../../test/steps/data-folder.ts';
import { seededRandom } from '../../encoding/index.ts';

const { folder, mlspec } = createDataFolder();

/** A shop's orders of so many days, a hundred rows each, with what `change` does to them. */
function orders(days: number, first: number, change: (row: string[], day: number) => string[] = (row) => row): string {
  const random = seededRandom(`orders ${first}`);
  const lines = ['order_id,day,amount,paid,city,note'];
  for (let day = first; day < first + days; day++)
    for (let at = 0; at < 100; at++) {
      const amount = Math.round(20 + 400 * random() ** 2);
      const date = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);
      const paid = String(Math.floor(amount * random()));
      const row = [
        `O${1000 * day + at + 100_000}`,
        date,
        String(amount),
        paid,
        ['Köln', 'Bonn', 'Trier'][Math.floor(3 * random())]!,
      ];
      lines.push(change([...row, random() < 0.1 ? '' : `row ${at}`], day).join(','));
    }
  return `${lines.join('\n')}\n`;
}

beforeAll(() => {
  writeFileSync(join(folder, 'orders.csv'), orders(60, 0));
  writeFileSync(join(folder, 'today.csv'), orders(1, 100));
  const mistakes: Record<string, (row: string[]) => string[]> = {
    missing: (row) => row.with(4, Number(row[2]) % 5 === 0 ? '' : row[4]!),
    cents: (row) => row.with(2, `${row[2]}00`),
    swapped: (row) => row.with(2, row[3]!).with(3, row[2]!),
    garbled: (row) => row.with(4, row[4]!.replace('ö', 'Ã¶')),
    typo: (row) => row.with(4, row[4]!.replace('onn', 'on')),
    minus: (row) => row.with(2, Number(row[2]) % 3 === 0 ? '-1' : row[2]!),
    twice: (row) => row.with(0, 'O1'),
  };
  for (const [name, change] of Object.entries(mistakes))
    writeFileSync(join(folder, `${name}.csv`), orders(1, 100, change));
});

test('several files are partitions: the same checks as of one table by their day', () => {
  mkdirSync(join(folder, 'days'));
  const [head, ...lines] = orders(60, 0).trim().split('\n');
  const days = [...Map.groupBy(lines, (line) => line.split(',')[1]!)];
  const files = days.map(([day, rows]) => {
    const path = join('days', `${day}.csv`);
    writeFileSync(join(folder, path), `${[head, ...rows].join('\n')}\n`);
    return path;
  });
  const checksOf = (...args: string[]): { rule: string; from: string; to: string; checks: { that: string }[] } => {
    const { out, err } = mlspec('suggest', ...args, '--key', 'order_id', '--json');
    expect(out, err).not.toBe('');
    return JSON.parse(out.trim().split('\n').at(-1)!);
  };
  const byFile = checksOf(...files);
  expect([byFile.rule, byFile.from, byFile.to]).toEqual(['file', files[0], files.at(-1)]);
  expect(byFile.checks).toEqual(checksOf('orders.csv', '--by', 'day').checks);
  expect(checksOf(...files, '--by', 'day').checks).toEqual(byFile.checks);

  // In a file where nobody paid, the column has no type of its own.
  const unpaid = days[7]![1].map((line) => line.split(',').with(3, '').join(','));
  writeFileSync(join(folder, files[7]!), `${[head, ...unpaid].join('\n')}\n`);
  expect(checksOf(...files).checks.map(({ that }) => that)).toContain("type_of(paid) in ['int64', 'float64']");
  expect(mlspec('suggest', 'orders.csv', '--by', 'file').err).toContain('or of several files file, found "file"');
});

test('a file of checks that data check takes as it is, and today passes', () => {
  const made = mlspec('suggest', 'orders.csv', '--by', 'day', '--key', 'order_id', '--out', 'checks.yaml');
  expect(made).toMatchObject({ code: 0, out: '' });
  expect(made.err).toMatch(
    /wrote checks\.yaml: \d+ checks from 60 partitions by day\(day\), \d+ left out\nan alarm in \d+ of 27 held-out partitions\n/,
  );
  const text = readFileSync(join(folder, 'checks.yaml'), 'utf8');
  expect(text).toContain('# Suggested from 6000 rows in 60 partitions by day(day), 2024-01-01 to 2024-02-29.\n');
  expect(text).toContain("  - that: city in ['Bonn', 'Köln', 'Trier']\n");
  expect(text).toContain('  - that: primary_key(order_id)\n');
  expect(text).toContain(
    '  - that: paid <= amount\n    why: it was so in every row with both; held in 27 of 27 held-out partitions\n',
  );
  expect(text).toMatch(/ {2}- that: missing_share\(note\) <= \d+%\n/);
  const today = mlspec('check', 'today.csv', '--checks', 'checks.yaml');
  expect([today.code, today.out]).toEqual([0, '']);
});

test.each([
  ['missing', /city is not null/],
  ['cents', /amount between/],
  ['swapped', /paid <= amount/],
  ['garbled', /city in/],
  ['typo', /city in/],
  ['minus', /amount/],
  ['twice', /primary_key/],
])('%s: the mistake of a day is found', (file, says) => {
  const { code, out } = mlspec('check', `${file}.csv`, '--checks', 'checks.yaml');
  expect(code).toBe(1);
  expect(out).toMatch(says);
  expect(out).not.toContain('broken');
});

test('everything for a program; without a column rows are divided in their order; a file that is there is replaced only where that is said', () => {
  const json = JSON.parse(mlspec('suggest', 'orders.csv', '--by', 'order(20)', '--json').out) as Record<
    string,
    unknown
  >;
  expect(json).toMatchObject({ rule: 'order(20)', rowCount: 6000, leftOutCount: 0, unreadable: [], out: null });
  const taken = mlspec('suggest', 'orders.csv', '--by', 'day', '--out', 'today.csv');
  expect(taken.code).toBe(1);
  expect(taken.err).toMatch(/EXPORT_PLACE_TAKEN[\s\S]*--force/);
  expect(readFileSync(join(folder, 'today.csv'), 'utf8')).toContain('order_id');
});

test.each([
  [['suggest'], /missing required argument|CLI_USAGE/],
  [
    ['suggest', 'orders.csv', '--by', 'month(day)'],
    /PARTITIONS_UNFIT.*at least 12 partitions, found 2, by month\(day\)/,
  ],
  [['suggest', 'orders.csv', '--by', 'order_id'], /PARTITIONS_UNFIT.*at most 2000 partitions, found more/],
  [['suggest', 'orders.csv', '--by', 'dya'], /CONFIG_BAD_VALUE[\s\S]*Did you mean day\?/],
  [['suggest', 'orders.csv', '--by', 'month(amount)'], /CONFIG_BAD_VALUE.*dates or timestamps.*amount, which is int64/],
  [['suggest', 'orders.csv', '--key', 'id'], /CONFIG_BAD_VALUE.*--key.*"id"/],
  [['suggest', 'orders.csv', '--checks', 'x.yaml'], /expected no --checks/],
])('%j is a clear error', (args, says) => {
  const { code, err } = mlspec(...args);
  expect(code).toBeGreaterThan(0);
  expect(err).toMatch(says);
});
