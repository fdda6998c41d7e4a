/**
 * Rows of a part that are equal to rows of the training part, and whether chance explains them.
 *
 * In a table of few categories equal rows are nothing: there are only so many different ones. But they are then part of
 * a larger crowd of rows that are equal but for one column. So for a column j, of all different rows of the part for which the
 * training part has k > 0 rows that are equal in all other columns, the chance that one of these k is equal in j too, were j
 * independent of the others, is 1 - (1 - p)^k, p the share of the training part that has the row's value in j. Were the twins
 * chance, about as many would be found as these add up to. The number of twins is held against that by the binomial distribution of their mean,
 * whose upper tail is no smaller than that of the sum (Hoeffding 1956); this for up to eight columns, and the largest of their probabilities
 * counts. Columns with less than 0.8 bits of entropy say little about it; where there are no others, nothing is told.
 *
 * Rows are compared by hashes of 64 bits: of 10 million rows against as many the chance that any two different ones are
 * taken for equal is below 1 in 100,000.
 *
 * @see Hoeffding 1956, "On the distribution of the number of successes in independent trials"
 */
import { newId } from '../../encoding/index.ts';
import { logBinomialUpperTail } from '../../stats/index.ts';
import { type QueryEngine, type QueryOptions, quoteIdentifier } from '../../tables/index.ts';

const judgingColumns = 8;
const sampledRows = 2_000;
const leastBits = 0.8;
/** Arguments of one hash, so that no expression is nested deeply in a table of many columns. */
const columnsOfHash = 50;

/** Rows of two sources over the same columns. */
export interface ComparedRows {
  readonly train: string;
  readonly part: string;
  /** SQL of the values that are compared. */
  readonly values: readonly string[];
}

/** The twins of a part. */
export interface RowTwins {
  /** Rows of the part that have a twin. */
  readonly rowCount: number;
  /** Different ones among them. */
  readonly distinctCount: number;
  /** The chance of as many, where rows of both parts are drawn alike and apart; 1 where it cannot be told. */
  readonly chance: number;
}

/** SQL for a hash of values; missing ones are equal. */
export function hashSql(values: readonly string[]): string {
  const parts = Array.from({ length: Math.ceil(values.length / columnsOfHash) }, (_, at) => {
    const some = values.slice(at * columnsOfHash, (at + 1) * columnsOfHash);
    return `hash(${some.join(', ')})`;
  });
  return parts.length === 1 ? parts[0]! : `hash(${parts.join(', ')})`;
}

/** Counts the twins of a part; where there are fewer different ones than `least`, chance is not asked for. */
export async function countTwins(
  engine: QueryEngine,
  rows: ComparedRows,
  { least, ...options }: QueryOptions & { readonly least: number },
): Promise<RowTwins> {
  const key = hashSql(rows.values);
  const [row] = await engine.rows(
    `SELECT count(*) AS n, count(DISTINCT key) AS different FROM (SELECT ${key} AS key FROM ${rows.part} AS p) WHERE key IN (SELECT ${key} FROM ${rows.train} AS t)`,
    options,
  );
  const found = { rowCount: Number(row!['n']), distinctCount: Number(row!['different']) };
  if (found.distinctCount < least) return { ...found, chance: 1 };
  return { ...found, chance: await chanceOf(engine, rows, { ...options, twins: found.distinctCount }) };
}

async function chanceOf(
  engine: QueryEngine,
  rows: ComparedRows,
  { twins, ...options }: QueryOptions & { readonly twins: number },
): Promise<number> {
  const judging = await variedValues(engine, rows, options);
  if (judging.length === 0) return 1;
  const rest = rows.values.filter((value) => !judging.includes(value));
  const columns = [
    `${rest.length === 0 ? '0' : hashSql(rest)} AS rest`,
    ...judging.map((value, at) => `hash(${value}) AS v${at}`),
  ];
  const [train, part] = [newId('twins'), newId('twins')];
  try {
    await engine.execute(`CREATE TABLE ${train} AS SELECT ${columns.join(', ')} FROM ${rows.train} AS t`, options);
    await engine.execute(
      `CREATE TABLE ${part} AS SELECT DISTINCT ${columns.join(', ')} FROM ${rows.part} AS p`,
      options,
    );
    const chances: number[] = [];
    for (const at of judging.keys()) {
      const others = ['rest', ...judging.keys().map((other) => `v${other}`)].filter((name) => name !== `v${at}`);
      chances.push(await chanceBy(engine, { train, part, others: hashSql(others), value: `v${at}`, twins }, options));
    }
    return Math.max(...chances);
  } finally {
    for (const table of [train, part]) await engine.execute(`DROP TABLE IF EXISTS ${table}`);
  }
}

/** The chance of so many twins, were one column independent of the others. */
async function chanceBy(
  engine: QueryEngine,
  by: {
    readonly train: string;
    readonly part: string;
    readonly others: string;
    readonly value: string;
    readonly twins: number;
  },
  options: QueryOptions,
): Promise<number> {
  const { train, part, others, value, twins } = by;
  const [row] = await engine.rows(
    `SELECT count(*) AS tried, coalesce(sum(1 - pow(1 - coalesce(s.share, 0), t.k)), 0) AS expected
     FROM (SELECT ${others} AS others, ${value} AS value FROM ${part}) p
     JOIN (SELECT ${others} AS others, count(*) AS k FROM ${train} GROUP BY 1) t USING (others)
     LEFT JOIN (SELECT ${value} AS value, count(*) / (SELECT count(*) FROM ${train}) AS share FROM ${train} GROUP BY 1) s USING (value)`,
    options,
  );
  const tried = Number(row!['tried']);
  return Math.exp(logBinomialUpperTail(tried, twins, Math.min(1, Number(row!['expected']) / tried)));
}

/** Of the values that vary in a sample of the training part, those with the most and those with the least. */
async function variedValues(engine: QueryEngine, rows: ComparedRows, options: QueryOptions): Promise<string[]> {
  const [all] = await engine.rows(`SELECT count(*) AS n FROM ${rows.train} AS t`, options);
  const every = Math.max(1, Math.floor(Number(all!['n']) / sampledRows));
  const entropies = rows.values.map((value, at) => `entropy(${value}) AS ${quoteIdentifier(`e${at}`)}`);
  const [row] = await engine.rows(
    `SELECT ${entropies.join(', ')} FROM (SELECT * FROM ${rows.train} AS t WHERE ${hashSql(rows.values)} % ${every} = 0) AS t`,
    options,
  );
  const varied = rows.values
    .map((value, at) => ({ value, bits: Number(row![`e${at}`] ?? 0) }))
    .filter(({ bits }) => bits >= leastBits)
    .sort((a, b) => b.bits - a.bits)
    .map(({ value }) => value);
  if (varied.length <= judgingColumns) return varied;
  return [...varied.slice(0, judgingColumns / 2), ...varied.slice(-judgingColumns / 2)];
}
