import type { Field, QueryEngine, QueryOptions } from '../../tables/index.ts';
import { fieldsOf } from '../column-states.ts';
import { normalisedValues, plainValues } from './compared-values.ts';
import type { LeakageFinding, LeakageInput } from './leakage.ts';
import { countTwins, hashSql, type RowTwins } from './row-twins.ts';

/** A share of the rows of a part below this changes no measure that is made on it. */
const leastShare = 0.001;
const leastRows = 3;
/** The chance at which twins are told, of each comparison: of two parts, with twins and near twins, half a percent of clean tables. */
const falseAlarmRate = 0.001;

/**
 * Rows of the other parts that stand in the training part too, but for their key: as they are, and, of the rest, normalised.
 * Rows that chance makes equal, in tables of few different rows, are not told.
 */
export async function findDuplicateRows(
  engine: QueryEngine,
  input: LeakageInput,
  options: QueryOptions,
): Promise<LeakageFinding[]> {
  const fields = await comparedFields(engine, input);
  if (fields.length === 0) return [];
  const plain = plainValues(fields);
  const grids = await normalisedValues(engine, { train: input.train, fields }, options);
  const found: LeakageFinding[] = [];
  for (const [part, source] of Object.entries(input.others)) {
    const least = await leastOf(engine, source, options);
    const asked = { ...options, least };
    const rows = { train: input.train, part: source };
    const equal = await countTwins(engine, { ...rows, values: plain }, asked);
    if (isTold(equal, least, falseAlarmRate))
      found.push(await toldOf(engine, { kind: 'duplicate_rows', part, source, rowCount: equal.rowCount }, options));
    const others = `(SELECT * FROM ${source} AS p WHERE ${hashSql(plain)} NOT IN (SELECT ${hashSql(plain)} FROM ${input.train} AS t))`;
    const near: RowTwins[] = [];
    for (const values of grids) near.push(await countTwins(engine, { ...rows, part: others, values }, asked));
    if (!near.some((one) => isTold(one, least, falseAlarmRate / grids.length))) continue;
    const rowCount = await nearRows(engine, { ...rows, part: others, grids }, options);
    found.push(await toldOf(engine, { kind: 'near_duplicate_rows', part, source, rowCount }, options));
  }
  return found;
}

/** Rows that say the same of the world are equal in everything but what names them. */
async function comparedFields(engine: QueryEngine, { train, key, ignored }: LeakageInput): Promise<Field[]> {
  const all = await fieldsOf(engine, train);
  return all.filter(({ name }) => !key.includes(name) && !ignored.includes(name));
}

async function leastOf(engine: QueryEngine, source: string, options: QueryOptions): Promise<number> {
  return Math.max(leastRows, Math.ceil(leastShare * (await countRows(engine, source, options))));
}

async function countRows(engine: QueryEngine, source: string, options: QueryOptions): Promise<number> {
  const [row] = await engine.rows(`SELECT count(*) AS n FROM ${source} AS p`, options);
  return Number(row!['n']);
}

function isTold(twins: RowTwins, least: number, rate: number): boolean {
  return twins.distinctCount >= least && twins.chance <= rate;
}

async function nearRows(
  engine: QueryEngine,
  rows: { readonly train: string; readonly part: string; readonly grids: readonly (readonly string[])[] },
  options: QueryOptions,
): Promise<number> {
  const alike = rows.grids.map((values) => `${hashSql(values)} IN (SELECT ${hashSql(values)} FROM ${rows.train} AS t)`);
  const [row] = await engine.rows(`SELECT count(*) AS n FROM ${rows.part} AS p WHERE ${alike.join(' OR ')}`, options);
  return Number(row!['n']);
}

async function toldOf(
  engine: QueryEngine,
  found: {
    readonly kind: 'duplicate_rows' | 'near_duplicate_rows';
    readonly part: string;
    readonly source: string;
    readonly rowCount: number;
  },
  options: QueryOptions,
): Promise<LeakageFinding> {
  const { kind, part, source, rowCount } = found;
  const total = await countRows(engine, source, options);
  const how = kind === 'duplicate_rows' ? 'equal to' : 'nearly equal to';
  return {
    kind,
    part,
    columns: [],
    rowCount,
    measured: rowCount / total,
    threshold: leastShare,
    message: `${rowCount} of ${total} rows of ${part} are ${how} rows of train, more than chance explains`,
    advice: 'take the copies out with the query, or name in task.key what rows that are one thing have in common',
  };
}
