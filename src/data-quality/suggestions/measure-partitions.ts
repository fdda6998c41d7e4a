/**
 * Values of checks for each partition at once: the SQL is that of the checks themselves, grouped by partition, so that what is learned of the past
 * is what `mlspec data check` will measure.
 */
import { PlatformError } from '../../errors/index.ts';
import type { Cell, QueryEngine, QueryOptions } from '../../tables/index.ts';
import type { NamedValue } from '../checks/check-compiler.ts';
import { compileCheck } from '../checks/compile-check.ts';
import type { Measure, Measured } from '../checks/table-value.ts';
import { type FrequencySummary, frequencyCount, summarizeFrequencies } from '../frequency-facts.ts';
import type { PartitionedRows } from './partition-rows.ts';

/** What a partition has of a value: null where it has none, as the median of no values. */
export type PartitionValue = number | null;

const mostAggregates = 200;

/** A value of the table that is numeric, as its check names it. @throws PlatformError CHECK_INVALID */
function namedValue(text: string, { fields }: PartitionedRows): NamedValue {
  const compiled = compileCheck(`${text} == 0`, { schema: { fields } });
  if (compiled.kind === 'table' && compiled.values.length === 1) return compiled.values[0]!;
  throw new PlatformError('CHECK_INVALID', { message: `${text} is not one value of a table` });
}

/** The values of the table that texts name (`median(delay)`, `share(delay == -1)`), in each partition. @throws PlatformError CANCELED */
export async function measureValues(
  engine: QueryEngine,
  rows: PartitionedRows,
  { texts, ...options }: QueryOptions & { readonly texts: readonly string[] },
): Promise<Map<string, PartitionValue[]>> {
  const named = [...new Set(texts)].map((text) => ({ text, how: namedValue(text, rows).how }));
  const found = new Map<string, PartitionValue[]>();
  const scans = new GroupedScan(rows);
  for (const { text, how } of named) {
    if (how.by === 'scan' || how.by === 'quantiles') scans.add(text, how);
    if (how.by === 'frequencies') {
      const summaries = await scans.frequencies(engine, how.keys, options);
      found.set(text, summaries.map(how.give).map(numeric));
    }
  }
  for (const [text, values] of await scans.run(engine, options)) found.set(text, values);
  return found;
}

/** Rows that fail a check of rows, and rows of which it says something, in each partition. */
export interface FailingRows {
  readonly failing: readonly number[];
  readonly said: readonly number[];
}

/** How checks of rows, and checks that values are unique, stand in each partition. @throws PlatformError CHECK_INVALID, CANCELED */
export async function countFailing(
  engine: QueryEngine,
  rows: PartitionedRows,
  { checks, ...options }: QueryOptions & { readonly checks: readonly string[] },
): Promise<Map<string, FailingRows>> {
  const scans = new GroupedScan(rows);
  const found = new Map<string, FailingRows>();
  const ofRows: { readonly text: string; readonly sql: string; readonly said: string }[] = [];
  for (const text of new Set(checks)) {
    const compiled = compileCheck(text, { schema: { fields: rows.fields } });
    if (compiled.kind === 'row') ofRows.push({ text, ...compiled });
    else if (compiled.kind === 'unique') {
      const summaries = await scans.frequencies(engine, compiled.keys, options);
      const isMissing = compiled.isKey ? 1 : 0;
      found.set(text, {
        failing: summaries.map(({ repeatedCount, missingCount }) => repeatedCount + isMissing * missingCount),
        said: summaries.map(({ rowCount, missingCount }) => rowCount - (1 - isMissing) * missingCount),
      });
    } else throw new PlatformError('CHECK_INVALID', { message: `${text} is no check of rows` });
  }
  const counts = await scans.ask(
    engine,
    ofRows.flatMap(({ sql, said }) => [said, `count_if(${sql})`]),
    options,
  );
  for (const { text, sql, said } of ofRows) {
    const told = counts.get(said)!.map(Number);
    const true_ = counts.get(`count_if(${sql})`)!;
    found.set(text, { said: told, failing: told.map((n, at) => n - Number(true_[at])) });
  }
  return found;
}

function numeric(value: Measured): PartitionValue {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** Aggregates over the rows of each partition. */
class GroupedScan {
  readonly #rows: PartitionedRows;
  readonly #asked: { readonly text: string; readonly how: Extract<Measure, { by: 'scan' | 'quantiles' }> }[] = [];
  readonly #summaries = new Map<string, FrequencySummary[]>();

  constructor(rows: PartitionedRows) {
    this.#rows = rows;
  }

  add(text: string, how: Extract<Measure, { by: 'scan' | 'quantiles' }>): void {
    this.#asked.push({ text, how });
  }

  async run(engine: QueryEngine, options: QueryOptions): Promise<[string, PartitionValue[]][]> {
    const cells = await this.ask(
      engine,
      this.#asked.flatMap(({ how }) => aggregatesOf(how)),
      options,
    );
    return this.#asked.map(({ text, how }) => {
      const columns = aggregatesOf(how).map((sql) => cells.get(sql)!);
      return [
        text,
        this.#rows.partitions.map((_, at) =>
          valueFrom(
            how,
            text,
            columns.map((column) => column[at]!),
          ),
        ),
      ];
    });
  }

  /** Each aggregate with its cells, one for each partition. */
  async ask(engine: QueryEngine, aggregates: readonly string[], options: QueryOptions): Promise<Map<string, Cell[]>> {
    const wanted = [...new Set(aggregates)];
    const found = new Map<string, Cell[]>();
    for (let from = 0; from < wanted.length; from += mostAggregates) {
      const part = wanted.slice(from, from + mostAggregates);
      const list = part.map((sql, at) => `${sql} AS a${at}`).join(', ');
      const answers = await engine.rows(
        `SELECT __partition, ${list} FROM ${this.#rows.table} GROUP BY __partition ORDER BY __partition`,
        options,
      );
      for (const [at, sql] of part.entries())
        found.set(
          sql,
          answers.map((row) => row[`a${at}`]!),
        );
    }
    return found;
  }

  async frequencies(engine: QueryEngine, keys: readonly string[], options: QueryOptions): Promise<FrequencySummary[]> {
    const names = keys.map((_, at) => `k${at}`);
    const selected = keys.map((key, at) => `${key} AS k${at}`).join(', ');
    const known = this.#summaries.get(selected);
    if (known !== undefined) return known;
    const missing = names.map((name) => `${name} IS NULL`).join(' OR ');
    const answers = await engine.rows(
      `SELECT p, missing, n, count(*) AS m FROM (SELECT p, (${missing}) AS missing, count(*) AS n FROM (SELECT __partition AS p, ${selected} FROM ${this.#rows.table}) GROUP BY p, ${names.join(', ')}) GROUP BY ALL ORDER BY ALL`,
      options,
    );
    const byPartition = Map.groupBy(answers, (row) => Number(row['p']));
    const found = this.#rows.partitions.map((_, at) =>
      summarizeFrequencies((byPartition.get(at) ?? []).map(frequencyCount)),
    );
    this.#summaries.set(selected, found);
    return found;
  }
}

function aggregatesOf(how: Extract<Measure, { by: 'scan' | 'quantiles' }>): readonly string[] {
  if (how.by === 'quantiles') return how.shares.map((share) => `quantile_disc(${how.x}, ${share})`);
  return how.plan().next().value as readonly string[];
}

function valueFrom(
  how: Extract<Measure, { by: 'scan' | 'quantiles' }>,
  text: string,
  cells: readonly Cell[],
): PartitionValue {
  if (how.by === 'quantiles')
    return cells.includes(null) ? null : numeric(how.give(cells.map((cell) => Number(cell) + 0)));
  const plan = how.plan();
  plan.next();
  const step = plan.next(cells);
  if (step.done === true) return numeric(step.value);
  throw new PlatformError('CHECK_INVALID', { message: `${text} is not found in one scan` });
}
