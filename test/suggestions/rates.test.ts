/**
 * The two rates that suggestions promise, measured on real data: alarms in clean partitions, and mistakes that raise one.
 *
 * Method. A table is cut in time. What came before the cut is all that suggestions are made from; the partitions of the time after it are held to the
 * checks as they were written, by the SQL of `mlspec data check`. Clean: each of those partitions as it is. Corrupted: copies of them with one mistake in
 * a share of the rows (`corruptions.ts`), in every column, or pair of columns of one type, in which it can be made. A mistake
 * that cannot change so many rows (a scale of zeros, say) is none. An alarm is any check that fails.
 *
 * Data: a tenth of the three million flights, by day, cut on the first of April, May and June 2001; the ten thousand bird strikes, by month, cut on
 * the first of January 1998 and 2000. Which mistakes are tried in which partitions is drawn with the seed below, as many of each kind, each in turn; MLSPEC_TEST_FULL=1 takes ten times as many.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdPartitions } from '../../src/data-quality/suggestions/hold-partitions.ts';
import type { TimeUnit } from '../../src/data-quality/suggestions/partition-rows.ts';
import { suggestChecks } from '../../src/data-quality/suggestions/suggest-checks.ts';
import type { SuggestedCheck } from '../../src/data-quality/suggestions/suggestion.ts';
import { seededRandom } from '../../src/encoding/index.ts';
import { createDuckDb, type Field, type QueryEngine, quoteIdentifier, quoteLiteral } from '../../src/tables/index.ts';
import { repositoryRoot } from '../../tools/problem.ts';
import { type Corruption, changesSql, corruptedSql, corruptionKinds, corruptionsOf } from './corruptions.ts';

const seed = 'suggestions 1';
const triesOfKind = process.env['MLSPEC_TEST_FULL'] === '1' ? 100 : 10;
const data = (name: string): string =>
  quoteLiteral(join(repositoryRoot, 'node_modules', 'vega-datasets', 'data', name));

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb({ threads: 2 });
});
afterAll(async () => await engine.close());

interface Cut {
  readonly source: string;
  readonly time: string;
  readonly unit: TimeUnit;
  /** What comes before is the past; what comes between the two is held to it. */
  readonly from: string;
  readonly to: string;
  readonly shares: readonly number[];
}

interface Tried extends Corruption {
  readonly found: boolean;
}

interface Measured {
  readonly clean: number;
  readonly alarms: number;
  readonly tried: readonly Tried[];
}

/** Suggests from what came before a cut, and holds what came after it to that. */
async function measure({ source, time, unit, from, to, shares }: Cut): Promise<Measured> {
  const x = quoteIdentifier(time);
  const rule = { by: 'column', column: time, unit } as const;
  const past = await suggestChecks(engine, `(SELECT * FROM ${source} WHERE ${x} < ${quoteLiteral(from)})`, { rule });
  const checks = past.checks.filter(({ alarmCount }) => alarmCount !== null);
  const { fields } = await engine.describe(`SELECT * FROM ${source}`);
  await engine.execute(
    `CREATE OR REPLACE TEMP TABLE later AS SELECT *, row_number() OVER () AS __row, dense_rank() OVER (ORDER BY date_trunc('${unit}', ${x})) - 1 AS __partition FROM ${source} WHERE ${x} >= ${quoteLiteral(from)} AND ${x} < ${quoteLiteral(to)}`,
  );
  const clean = Number((await engine.rows('SELECT max(__partition) + 1 AS n FROM later'))[0]!['n']);
  const alarms = (await alarmsOf('later', { fields, checks, count: clean })).filter((isAlarm) => isAlarm).length;
  const random = seededRandom(`${seed} ${source} ${from}`);
  const possible = await possibleCorruptions(fields, shares);
  const drawn = corruptionKinds.flatMap((kind) => {
    // Each in turn, so that none is tried much more often than another.
    const every = shuffled(
      possible.filter((one) => one.kind === kind),
      random,
    );
    return Array.from({ length: triesOfKind }, (_, turn) => ({
      corruption: every[turn % every.length]!,
      partition: Math.floor(random() * clean),
    }));
  });
  return { clean, alarms, tried: await tryAll(drawn, { fields, checks }) };
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** Those that change as many rows of all partitions together as they should. */
async function possibleCorruptions(fields: readonly Field[], shares: readonly number[]): Promise<Corruption[]> {
  const every = corruptionsOf(fields, shares);
  const list = every.map((one, at) => `count_if(${changesSql(one)}) / count(*) AS c${at}`);
  const [row] = await engine.rows(`SELECT ${list.join(', ')} FROM later`);
  return every.filter(({ share }, at) => Number(row![`c${at}`]) >= share);
}

async function alarmsOf(
  table: string,
  { fields, checks, count }: { fields: readonly Field[]; checks: readonly SuggestedCheck[]; count: number },
): Promise<boolean[]> {
  const partitions = Array.from({ length: count }, (_, at) => ({ name: String(at), rowCount: 0 }));
  const rows = { table, fields, partitions, leftOutCount: 0, small: [], rule: '' };
  const failed = [...(await holdPartitions(engine, rows, { checks })).values()];
  return partitions.map((_, at) => failed.some((of) => of[at] === true));
}

async function tryAll(
  drawn: readonly { readonly corruption: Corruption; readonly partition: number }[],
  { fields, checks }: { readonly fields: readonly Field[]; readonly checks: readonly SuggestedCheck[] },
): Promise<Tried[]> {
  await engine.execute(
    'CREATE OR REPLACE TEMP TABLE corrupted AS SELECT * EXCLUDE (__row), true AS __changed FROM later LIMIT 0',
  );
  const rows = drawn.map(({ corruption, partition }, place) =>
    corruptedSql(corruption, fields, { table: 'later', partition, place }),
  );
  for (let from = 0; from < rows.length; from += 20)
    await engine.execute(`INSERT INTO corrupted BY NAME (${rows.slice(from, from + 20).join(' UNION ALL ')})`);
  const changed = await engine.rows(
    'SELECT count_if(__changed) / count(*) AS share FROM corrupted GROUP BY __partition ORDER BY __partition',
  );
  const found = await alarmsOf('corrupted', { fields, checks, count: drawn.length });
  return drawn.flatMap(({ corruption }, place) =>
    Number(changed[place]!['share']) >= corruption.share ? [{ ...corruption, found: found[place]! }] : [],
  );
}

const shareFound = (tried: readonly Tried[]): number => tried.filter(({ found }) => found).length / tried.length;

/** What was found of each kind and share, for the message of a test that fails, and for docs/reference/suggestions.md. */
function told(measured: readonly Measured[]): string {
  const tried = measured.flatMap((one) => one.tried);
  const rows = [...Map.groupBy(tried, ({ kind, share }) => `${kind} ${share * 100} %`)].sort().map(([what, of]) => {
    const missed = new Set(of.filter(({ found }) => !found).map((one) => one.what));
    return `${what}: ${of.filter(({ found }) => found).length} of ${of.length}${missed.size === 0 ? '' : `; missed ${[...missed].join('; ')}`}`;
  });
  const alarms = measured.reduce((sum, one) => sum + one.alarms, 0);
  const clean = measured.reduce((sum, one) => sum + one.clean, 0);
  return [
    `${alarms} alarms in ${clean} clean partitions`,
    `found ${(100 * shareFound(tried)).toFixed(1)} % of ${tried.length}`,
    ...rows,
  ].join('\n');
}

const flights = 'flights';
const strikes = 'strikes';

const flightCuts = ['2001-04-01', '2001-05-01', '2001-06-01', '2001-07-01'] as const;
const ofFlights: Measured[] = [];

test.each([0, 1, 2])('flights, cut %i', async (at) => {
  await engine.execute(
    `CREATE TEMP TABLE IF NOT EXISTS ${flights} AS SELECT * FROM ${data('flights-3m.parquet')} WHERE hash(date, delay, distance, origin, destination) % 10 = 0`,
  );
  const [from, to] = [flightCuts[at]!, flightCuts[at + 1]!];
  ofFlights.push(await measure({ source: flights, time: 'date', unit: 'day', from, to, shares: [0.05, 0.2, 0.5] }));
});

test('flights by day: at most 5 % of the days after the past raise an alarm, and at least 90 % of the mistakes do', () => {
  requireRates(ofFlights, 91);
});

const strikeCuts = ['1998-01-01', '2000-01-01', '2002-01-01'] as const;
const ofStrikes: Measured[] = [];

test.each([0, 1])('bird strikes, cut %i', async (at) => {
  await engine.execute(
    `CREATE TEMP TABLE IF NOT EXISTS ${strikes} AS SELECT * FROM read_csv(${data('birdstrikes.csv')})`,
  );
  const [from, to] = [strikeCuts[at]!, strikeCuts[at + 1]!];
  ofStrikes.push(await measure({ source: strikes, time: 'Flight Date', unit: 'month', from, to, shares: [0.2, 0.5] }));
});

test('bird strikes by month, some eighty rows each: the same', () => {
  requireRates(ofStrikes, 48);
});

function requireRates(measured: readonly Measured[], partitions: number): void {
  const report = told(measured);
  if (process.env['MLSPEC_TEST_TELL'] === '1') console.warn(report);
  const clean = measured.reduce((sum, one) => sum + one.clean, 0);
  const alarms = measured.reduce((sum, one) => sum + one.alarms, 0);
  const tried = measured.flatMap((one) => one.tried);
  expect(clean, report).toBe(partitions);
  expect(alarms / clean, report).toBeLessThanOrEqual(0.05);
  expect(shareFound(tried), report).toBeGreaterThanOrEqual(0.9);
}

test('each kind of mistake is found in at least 90 % of both', () => {
  const measured = [...ofFlights, ...ofStrikes];
  for (const kind of corruptionKinds) {
    // Airports that flights come from are those that they go to: nothing that is measured of a column tells the two apart.
    const tried = measured.flatMap((one) => one.tried);
    const of = tried.filter((one) => one.kind === kind && one.what !== 'origin, destination');
    expect(of.length, `${kind}\n${told(measured)}`).toBeGreaterThanOrEqual(30);
    expect(shareFound(of), `${kind}\n${told(measured)}`).toBeGreaterThanOrEqual(0.9);
  }
});
