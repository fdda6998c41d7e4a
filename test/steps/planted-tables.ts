/** Random tables without leakage, of several sorts, and the same with one sort of leakage planted: for measuring how often either is called what it is. */

import type { LeakageInput } from '../../src/data-quality/leakage/leakage.ts';
import { parquetSource, type QueryEngine } from '../../src/tables/index.ts';

/** Sorts of tables. */
export const tableSorts = ['mixed', 'categories', 'wide', 'narrow'] as const;

/** A sort of table. */
export type TableSort = (typeof tableSorts)[number];

/** What is planted, and how. */
export interface Planting {
  readonly sort: TableSort;
  readonly seed: number;
  readonly rows: number;
  /** Queries around `data`, one after the other, before the rows are divided. */
  readonly before?: readonly string[];
  /** The same of each part, around `part`, with the training part at hand as `train`. */
  readonly inOthers?: string;
  readonly input?: Partial<LeakageInput>;
}

/** SQL of a number in (0, 1) that depends on the row, the seed and a name alone. */
function uniform(name: string): string {
  return `((hash(i, getvariable('seed'), '${name}') % 1000000007 + 1) / 1000000009.0)`;
}

function normal(name: string): string {
  return `(sqrt(-2 * ln(${uniform(`${name}a`)})) * cos(2 * pi() * ${uniform(`${name}b`)}))`;
}

function level(name: string, levels: number): string {
  return `CAST(floor(${uniform(name)} * ${levels}) AS BIGINT)`;
}

/** A column of categories that is mostly told by another one. */
function follows(name: string, other: string, levels: number): string {
  return `CASE WHEN ${uniform(`${name}?`)} < 0.7 THEN (${other}) % ${levels} ELSE ${level(name, levels)} END`;
}

const columnsOf: Readonly<Record<TableSort, readonly string[]>> = {
  mixed: [
    `${normal('x')} AS x`,
    `round(100 * exp(${normal('amount')}), 2) AS amount`,
    `${normal('z')} + 0.5 AS z`,
    `'c' || ${level('city', 12)} AS city`,
    `['low', 'middle', 'high'][1 + ${level('grade', 3)}] AS grade`,
    `${level('age', 60)} + 18 AS age`,
    `DATE '2020-01-01' + ${level('joined', 700)}::INTEGER AS joined`,
  ],
  categories: [
    `${level('a', 4)} AS a`,
    `${follows('b', level('a', 4), 3)} AS b`,
    `${follows('c', level('a', 4), 5)} AS c`,
    `${level('d', 6)} AS d`,
    `'v' || ${follows('e', level('d', 6), 4)} AS e`,
    `${uniform('f')} < 0.3 AS f`,
  ],
  wide: Array.from({ length: 30 }, (_, at) => `${normal(`w${at}`)} AS w${at}`),
  narrow: [`round(${normal('u')}, 1) AS u`, `round(${normal('v')}, 1) AS v`],
};
const scoreOf: Readonly<Record<TableSort, string>> = {
  mixed: "x + z + CASE WHEN city IN ('c1', 'c2') THEN 1 ELSE 0 END",
  categories: 'a * 0.5 - 1 + d * 0.2',
  wide: 'w0 + w1 - w2',
  narrow: 'u - v',
};

/** Makes the tables of a planting below a folder, and what is asked of them. A row's time, where it is asked for, is `moment`. */
export async function plant(engine: QueryEngine, planting: Planting, folder: string): Promise<LeakageInput> {
  const { sort, seed, rows, before = [], inOthers, input } = planting;
  await engine.execute(`SET VARIABLE seed = ${seed}`);
  const columns = `i AS __row, 'r' || lpad((hash(i, getvariable('seed')) % 1000000000000)::VARCHAR, 12, '0') AS id, TIMESTAMP '2023-01-01' + INTERVAL (${level('at', 5_000_000)}) SECONDS AS moment, ${columnsOf[sort].join(', ')}`;
  const label = `CASE WHEN ${scoreOf[sort]} + ${normal('noise')} > 0.3 THEN 'yes' ELSE 'no' END AS label`;
  let sql = `SELECT * EXCLUDE (i) FROM (SELECT *, ${label} FROM (SELECT i, ${columns} FROM range(${rows}) AS r(i)))`;
  for (const around of before) sql = around.replaceAll('data', `(${sql})`);
  await engine.execute(`CREATE OR REPLACE TABLE planted AS ${sql}`);
  const share = "(hash(id, 'part') % 1000) / 1000.0";
  const sides = [`SELECT * FROM planted WHERE ${share} < 0.7`, `SELECT * FROM planted WHERE ${share} >= 0.7`];
  if (inOthers !== undefined)
    sides[1] = inOthers.replaceAll('part', `(${sides[1]})`).replaceAll('train', `(${sides[0]})`);
  const [train, validation] = ['train', 'validation'].map((name) => `${folder}/${name}.parquet`);
  await engine.writeParquet(`${sides[0]} ORDER BY __row`, train!);
  await engine.writeParquet(`${sides[1]} ORDER BY __row`, validation!);
  const { fields } = await engine.describe('SELECT * FROM planted');
  const hidden = ['__row', 'id', 'label', 'moment'];
  return {
    train: parquetSource(train!),
    others: { validation: parquetSource(validation!) },
    label: 'label',
    key: ['id'],
    time: null,
    groups: [],
    features: fields.map(({ name }) => name).filter((name) => !hidden.includes(name)),
    ignored: [],
    isByTime: false,
    ...input,
  };
}
