import { PlatformError } from '../../errors/index.ts';
import { type QueryEngine, quoteLiteral } from '../../tables/index.ts';
import { rangesOfKeys } from './key-hashes.ts';
import type { SplittingParams } from './plan.ts';

/** A column that has more values than this names no parts: its values are not told. */
const mostNames = 20;
const longestName = 40;

/**
 * Requires of the table `rows_with_key(low, high, __by)` that every row names one of the parts, and that rows with equal keys name
 * the same. Of a column that holds something else than names nothing is told but how much: its rows may belong to a sealed part.
 *
 * @throws PlatformError SPLITTING_NO_PART, SPLITTING_KEY_DIVIDED
 */
export async function requireNamedParts(engine: QueryEngine, params: SplittingParams): Promise<void> {
  await requireNames(engine, params);
  await requireUndivided(engine, params);
}

async function requireNames(engine: QueryEngine, { parts, column }: SplittingParams): Promise<void> {
  const names = parts.map(({ name }) => name);
  const [row] = await engine.rows(
    'SELECT count(*) AS n, count(*) - count(__by) AS missing, count(DISTINCT CAST(__by AS VARCHAR)) AS different FROM rows_with_key',
  );
  const others = await engine.rows(
    `SELECT name, count(*) AS n FROM (SELECT CAST(__by AS VARCHAR) AS name FROM rows_with_key) WHERE name NOT IN (${names.map(quoteLiteral).join(', ')}) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${mostNames}`,
  );
  const missing = Number(row!['missing']);
  if (missing === 0 && others.length === 0) return;
  const isOfNames = Number(row!['different']) <= mostNames;
  const found = [
    ...(isOfNames
      ? others.map(({ name, n }) => `${shownName(String(name))} in ${n}`)
      : [`${row!['different']} values`]),
    ...(missing === 0 ? [] : [`none in ${missing}`]),
  ];
  throw new PlatformError('SPLITTING_NO_PART', {
    message: `expected the name of a part (${names.join(', ')}) in ${column} in each of ${row!['n']} rows, found ${found.join(', ')}`,
  });
}

function shownName(name: string): string {
  return JSON.stringify(name.length > longestName ? `${name.slice(0, longestName)}…` : name);
}

async function requireUndivided(engine: QueryEngine, { key, column, parts }: SplittingParams): Promise<void> {
  const list = `[${parts.map(({ name }) => quoteLiteral(name)).join(', ')}]`;
  let divided = 0;
  for (const range of await rangesOfKeys(engine, 'rows_with_key')) {
    const [row] = await engine.rows(
      `SELECT count(*) AS n FROM (SELECT low, high FROM (SELECT low, high, list_position(${list}, CAST(__by AS VARCHAR)) AS place FROM rows_with_key WHERE ${range('low')}) GROUP BY low, high HAVING min(place) <> max(place))`,
    );
    divided += Number(row!['n']);
  }
  if (divided === 0) return;
  throw new PlatformError('SPLITTING_KEY_DIVIDED', {
    message:
      key.length === 0
        ? `${divided} rows stand in several parts, equal but for ${column}; where they are different things, task.key has to name what they differ in`
        : `${divided} values of task.key (${key.join(', ')}) have rows in several parts, by ${column}`,
  });
}
