import { newId } from '../../encoding/index.ts';
import type { Field, QueryEngine, QueryOptions } from '../../tables/index.ts';
import { finiteSql } from '../column-sql.ts';
import { createInPartitions, type Partition } from '../in-partitions.ts';

/** Rows that are kept between two walks; more are asked for again. */
const keptRows = 2 ** 20;

/** The states of a column that both datasets have with one type: queries in parentheses of each different value `x` and its rows `n`. */
export interface ComparedColumn {
  readonly reference: (partition: Partition) => string;
  readonly current: (partition: Partition) => string;
  readonly field: Field;
}

/** A query of values (`x`) with how often the reference (`a`) and the current (`b`) have them: a value that both have stands there twice. */
function valuesOfBoth({ reference, current }: ComparedColumn, partition: Partition): string {
  return `SELECT x, n AS a, 0 AS b FROM ${reference(partition)} UNION ALL SELECT x, 0 AS a, n AS b FROM ${current(partition)}`;
}

/** Makes a table of a query over `x`, `a` and `b` of the values of both, partition by partition where there is no room for all; answers its name. */
export async function tableOfBoth(
  engine: QueryEngine,
  compared: ComparedColumn,
  { take, ...options }: QueryOptions & { readonly take: (values: string) => string },
): Promise<string> {
  const name = newId('values');
  const query = (partition: Partition): string => take(`(${valuesOfBoth(compared, partition)})`);
  await createInPartitions(engine, name, { ...options, query });
  return name;
}

const specialKinds = ['missing', 'nan', 'negative_infinity', 'positive_infinity'] as const;

/** Rows of both datasets with what is not finite. */
export interface SpecialRows {
  readonly kind: (typeof specialKinds)[number];
  reference: number;
  current: number;
}

/** Told of a finite value and how often each dataset has it. */
export type EachFinite = (value: number, reference: number, current: number) => void;

/** The values of a column with an order: numbers, days or microseconds since 1970. */
export interface SortedValues {
  /** Finite values, rising, each once. */
  eachFinite(told: EachFinite): Promise<void>;
  /** What is not finite, by kind; known after the first walk. Kinds that no row has are left out. */
  specials(): readonly SpecialRows[];
  /** Gives back the room that they take. */
  drop(): Promise<void>;
}

type Part = readonly Float64Array[];

/** Counts the values of a column and sorts them, on disk where need be. Whoever asks for them drops them. */
export async function sortedValues(
  engine: QueryEngine,
  compared: ComparedColumn,
  options: QueryOptions,
): Promise<SortedValues> {
  const { field } = compared;
  const name = await tableOfBoth(engine, compared, {
    ...options,
    take: (values) =>
      `SELECT coalesce(${finiteSql(field, 'x')}, 'Infinity'::DOUBLE) AS v, ${kindSql(field)} AS kind, CAST(a AS DOUBLE) AS a, CAST(b AS DOUBLE) AS b FROM ${values}`,
  });
  const sql = `SELECT v, kind, a, b FROM ${name} ORDER BY v`;
  let kept: Part[] | null = null;
  let specials: readonly SpecialRows[] = [];
  const eachPart = async (told: (part: Part) => void): Promise<void> => {
    if (kept !== null) {
      for (const part of kept) told(part);
      return;
    }
    const counts = specialKinds.map((kind): SpecialRows => ({ kind, reference: 0, current: 0 }));
    let parts: Part[] | null = [];
    let count = 0;
    for await (const { columns, rowCount } of engine.batches(sql, options)) {
      const part = columns.map((column) => column.values as Float64Array);
      told(part);
      countSpecials(part, counts);
      count += rowCount;
      if (count > keptRows) parts = null;
      parts?.push(part);
    }
    kept = parts;
    specials = counts.filter(({ reference, current }) => reference + current > 0);
  };
  return {
    async eachFinite(told) {
      const merged = mergeEqual(told);
      await eachPart(merged.part);
      merged.end();
    },
    specials: () => specials,
    drop: () => engine.execute(`DROP TABLE IF EXISTS ${name}`),
  };
}

/** They stand behind all others. */
function countSpecials([values, kinds, reference, current]: Part, counts: readonly SpecialRows[]): void {
  for (let at = values!.length - 1; at >= 0 && values![at] === Number.POSITIVE_INFINITY; at--) {
    const of = counts[kinds![at]! - 1]!;
    of.reference += reference![at]!;
    of.current += current![at]!;
  }
}

/** Of a value that is not finite the number of its kind, from 1; else 0. */
function kindSql({ type }: Field): string {
  const head = `CASE WHEN x IS NULL THEN 1::DOUBLE WHEN ${finiteSql({ type }, 'x')} IS NOT NULL THEN 0::DOUBLE`;
  const infinite = (isNegative: string): string => `WHEN ${isNegative} THEN 3::DOUBLE ELSE 4::DOUBLE END`;
  if (type === 'date' || type === 'timestamp') return `${head} ${infinite("x < DATE '1970-01-01'")}`;
  return `${head} WHEN isnan(CAST(x AS DOUBLE)) THEN 2::DOUBLE ${infinite('CAST(x AS DOUBLE) < 0')}`;
}

/** A value of both datasets stands there twice, and two values may be one double; they are told as one. */
function mergeEqual(told: EachFinite): { part(part: Part): void; end(): void } {
  let [value, a, b] = [0, 0, 0];
  return {
    part([values, , reference, current]) {
      for (let at = 0; at < values!.length && values![at]! < Number.POSITIVE_INFINITY; at++) {
        if (values![at] !== value) {
          if (a + b > 0) told(value, a, b);
          [value, a, b] = [values![at]!, 0, 0];
        }
        a += reference![at]!;
        b += current![at]!;
      }
    },
    end() {
      if (a + b > 0) told(value, a, b);
    },
  };
}
