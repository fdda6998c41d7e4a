import {
  type Batch,
  type Column,
  cellOf,
  columnOf,
  createDuckDb,
  type Field,
  parquetSource,
  type QueryEngine,
} from '../../tables/index.ts';
import type { ModelColumns, ModelValue } from '../model.ts';

/** How rows of a file become answers. */
export interface FilePredictor {
  /** The columns that the model takes; null: every column whose name does not begin with two underscores. */
  readonly features: readonly string[] | null;
  predict(columns: ModelColumns, rowCount: number): Promise<ModelColumns>;
}

/** Which file is predicted into which, and which columns go along. */
export interface FileRequest {
  readonly input: string;
  readonly output: string;
  readonly keep: readonly string[];
}

/** Predicts a Parquet file batch by batch; memory does not grow with the file. */
export async function predictParquet(request: FileRequest, model: FilePredictor): Promise<{ rows: number }> {
  const engine = await createDuckDb();
  try {
    const source = `SELECT * FROM ${parquetSource(request.input)}`;
    const { fields } = await engine.describe(source);
    const kept = fields.filter((field) => request.keep.includes(field.name));
    const first = await firstAnswer(engine, source, { fields, kept, model });
    const schema = { fields: [...kept, ...first] };
    const { rowCount } = await engine.appendBatches(request.output, schema, predicted(engine, source, { kept, model }));
    return { rows: rowCount };
  } finally {
    await engine.close();
  }
}

interface Work {
  readonly kept: readonly Field[];
  readonly model: FilePredictor;
}

/** The fields of the answer, found out with one row. */
async function firstAnswer(
  engine: QueryEngine,
  source: string,
  work: Work & { readonly fields: readonly Field[] },
): Promise<Field[]> {
  for await (const batch of predicted(engine, `${source} LIMIT 1`, work))
    return batch.schema.fields.slice(work.kept.length);
  const empty = Object.fromEntries(namesOf(work.model, work.fields).map((name) => [name, []]));
  return Object.keys(await work.model.predict(empty, 0)).map((name) => ({ name, type: 'float64' }));
}

function namesOf({ features }: FilePredictor, fields: readonly Field[]): readonly string[] {
  return features ?? fields.map((field) => field.name).filter((name) => !name.startsWith('__'));
}

async function* predicted(engine: QueryEngine, sql: string, work: Work): AsyncGenerator<Batch> {
  for await (const batch of engine.batches(sql)) {
    const names = namesOf(work.model, batch.schema.fields);
    const columns = Object.fromEntries(names.map((name) => [name, valuesOf(batch, name, names)]));
    const answer = Object.entries(await work.model.predict(columns, batch.rowCount));
    const answered = answer.map(([name, values]): [Field, Column] => {
      const column = columnFrom(values);
      return [{ name, type: column.type }, column];
    });
    yield {
      rowCount: batch.rowCount,
      schema: { fields: [...work.kept, ...answered.map(([field]) => field)] },
      columns: [...work.kept.map((field) => columnOf(batch, field.name)!), ...answered.map(([, column]) => column)],
    };
  }
}

function valuesOf(batch: Batch, name: string, names: readonly string[]): ModelValue[] {
  const column = columnOf(batch, name);
  if (column === null) throw new Error(`the model takes ${names.join(', ')}; missing: ${name}`);
  return Array.from({ length: batch.rowCount }, (_, row) => cellOf(column, row));
}

function columnFrom(values: readonly ModelValue[]): Column {
  if (values.some((value) => typeof value === 'string'))
    return { type: 'string', values: values.map((value) => (value === null ? null : String(value))), valid: null };
  if (values.length > 0 && values.every((value) => typeof value === 'boolean'))
    return { type: 'boolean', values: Uint8Array.from(values, (value) => (value === true ? 1 : 0)), valid: null };
  return {
    type: 'float64',
    values: Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value))),
    valid: null,
  };
}
