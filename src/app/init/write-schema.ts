/**
 * The first schema of a project: what is inferred of what the declared query gives over the whole table, as analysis and `mlspec data
 * infer` do, with the key and the classes of the task.
 */
import {
  type ColumnSchema,
  type ColumnStatistics,
  type DataSchema,
  findFormats,
  inferSchema,
  profileTable,
  writeSchemaFile,
} from '../../data-quality/index.ts';
import { createTable } from '../data/data-file.ts';
import { withTables } from '../data/with-tables.ts';
import type { ChosenTask } from './choose-task.ts';
import type { DataSurvey } from './survey.ts';

const head = `# What each column must be. Ranges are what was seen, with as much room again on both sides and rounded outward: correct
# them where you know better. Rows that do not fit stop the run; validation.on_failure may say warn or quarantine instead.
`;

/** The text of the schema file of the dataset that `query` makes of the surveyed file. */
export async function writeTableSchema(
  task: ChosenTask,
  query: string,
  { survey, signal }: { readonly survey: DataSurvey; readonly signal?: AbortSignal },
): Promise<string> {
  return await withTables(signal === undefined ? {} : { signal }, async (engine) => {
    await createTable(engine, survey, 'data');
    const source = `(${query})`;
    const statistics = await profileTable(engine, source);
    const inferred = inferSchema(statistics, await findFormats(engine, { source, statistics }), task.label.name);
    const columns = statistics.columns.map((seen): [string, ColumnSchema] => [
      seen.name,
      taskColumn(inferred.columns[seen.name]!, seen, task),
    ]);
    const schema: DataSchema = { ...inferred, columns: Object.fromEntries(columns) };
    return head + writeSchemaFile(schema);
  });
}

/** Statistics have longer texts cut. */
const longestClass = 100;

/** What the task knows beside the data: rows are named by the key, and the classes are those that there are. */
function taskColumn(column: ColumnSchema, seen: ColumnStatistics, task: ChosenTask): ColumnSchema {
  const { type, required, nullable, nan, environments } = column;
  if (seen.name === task.key) return { type, required, nullable, nan, unique: true };
  const isClass = seen.name === task.label.name && task.kind !== 'regression';
  if (!isClass || (type !== 'string' && type !== 'int64')) return column;
  const values = seen.top.map(({ value }) => value).sort((a, b) => (a < b ? -1 : 1));
  if (values.some((value) => String(value).length > longestClass)) return column;
  return { type, environments, required, nullable, nan, domain: values };
}
