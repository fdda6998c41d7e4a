/**
 * Columns of numbers that are the mean of the label in each category of another column, taken over these very rows. A feature that the categories
 * determine may well go with the label, as a rate does that was taken over earlier data. But a mean over rows x̄ of the data itself is nearer to
 * the means of the label in the open parts than any number that does not know these rows can be: of a number that is the true mean of a category of n rows with variance
 * s², the squares of the distances in units of s / √n add up to about the number of categories, and have the chi-squared distribution with as many degrees
 * of freedom. Where they add up to less than half of it, with a chance of at most one in a thousand, the column was made from these labels.
 *
 * Found too where the mean was drawn towards that of all rows, as long as that moved it by less than its error.
 *
 * Means that leave the row itself out differ within a category, by what the row's own label takes away from the sum: (S - y) / (n - 1) falls in y along a line. A
 * number that does so in every category, each with a line of its own, was made from the labels, over these rows or over more of them; whoever knows the category reads the label off it.
 */
import { chiSquaredCdf } from '../../stats/index.ts';
import { type Cell, type Field, type QueryEngine, type QueryOptions, quoteIdentifier } from '../../tables/index.ts';
import { fieldsOf } from '../column-states.ts';
import type { LeakageFinding, LeakageInput } from './leakage.ts';

const mostShare = 0.5;
const falseAlarmRate = 0.001;
const leastCategories = 10;
const mostCategories = 5_000;
const leastRowsOfCategory = 5;
const mostClasses = 10;
const mostColumns = 50;
/** Of a line that falls the correlation is -1, but for roundings of the number. */
const fallingCorrelation = -0.999999;
/** In a few categories rows may have been added since. */
const leastFallingShare = 0.95;

/** Finds columns that were made from the labels of the open rows. */
export async function findTargetEncodings(
  engine: QueryEngine,
  input: LeakageInput,
  options: QueryOptions,
): Promise<LeakageFinding[]> {
  const { label, train, others, features, key, ignored } = input;
  const fields = await fieldsOf(engine, train);
  const target = fields.find(({ name }) => name === label);
  if (target === undefined) return [];
  const all = `(${[train, ...Object.values(others)].map((source) => `SELECT * FROM ${source}`).join(' UNION ALL BY NAME ')})`;
  const numbers = fields
    .filter(({ name, type }) => type === 'float64' && name !== label && features.includes(name))
    .slice(0, mostColumns);
  if (numbers.length === 0) return [];
  const named = new Set([...key, ...ignored, target.name, input.time]);
  const found: LeakageFinding[] = [];
  for (const category of fields
    .filter(({ name, type }) => (type === 'string' || type === 'int64') && !named.has(name))
    .slice(0, mostColumns))
    found.push(...(await encodingsOf(engine, { all, category: category.name, numbers, target }, options)));
  return found;
}

interface Encodings {
  readonly all: string;
  readonly category: string;
  readonly numbers: readonly Field[];
  readonly target: Field;
}

async function encodingsOf(engine: QueryEngine, given: Encodings, options: QueryOptions): Promise<LeakageFinding[]> {
  const { all, category, target } = given;
  const column = quoteIdentifier(category);
  const [row] = await engine.rows(
    `SELECT count(DISTINCT ${column}) AS n, count(${column}) AS rows FROM ${all} AS r`,
    options,
  );
  const [count, rowCount] = [Number(row!['n']), Number(row!['rows'])];
  if (count < leastCategories || count > mostCategories || rowCount < leastRowsOfCategory * count) return [];
  const numbers = await determined(engine, given, options);
  const others = given.numbers.filter(({ name }) => !numbers.includes(name));
  const found = await leftOutEncodings(engine, { ...given, numbers: others, rowCount }, options);
  for (const number of numbers) {
    const value = `CAST(${quoteIdentifier(number)} AS DOUBLE)`;
    for (const of of await targetsOf(engine, given, options)) {
      const sums = await distances(
        engine,
        `SELECT category, any_value(x) AS x, count(y) AS n, avg(y) AS mean, var_pop(y) AS variance FROM (SELECT ${column} AS category, ${value} AS x, ${of} AS y FROM ${all} AS r) GROUP BY 1`,
        options,
      );
      if (!isTold(sums)) continue;
      found.push({
        kind: 'target_encoding',
        part: null,
        columns: [number, category],
        rowCount,
        measured: sums.share,
        threshold: mostShare,
        message: `${number} is the mean of ${target.name} in each ${category}, taken over these rows`,
        advice: `leave ${number} out with features.exclude, and fit it in training, on train alone`,
      });
      break;
    }
  }
  return found;
}

/** Numbers that fall in the label along a line in nearly every category: means of it without the row itself. */
async function leftOutEncodings(
  engine: QueryEngine,
  { all, category, numbers, target, rowCount }: Encodings & { readonly rowCount: number },
  options: QueryOptions,
): Promise<LeakageFinding[]> {
  if (numbers.length === 0) return [];
  const column = quoteIdentifier(category);
  const found = new Map<string, number>();
  const values = numbers.map(({ name }, at) => `CAST(${quoteIdentifier(name)} AS DOUBLE) AS x${at}`).join(', ');
  const of = (sql: (at: number) => string): string => numbers.map((_, at) => sql(at)).join(', ');
  for (const label of await targetsOf(engine, { all, category, numbers, target }, options)) {
    const perCategory = `SELECT count(DISTINCT y) AS labels, ${of((at) => `corr(x${at}, y) AS r${at}, avg(x${at}) AS m${at}`)} FROM (SELECT ${column} AS category, ${label} AS y, ${values} FROM ${all} AS r) WHERE category IS NOT NULL AND y IS NOT NULL GROUP BY category HAVING count(*) >= ${leastRowsOfCategory} AND count(DISTINCT y) > 1`;
    const [row] = await engine.rows(
      `SELECT count(*) AS n, ${of((at) => `count_if(r${at} <= ${fallingCorrelation}) AS f${at}, count(DISTINCT m${at}) AS d${at}`)} FROM (${perCategory})`,
      options,
    );
    const categories = Number(row!['n']);
    if (categories < leastCategories) continue;
    for (const [at, { name }] of numbers.entries()) {
      const share = Number(row![`f${at}`]) / categories;
      if (share >= leastFallingShare && Number(row![`d${at}`]) >= leastCategories) found.set(name, share);
    }
  }
  return [...found].map(([number, share]) => ({
    kind: 'target_encoding',
    part: null,
    columns: [number, category],
    rowCount,
    measured: Number(share.toPrecision(3)),
    threshold: leastFallingShare,
    message: `${number} is the mean of ${target.name} in each ${category} without the row itself: with the ${category} it gives ${target.name} away`,
    advice: `leave ${number} out with features.exclude, and fit it in training, on train alone`,
  }));
}

/** Numbers that the category determines, and that differ between categories. */
async function determined(
  engine: QueryEngine,
  { all, category, numbers }: Encodings,
  options: QueryOptions,
): Promise<string[]> {
  const column = quoteIdentifier(category);
  const of = (sql: (name: string, at: number) => string): string =>
    numbers.map(({ name }, at) => sql(quoteIdentifier(name), at)).join(', ');
  const [row] = await engine.rows(
    `SELECT ${of((_, at) => `count_if(coalesce(low${at} <> high${at}, n${at} NOT IN (0, n))) AS varied${at}, count(DISTINCT low${at}) AS different${at}`)} FROM (SELECT count(*) AS n, ${of((name, at) => `min(${name}) AS low${at}, max(${name}) AS high${at}, count(${name}) AS n${at}`)} FROM ${all} AS r WHERE ${column} IS NOT NULL GROUP BY ${column})`,
    options,
  );
  return numbers
    .filter((_, at) => Number(row![`varied${at}`]) === 0 && Number(row![`different${at}`]) >= leastCategories)
    .map(({ name }) => name);
}

/** What a mean may have been taken of: the label where it is a number of many values, else whether it is each of its classes. */
async function targetsOf(engine: QueryEngine, { all, target }: Encodings, options: QueryOptions): Promise<string[]> {
  const label = quoteIdentifier(target.name);
  const classes = await engine.rows(
    `SELECT CAST(${label} AS VARCHAR) AS class FROM ${all} AS r WHERE ${label} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT ${mostClasses + 1}`,
    options,
  );
  if (classes.length > mostClasses && (target.type === 'int64' || target.type === 'float64'))
    return [`CAST(${label} AS DOUBLE)`];
  return classes
    .slice(0, mostClasses)
    .map(
      ({ class: name }) =>
        `CASE WHEN ${label} IS NOT NULL THEN CAST(CAST(${label} AS VARCHAR) = ${textLiteral(name)} AS INTEGER) END`,
    );
}

function textLiteral(cell: Cell | undefined): string {
  return `'${String(cell).replaceAll("'", "''")}'`;
}

interface Distances {
  readonly categories: number;
  /** Sum of squared distances in units of their error, by the number of categories. */
  readonly share: number;
}

async function distances(engine: QueryEngine, perCategory: string, options: QueryOptions): Promise<Distances> {
  const [row] = await engine.rows(
    `SELECT count(*) AS categories, sum(n * (x - mean) ** 2) AS squares, sum(n * variance) / nullif(sum(n) - count(*), 0) AS variance FROM (${perCategory}) WHERE n >= ${leastRowsOfCategory} AND x IS NOT NULL AND category IS NOT NULL`,
    options,
  );
  const categories = Number(row!['categories']);
  const [squares, variance] = [Number(row!['squares']), Number(row!['variance'])];
  if (!(variance > 0)) return { categories: 0, share: Number.POSITIVE_INFINITY };
  return { categories, share: Number((squares / variance / categories).toPrecision(3)) };
}

function isTold({ categories, share }: Distances): boolean {
  return (
    categories >= leastCategories &&
    share <= mostShare &&
    chiSquaredCdf(share * categories, categories) <= falseAlarmRate
  );
}
