import { PlatformError } from '../../../errors/index.ts';
import { type Field, type QueryEngine, quoteIdentifier } from '../../../tables/index.ts';
import type { CheckResult } from '../declared-check.ts';
import { maximumExampleColumns, maximumExamples, plainRow, shownColumn } from '../example-rows.ts';
import { keepFailing } from './failing-places.ts';
import { placeColumn, placeSql } from './given-rows.ts';
import type { SqlRoom } from './sql-room.ts';

const kept = '__failing';
const numbered = '__number';

/** What a query of failing rows found. */
export interface QueriedRows {
  readonly rowCount: number;
  readonly failingCount: number;
  readonly examples: CheckResult['examples'];
}

/**
 * Asks the project's SQL for the rows that fail, and keeps their places. A row that comes several times is one.
 * @param given `engine` writes the file of places at `path`; `fields` are the columns of the table, `show` those that examples have beside
 *   what the query selects
 * @throws PlatformError CHECK_INVALID where the query does not say which rows of the table it gives
 */
export async function queryFailing(
  room: SqlRoom,
  given: {
    readonly engine: QueryEngine;
    readonly path: string;
    readonly fields: readonly Field[];
    readonly show: readonly string[];
  },
): Promise<QueriedRows> {
  const { engine, sql, signal } = room;
  const { fields } = await engine.describe(`SELECT * FROM (\n${sql}\n)`);
  const place = fields.find(({ name }) => name.toLowerCase() === placeColumn);
  if (place?.type !== 'int64')
    throw invalid(
      `its rows do not say which rows of data they are: select * or ${placeColumn} with the columns to be shown`,
    );
  const shown = fields
    .filter((field) => field !== place && !field.name.startsWith('__'))
    .slice(0, maximumExampleColumns);
  const columns = [placeSql, ...shown.map(({ name }) => quoteIdentifier(name))];
  await engine.execute(
    `CREATE TABLE ${kept} AS SELECT ${columns.join(', ')}, row_number() OVER () AS ${numbered} FROM (\n${sql}\n)`,
    { signal },
  );
  const [told] = await engine.rows(
    `SELECT (SELECT count(*) FROM data) AS n, (SELECT count(*) FROM ${kept} WHERE ${placeSql} IS NULL OR ${placeSql} NOT IN (SELECT ${placeSql} FROM data)) AS strange`,
    { signal },
  );
  if (Number(told!['strange']) > 0)
    throw invalid(`${told!['strange']} of its rows are none of data, by ${placeColumn}`);
  const places = engine.batches(`SELECT DISTINCT ${placeSql} FROM ${kept} ORDER BY ${placeSql}`, { signal });
  const { failingCount } = await keepFailing(given.engine, places, given.path);
  const examples = failingCount === 0 ? [] : await exampleRows(room, shown, given);
  return { rowCount: Number(told!['n']), failingCount, examples };
}

async function exampleRows(
  { engine, signal }: SqlRoom,
  shown: readonly Field[],
  { fields, show }: { readonly fields: readonly Field[]; readonly show: readonly string[] },
): Promise<CheckResult['examples']> {
  const beside = fields.filter(
    ({ name }) => show.includes(name) && !shown.some((one) => one.name.toLowerCase() === name.toLowerCase()),
  );
  const columns = [...beside, ...shown].slice(0, maximumExampleColumns).map(shownColumn);
  const first = `(SELECT DISTINCT ON (${placeSql}) * FROM ${kept} ORDER BY ${placeSql}, ${numbered} LIMIT ${maximumExamples})`;
  const rows = `(SELECT ${[placeSql, ...beside.map(({ name }) => quoteIdentifier(name))].join(', ')} FROM data)`;
  const found = await engine.rows(
    `SELECT ${columns.length === 0 ? placeSql : columns.join(', ')} FROM ${first} JOIN ${rows} USING (${placeSql}) ORDER BY ${placeSql}`,
    { signal },
  );
  return found.map(plainRow);
}

function invalid(message: string): PlatformError {
  return new PlatformError('CHECK_INVALID', { message });
}
