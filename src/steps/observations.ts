import { PlatformError } from '../errors/index.ts';
import { type DeclaredCost, type Observations, observe, type PredictedColumns } from '../metrics/index.ts';
import type { ModelDescription } from '../models/index.ts';
import type { TaskSpec } from '../spec/index.ts';
import { type Batch, columnOf, parquetSource, type QueryEngine, quoteIdentifier } from '../tables/index.ts';

/** Joins predictions with the labels of the same rows, in the order of rows. */
export async function readObservations(
  engine: QueryEngine,
  files: { readonly part: string; readonly predictions: string },
  reading: {
    readonly task: TaskSpec;
    readonly costs: Readonly<Record<string, DeclaredCost>>;
    /** The labels in the order of scores; null where the model names none. */
    readonly classes: ModelDescription['classes'];
  },
): Promise<Observations> {
  const { task, costs } = reading;
  const label = task.label!;
  const predicted = await engine.describe(`SELECT * FROM ${parquetSource(files.predictions)}`);
  const answers = predicted.fields
    .map((field) => field.name)
    .filter((name) => name === 'prediction' || /^score_\d+$/.test(name))
    .sort((a, b) => placeOf(a) - placeOf(b));
  const group = task.group === null ? '' : `, p.${quoteIdentifier(task.group)} AS __group`;
  if (answers.length === 0) {
    throw new PlatformError('METRIC_NO_ANSWER', {
      message: `expected a column prediction, or score_0, score_1, … one a class, found ${predicted.fields.map((field) => field.name).join(', ')}`,
    });
  }
  const sql = `SELECT p.${quoteIdentifier(label)} AS __label, ${answers.map((name) => `a.${quoteIdentifier(name)}`).join(', ')}${group}
    FROM ${parquetSource(files.part)} p JOIN ${parquetSource(files.predictions)} a USING (__row) ORDER BY __row`;
  const rowCount = await requireLabels(engine, files.part, label);
  const columns = await readColumns(engine, sql, answers);
  if (columns.rowCount !== rowCount) {
    throw new PlatformError('EVALUATION_ROWS_DIFFER', {
      message: `expected an answer for each of the ${rowCount} rows, found ${columns.rowCount}`,
    });
  }
  return observe(columns, { task: task as never, modelClasses: reading.classes, costs });
}

/** The place of a column of scores, as a number: score_10 comes after score_9. */
function placeOf(column: string): number {
  return column === 'prediction' ? -1 : Number(column.slice('score_'.length));
}

/** How many rows a part has, each of them with a label. */
async function requireLabels(engine: QueryEngine, part: string, label: string): Promise<number> {
  const { fields } = await engine.describe(`SELECT * FROM ${parquetSource(part)}`);
  if (!fields.some((field) => field.name === label)) {
    throw new PlatformError('EVALUATION_LABEL_MISSING', {
      message: `expected the label column ${label} in the part, found ${fields.map((field) => field.name).join(', ')}`,
    });
  }
  const [row] = await engine.rows(
    `SELECT count(*) AS n, count(*) - count(${quoteIdentifier(label)}) AS missing FROM ${parquetSource(part)}`,
  );
  if (Number(row!['missing']) > 0)
    throw new PlatformError('EVALUATION_LABEL_MISSING', { message: `${row!['missing']} rows have no label ${label}` });
  return Number(row!['n']);
}

async function readColumns(engine: QueryEngine, sql: string, answers: readonly string[]): Promise<PredictedColumns> {
  const batches: Batch[] = [];
  for await (const batch of engine.batches(sql, { batchRows: Number.MAX_SAFE_INTEGER })) batches.push(batch);
  const [batch] = batches;
  if (batch === undefined)
    throw new PlatformError('EVALUATION_LABEL_MISSING', { message: 'the part has no rows that were predicted' });
  return {
    rowCount: batch.rowCount,
    label: columnOf(batch, '__label')!,
    prediction: columnOf(batch, 'prediction'),
    scores: answers.filter((name) => name.startsWith('score_')).map((name) => columnOf(batch, name)!),
    group: columnOf(batch, '__group'),
  };
}
