/** How each value of a table is found that no scan together with others finds: from its different values, their order, or pairs. */
import { isPlatformError } from '../../errors/index.ts';
import type { Cell, QueryEngine, QueryOptions } from '../../tables/index.ts';
import { ofEachRow } from '../column-sql.ts';
import {
  type FrequencyCount,
  type FrequencySummary,
  frequencyCount,
  summarizeFrequencies,
} from '../frequency-facts.ts';
import { inPartitions, type Partition } from '../in-partitions.ts';
import { orderedFacts } from '../ordered-facts.ts';
import { measureColumns } from '../pairs/find-pairs.ts';
import type { ColumnPair } from '../pairs/pairs.ts';
import { countValues, dropValues } from '../value-table.ts';
import { frequenciesSql, type UniqueRows } from './row-sets.ts';
import type { Measure, Measured } from './table-value.ts';

/** Values in memory at a time; of more the one that is asked for is found by putting them in order, on disk where need be. */
const quantilesInMemory = 20_000_000;
/** Whole numbers, from the smallest to the largest, of each of which a bit says whether it occurs. */
const mostBits = 2 ** 25;

/** The rows that checks are about, and what was found of them so far. */
export class MeasuredRows {
  readonly #engine: QueryEngine;
  readonly #rows: string;
  readonly #options: QueryOptions;
  readonly #found = new Map<string, Promise<unknown>>();

  /** `rows` is a table, or a query in parentheses. */
  constructor(engine: QueryEngine, rows: string, options: QueryOptions) {
    this.#engine = engine;
    this.#rows = rows;
    this.#options = options;
  }

  /** How often values occur; keys are SQL over a row. */
  frequencies(keys: readonly string[]): Promise<FrequencySummary> {
    return this.#once(frequenciesSql(keys, this.#rows), async () => {
      let counts: FrequencyCount[] = [];
      const ask = async (partition?: Partition): Promise<void> => {
        const rows = await this.#engine.rows(frequenciesSql(keys, this.#rows, partition), this.#options);
        counts.push(...rows.map(frequencyCount));
      };
      const begin = async (): Promise<void> => {
        counts = [];
      };
      await inPartitions({ whole: ask, begin, part: ask });
      return summarizeFrequencies(addedUp(counts));
    });
  }

  /** Rows with values that another row has too, and rows without. */
  async repeats({
    keys,
    whole,
  }: Pick<UniqueRows, 'keys' | 'whole'>): Promise<Pick<FrequencySummary, 'repeatedCount' | 'missingCount'>> {
    const missingCount = whole === null ? null : await this.#once(`bits ${whole}`, () => this.#allDiffer(whole));
    return missingCount === null ? await this.frequencies(keys) : { missingCount, repeatedCount: 0 };
  }

  /** Where no two of some whole numbers are alike: how many rows have none; null where two are, or they lie too far apart to tell by bits. */
  async #allDiffer(whole: string): Promise<number | null> {
    const found = await this.#ask(
      `SELECT count(*) AS n, count(${whole}) AS present, min(${whole}) AS low, max(${whole}) AS high FROM ${this.#rows}`,
    );
    const [present, low, high] = [Number(found['present']), found['low'] ?? null, found['high'] ?? null];
    if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high)) return null;
    const last = Number(high) - Number(low);
    if (last >= mostBits || last + 1 < present) return null;
    const bits = `bitstring_agg(CAST(CAST(${whole} AS BIGINT) - (${low}) AS INTEGER), 0, ${last})`;
    const different = Number((await this.#ask(`SELECT bit_count(${bits}) AS value FROM ${this.#rows}`))['value']);
    return different === present ? Number(found['n']) - present : null;
  }

  /** A value; not one that scans find. */
  async measure(how: Exclude<Measure, { by: 'scan' }>): Promise<Measured> {
    switch (how.by) {
      case 'schema':
        return how.value;
      case 'frequencies':
        return how.give(await this.frequencies(how.keys));
      case 'query':
        return await this.#once(how.sql(this.#rows), async (sql) => plain((await this.#ask(sql))['value'] ?? null));
      case 'quantiles':
        return await this.#quantiles(how);
      case 'outliers':
        return how.give(await this.#outliers(how));
      case 'pair':
        return how.give(await this.#pair(how));
    }
  }

  #once<Value>(key: string, find: (key: string) => Promise<Value>): Promise<Value> {
    const known = this.#found.get(key) as Promise<Value> | undefined;
    if (known !== undefined) return known;
    const found = find(key);
    this.#found.set(key, found);
    return found;
  }

  async #ask(sql: string): Promise<Readonly<Record<string, Cell>>> {
    return (await this.#engine.rows(sql, this.#options))[0]!;
  }

  async #quantiles({ x, shares, give }: Extract<Measure, { by: 'quantiles' }>): Promise<number | null> {
    const count = await this.#once(`count(${x})`, async (sql) =>
      Number((await this.#ask(`SELECT ${sql} AS value FROM ${this.#rows}`))['value']),
    );
    if (count === 0) return null;
    const found: number[] = [];
    for (const share of shares) {
      const at = `SELECT value FROM (SELECT ${x} AS value FROM ${this.#rows}) WHERE ${ofEachRow('value IS NOT NULL')} ORDER BY value LIMIT 1 OFFSET ${rankOf(share, count)}`;
      const inMemory = `SELECT quantile_disc(${x}, ${share}) AS value FROM ${this.#rows}`;
      const ask = async (): Promise<number> => {
        const row = count > quantilesInMemory ? await this.#ask(at) : await this.#askOr(inMemory, at);
        return Number(row['value']) + 0;
      };
      found.push(await this.#once(at, ask));
    }
    return give(found);
  }

  /** The answer to a query that takes its values into memory; where they have no room there, that to another. */
  async #askOr(inMemory: string, otherwise: string): Promise<Readonly<Record<string, Cell>>> {
    try {
      return await this.#ask(inMemory);
    } catch (error) {
      if (!isPlatformError(error) || error.code !== 'TABLE_OUT_OF_MEMORY') throw error;
      return await this.#ask(otherwise);
    }
  }

  async #outliers({ x, method }: Extract<Measure, { by: 'outliers' }>): Promise<{ outside: number; finite: number }> {
    return await this.#once(`${method} ${x}`, async () => {
      const source = {
        source: `(SELECT ${x} AS x FROM ${this.#rows})`,
        field: { name: 'x', type: 'float64' },
      } as const;
      const table = await countValues(this.#engine, source, this.#options);
      try {
        const [facts] = await orderedFacts(this.#engine, table, { ...this.#options, outliers: method });
        const { outliers } = facts!.numbers!;
        const [present] = await this.#engine.rows(
          `SELECT coalesce(sum(n), 0) AS value FROM ${table.name} WHERE x IS NOT NULL`,
          this.#options,
        );
        const outside = outliers === null ? 0 : outliers.belowCount + outliers.aboveCount;
        return { outside, finite: Number(present!['value']) };
      } finally {
        await dropValues(this.#engine, table);
      }
    });
  }

  #pair({ a, b }: Extract<Measure, { by: 'pair' }>): Promise<ColumnPair> {
    return this.#once(
      JSON.stringify([a.name, b.name]),
      async () => await measureColumns(this.#engine, this.#rows, { ...this.#options, fields: [a, b] }),
    );
  }
}

/** The place, from 0, of the smallest of `count` values with this share of them at or below. */
function rankOf(share: number, count: number): number {
  return Math.max(0, Math.ceil(share * count) - 1);
}

/** Counts of partitions, with the same number of rows put together, in the order in which they are of all rows. */
function addedUp(counts: readonly FrequencyCount[]): FrequencyCount[] {
  const groups = Map.groupBy(counts, ({ missing, n }) => `${missing} ${n}`);
  const added = [...groups.values()].map((same) => ({ ...same[0]!, m: same.reduce((sum, { m }) => sum + m, 0) }));
  return added.sort((one, other) => Number(one.missing) - Number(other.missing) || one.n - other.n);
}

function plain(cell: Cell): Measured {
  return typeof cell === 'bigint' || typeof cell === 'number' ? Number(cell) + 0 : cell;
}
