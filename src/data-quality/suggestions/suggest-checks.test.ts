import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDuckDb, type QueryEngine } from '../../tables/index.ts';
import { readChecksFile } from '../checks/checks-file.ts';
import { runChecks } from '../checks/run-checks.ts';
import { holdPartitions } from './hold-partitions.ts';
import { dropPartitions, partitionRows, rowsOfPartition } from './partition-rows.ts';
import { suggestChecks } from './suggest-checks.ts';
import type { Suggestions } from './suggestion.ts';
import { writeSuggestions } from './write-checks.ts';

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb({ threads: 2 });
});
afterAll(async () => await engine.close());

const uniform = (of: string): string => `((md5_number_lower(concat(i, '${of}')) >> 11) / 9007199254740992)`;

/** A table with a column of every shape, forty partitions of about a hundred rows. */
const columns: Readonly<Record<string, string>> = {
  batch: 'i // 100',
  when: "TIMESTAMP '2024-01-01' + INTERVAL (i * 14) MINUTE",
  whole: `CAST(floor(1000 * ${uniform('w')} ** 3) AS BIGINT)`,
  real: `ln(${uniform('r')} + 1e-9)`,
  gaps: `CASE WHEN ${uniform('g')} < 0.3 THEN NULL ELSE ${uniform('h')} END`,
  nan: `CASE WHEN ${uniform('n')} < 0.1 THEN 'NaN'::DOUBLE ELSE ${uniform('m')} END`,
  code: `CAST(floor(4 * ${uniform('c')}) AS BIGINT)`,
  flag: `${uniform('f')} < 0.2`,
  'ci`ty "x\'': `['Köln', 'Bonn', 'a''b', 'x"y', E'line\\nend'][1 + CAST(floor(5 * ${uniform('t')}) AS BIGINT)]`,
  id: "printf('K%06d', i)",
  text: `repeat('word ', 1 + CAST(floor(5 * ${uniform('l')}) AS BIGINT)) || i`,
  mail: "'p' || i || '@example.org'",
  empty: 'CAST(NULL AS VARCHAR)',
  same: '7',
  [' ']: "'only'",
  larger: `CAST(floor(1000 * ${uniform('w')} ** 3 + 10 * ${uniform('v')}) AS BIGINT)`,
};
const table = `(SELECT ${Object.entries(columns)
  .map(([name, sql]) => `${sql} AS "${name.replaceAll('"', '""')}"`)
  .join(', ')} FROM range(4000) t(i))`;

function told({ checks }: Suggestions): string[] {
  return checks.map(({ that }) => that);
}

test('the file that is written says of each partition what the suggestions say of it', async () => {
  const found = await suggestChecks(engine, table, {
    rule: { by: 'column', column: 'batch', unit: null },
    key: ['id'],
  });
  const { read, findings } = readChecksFile(writeSuggestions(found), 'checks.yaml');
  expect(findings).toEqual([]);
  expect(read!.checks.map(({ that, tolerance, why }) => ({ that, tolerance, why }))).toEqual(
    found.checks.map(({ that, tolerance, why }) => ({ that, tolerance, why })),
  );
  const rows = await partitionRows(engine, table, { rule: { by: 'column', column: 'batch', unit: null } });
  try {
    const held = await holdPartitions(engine, rows, { checks: found.checks });
    for (const at of [0, 17, 39]) {
      const results = await runChecks(engine, rowsOfPartition(rows, at), { checks: read!.checks });
      for (const { that, outcome, message } of results) {
        expect(outcome, `${that}: ${message}`).not.toBe('broken');
        if (held.has(that)) expect([that, outcome]).toEqual([that, held.get(that)![at] ? 'failed' : 'passed']);
      }
    }
  } finally {
    await dropPartitions(engine, rows);
  }
});

test('each kind of column has checks of its kind', async () => {
  const found = await suggestChecks(engine, table, {
    rule: { by: 'column', column: 'batch', unit: null },
    key: ['id'],
  });
  const checks = told(found);
  for (const that of [
    'row_count() between',
    'type_of(whole) in',
    'whole is not null',
    'whole between 0 and 1',
    'median(whole)',
    'share(whole == 0)',
    'is_finite(real)',
    'missing_share(gaps) <=',
    'code in [0, 1, 2, 3]',
    'share(flag)',
    "`ci``ty \"x'` in ['Bonn', 'Köln', 'a''b'",
    'unique(id)',
    'primary_key(id)',
    'length(text) between',
    'is_email(mail)',
    "when >= '2024-01-01'",
    'whole <= larger',
    "` ` in ['only']",
  ])
    expect(
      checks.some((check) => check.startsWith(that)),
      `${that}\n${checks.join('\n')}`,
    ).toBe(true);
  // Of what divides the rows, and of columns that say nothing, nothing is suggested.
  expect(checks.filter((check) => /\bbatch\b/.test(check) && !/type_of|has_columns/.test(check))).toEqual([]);
  expect(checks.filter((check) => check.startsWith('larger <= '))).toEqual([]);
  expect(found.backTest).toMatchObject({ heldOutCount: 18 });
  expect(found).toMatchObject({
    rule: 'batch',
    rowCount: 4000,
    partitionCount: 40,
    from: '0',
    to: '39',
    leftOutCount: 0,
  });
});

test('rows are divided by time, by value, in their order and by hash', async () => {
  const divided = async (rule: Parameters<typeof partitionRows>[2]['rule']) => {
    const rows = await partitionRows(engine, table, { rule });
    await dropPartitions(engine, rows);
    return rows;
  };
  const days = await divided({ by: 'column', column: 'when', unit: null });
  expect(days.rule).toBe('day(when)');
  expect(days.partitions.slice(0, 2)).toEqual([
    { name: '2024-01-01', rowCount: 103 },
    { name: '2024-01-02', rowCount: 103 },
  ]);
  // Numbers in their order, not that of their texts.
  const batches = await divided({ by: 'column', column: 'batch', unit: null });
  expect(batches.partitions.map(({ name }) => name)).toEqual(Array.from({ length: 40 }, (_, at) => String(at)));
  const order = await divided({ by: 'order', count: null });
  expect([order.rule, order.partitions.length, order.partitions[0]!.rowCount]).toEqual(['order(50)', 50, 80]);
  const hash = await divided({ by: 'hash', count: 20, key: ['id'] });
  expect(hash.partitions).toHaveLength(20);
  expect(hash.partitions.reduce((sum, { rowCount }) => sum + rowCount, 0)).toBe(4000);
});

test('rows without a value to divide them by are left out and told', async () => {
  const source = `(SELECT CASE WHEN i % 10 = 0 THEN NULL ELSE i // 200 END AS part, i FROM range(4000) t(i))`;
  const found = await suggestChecks(engine, source, { rule: { by: 'column', column: 'part', unit: null } });
  expect(found).toMatchObject({ leftOutCount: 400, rowCount: 3600, partitionCount: 20 });
});

test.each([
  [{ by: 'column', column: 'code', unit: null }, 'PARTITIONS_UNFIT', 'at least 12 partitions, found 4, by code'],
  [{ by: 'column', column: 'id', unit: null }, 'PARTITIONS_UNFIT', 'at most 2000 partitions, found more, by id'],
  [{ by: 'hash', count: 1000, key: [] }, 'PARTITIONS_UNFIT', 'at least 20 rows in a partition, found 4, by hash(1000)'],
  [{ by: 'column', column: 'gone', unit: null }, 'CONFIG_BAD_VALUE', 'found "gone"'],
  [{ by: 'column', column: 'code', unit: 'day' }, 'CONFIG_BAD_VALUE', 'found code, which is int64'],
] as const)('%j cannot be', async (rule, code, message) => {
  await expect(suggestChecks(engine, table, { rule })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
});

test('a table without columns that are looked at is refused', async () => {
  const found = suggestChecks(engine, '(SELECT i AS __i FROM range(4000) t(i))', {
    rule: { by: 'order', count: null },
  });
  await expect(found).rejects.toMatchObject({ code: 'PARTITIONS_UNFIT' });
});

test('what moved on while it was looked at is left out, and said to be', async () => {
  const source = `(SELECT i // 100 AS part, 2.0 ** (i // 500) AS rising, ${uniform('u')} AS steady FROM range(5000) t(i))`;
  const found = await suggestChecks(engine, source, { rule: { by: 'column', column: 'part', unit: null } });
  expect(found.dropped.map(({ that }) => that)).toContain('median(rising)');
  expect(told(found).some((that) => that.startsWith('median(steady) between'))).toBe(true);
  expect(writeSuggestions(found)).toMatch(/# Left out, because they did not hold: .*median\(rising\)/);
});

test('equal rows give equal suggestions, whatever the number of threads', async () => {
  const rule = { by: 'column', column: 'batch', unit: null } as const;
  const first = writeSuggestions(await suggestChecks(engine, table, { rule }));
  const one = await createDuckDb({ threads: 1 });
  try {
    expect(writeSuggestions(await suggestChecks(one, table, { rule }))).toBe(first);
  } finally {
    await one.close();
  }
});
