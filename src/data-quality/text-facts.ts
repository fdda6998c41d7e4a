import type { QueryEngine, QueryOptions } from '../tables/index.ts';
import { OrderSummary } from './rising-summary.ts';
import { type CharacterClass, type ColumnStatistics, characterClasses } from './statistics.ts';
import { risingValues, type ValueTable } from './value-table.ts';

const matches =
  (pattern: string) =>
  (x: string): string =>
    `regexp_matches(${x}, '${pattern}')`;

/** What is asked of the characters of a text. White space is what Unicode calls a separator, and the ASCII controls of lines. */
const questions: Readonly<Record<CharacterClass, (x: string) => string>> = {
  letters: matches('\\p{L}'),
  digits: matches('\\p{Nd}'),
  spaces: matches('[\\s\\p{Z}]'),
  punctuation: matches('[!-/:-@\\[-`{-~]'),
  // More bytes than characters.
  nonAscii: (x) => `strlen(${x}) <> length(${x})`,
  control: matches('\\p{Cc}'),
  onlyDigits: matches('^[0-9]+$'),
  blank: matches('^[\\s\\p{Z}]+$'),
  padded: matches('^[\\s\\p{Z}]|[\\s\\p{Z}]$'),
};

/** Whether the characters of the text `x` (SQL) are so; NULL where it is missing. */
export function characterQuestion(name: CharacterClass, x: string): string {
  return questions[name](x);
}

/** What is told of each group of a column of texts. */
export async function textFacts(
  engine: QueryEngine,
  table: ValueTable,
  options: QueryOptions,
): Promise<NonNullable<ColumnStatistics['texts']>[]> {
  const rowsWhere = (condition: string): string => `sum(CASE WHEN ${condition} THEN n ELSE 0 END)`;
  const counted = await engine.rows(
    `SELECT g, sum(n) AS present, ${rowsWhere("x = ''")} AS empty, min(length(x)) AS shortest, max(length(x)) AS longest, sum(n * length(x)) AS letters_in_all,
      ${characterClasses.map((name) => `${rowsWhere(questions[name]('x'))} AS ${name}`).join(', ')} FROM ${table.name} WHERE x IS NOT NULL GROUP BY g`,
    options,
  );
  const byGroup = new Map(counted.map((row) => [Number(row['g']), row]));
  const lengths = await lengthQuantiles(engine, { table, byGroup }, options);
  return Array.from({ length: table.groupCount }, (_, group) => {
    const row = byGroup.get(group);
    return {
      emptyCount: Number(row?.['empty'] ?? 0),
      minLength: row === undefined ? null : Number(row['shortest']),
      maxLength: row === undefined ? null : Number(row['longest']),
      meanLength: row === undefined ? null : Number(row['letters_in_all']) / Number(row['present']),
      lengths: lengths.get(group)?.quantiles() ?? null,
      characters: Object.fromEntries(characterClasses.map((name) => [name, Number(row?.[name] ?? 0)])) as Record<
        CharacterClass,
        number
      >,
    };
  });
}

async function lengthQuantiles(
  engine: QueryEngine,
  of: {
    readonly table: ValueTable;
    readonly byGroup: ReadonlyMap<number, Awaited<ReturnType<QueryEngine['rows']>>[number]>;
  },
  options: QueryOptions,
): Promise<Map<number, OrderSummary>> {
  const summaries = new Map(
    [...of.byGroup].map(([group, row]) => {
      const extent = { count: Number(row['present']), low: Number(row['shortest']), high: Number(row['longest']) };
      return [group, new OrderSummary(extent, null)];
    }),
  );
  await risingValues(engine, of.table, options).each((group, value, count) => summaries.get(group)!.add(value, count));
  return summaries;
}
