/**
 * The first schema of a project: what the declared query gives over the whole table. Types, missing values and the values of
 * categories are those of `mlspec analysis`; ranges are added, with room, because a range that just fits would refuse the next
 * file. They are there to notice another unit, a shifted column, a placeholder such as 9999.
 */
import {
  type ColumnSchema,
  type ColumnStatistics,
  type DataSchema,
  inferSchema,
  profileTable,
  writeSchemaFile,
} from '../../data-quality/index.ts';
import { createDuckDb } from '../../tables/index.ts';
import { createTable } from '../data/data-file.ts';
import type { ChosenTask } from './choose-task.ts';
import type { DataSurvey } from './survey.ts';

const head = `# What each column must be. Ranges are what was seen, with as much room again on both sides and rounded outward: correct
# them where you know better. Rows that do not fit stop the run; validation.on_failure may say warn or quarantine instead.
`;

/** The text of the schema file of the dataset that `query` makes of the surveyed file. */
export async function writeTableSchema(survey: DataSurvey, task: ChosenTask, query: string): Promise<string> {
  const engine = await createDuckDb({ threads: 2 });
  try {
    await createTable(engine, survey, 'data');
    const statistics = await profileTable(engine, `(${query})`);
    const inferred = inferSchema(statistics);
    const columns = statistics.columns.map((column): [string, ColumnSchema] => [
      column.name,
      { ...inferred.columns[column.name]!, ...boundsOf(column, task) },
    ]);
    const schema: DataSchema = { ...inferred, columns: Object.fromEntries(columns) };
    return head + writeSchemaFile(schema);
  } finally {
    await engine.close();
  }
}

function boundsOf(column: ColumnStatistics, task: ChosenTask): Partial<ColumnSchema> {
  if (column.name === task.key) return { unique: true };
  const isClass = column.name === task.label.name && task.kind !== 'regression';
  if (column.type === 'int64' && (isClass || isFlag(column)))
    return { domain: column.top.map(({ value }) => value).sort((a, b) => Number(a) - Number(b)) };
  if (column.times?.min) return { min: `${column.times.min.slice(0, 4)}-01-01` };
  const { min = null, max = null } = column.numbers ?? {};
  return min === null || max === null || min === max ? {} : roomyRange(min, max);
}

function isFlag({ top }: ColumnStatistics): boolean {
  return top.length === 2 && top.every(({ value }) => value === 0 || value === 1);
}

/**
 * A range around what was seen: as wide again on each side, ends rounded outward to two digits of the width, and no negative
 * numbers where none was seen.
 * @example roomyRange(32.1, 59.6) // {min: 4, max: 88}
 */
export function roomyRange(min: number, max: number): { min: number; max: number } {
  const width = max - min;
  const step = 10 ** (Math.floor(Math.log10(width)) - 1);
  const low = Math.floor((min - width) / step) * step;
  const high = Math.ceil((max + width) / step) * step;
  const short = (value: number): number => Number(value.toPrecision(12));
  return { min: min >= 0 ? Math.max(0, short(low)) : short(low), max: short(high) };
}
