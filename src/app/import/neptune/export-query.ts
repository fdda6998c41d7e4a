/*
 * The rows of Neptune's Parquet export: one a value, the column that is filled follows from `attribute_type`. Columns and layout as
 * the README of neptune-ai/neptune-exporter describes them (commit 03928bc).
 */
import {
  type Batch,
  type Cell,
  cellOf,
  columnOf,
  parquetFilesSource,
  type QueryEngine,
  quoteLiteral,
} from '../../../tables/index.ts';

/** A row, of which nested values are JSON. */
export interface ExportRow {
  readonly path: string;
  readonly type: string;
  /** Steps are decimals with six digits behind the point; multiplied so that all of a run are whole. */
  readonly step: string | null;
  readonly atMs: number | null;
  readonly number: number | null;
  readonly text: string | null;
  readonly file: string | null;
}

/** What a run says of itself, and how its steps become whole. */
export interface ExportFacts {
  readonly project: string;
  readonly run: string;
  /** By their paths below `sys/`. */
  readonly system: ReadonlyMap<string, string>;
  /** A power of ten. */
  readonly stepMultiplier: number;
}

const textOf = `case attribute_type
    when 'string' then string_value when 'string_series' then string_value
    when 'int' then cast(int_value as varchar) when 'float' then cast(float_value as varchar)
    when 'bool' then cast(bool_value as varchar)
    when 'datetime' then strftime(datetime_value at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ')
    when 'string_set' then cast(to_json(string_set_value) as varchar)
    when 'histogram_series' then cast(to_json(histogram_value) as varchar) end`;
/** Digits behind the point that a step may have. */
const stepDigits = 6;

/** What the files of a run say of it. @throws PlatformError TABLE_FILE_UNREADABLE, TABLE_QUERY_FAILED */
export async function readFacts(engine: QueryEngine, files: readonly string[]): Promise<ExportFacts | null> {
  const source = parquetFilesSource(files);
  const fractions = Array.from(
    { length: stepDigits },
    (_, digits) => `coalesce(bool_or(step * ${10 ** digits} <> floor(step * ${10 ** digits})), false) as d${digits}`,
  );
  const [head] = await engine.rows(`select any_value(project_id) as project, any_value(run_id) as run,
    count(distinct run_id) as runs, ${fractions.join(', ')} from ${source}`);
  if (head === undefined || typeof head['project'] !== 'string' || typeof head['run'] !== 'string') return null;
  const rows = await engine.rows(`select attribute_path as path, ${textOf} as text from ${source}
    where starts_with(attribute_path, 'sys/') and attribute_type not like '%series' order by attribute_path limit 1000`);
  const digits = fractions.findIndex((_, index) => head[`d${index}`] === false);
  return {
    ...{ project: head['project'], run: head['run'] },
    system: new Map(rows.map(({ path, text }) => [String(path).slice('sys/'.length), textCell(text)])),
    stepMultiplier: 10 ** (digits < 0 ? stepDigits : digits),
  };
}

function textCell(cell: Cell | undefined): string {
  return cell === null || cell === undefined ? '' : String(cell);
}

/** The rows of some types, some at a time, in the order of path and step. */
export async function* readRows(
  engine: QueryEngine,
  files: readonly string[],
  {
    types,
    stepMultiplier,
    signal,
  }: {
    readonly types: readonly string[];
    readonly stepMultiplier: number;
    readonly signal?: AbortSignal;
  },
): AsyncGenerator<readonly ExportRow[]> {
  const sql = `select attribute_path as path, attribute_type as type,
    cast(cast(step * ${stepMultiplier} as bigint) as varchar) as step, epoch_ms(timestamp) as at_ms,
    float_value as number, ${textOf} as text, file_value.path as file from ${parquetFilesSource(files)}
    where attribute_type in (${types.map(quoteLiteral).join(', ')}) order by attribute_path, step`;
  for await (const batch of engine.batches(sql, { batchRows: 5000, ...(signal === undefined ? {} : { signal }) })) {
    yield Array.from({ length: batch.rowCount }, (_, row) => rowOf(batch, row));
  }
}

function rowOf(batch: Batch, row: number): ExportRow {
  const cell = (name: string): string | number | boolean | null => cellOf(columnOf(batch, name)!, row);
  const text = (name: string): string | null => {
    const value = cell(name);
    return value === null ? null : String(value);
  };
  const number = (name: string): number | null => {
    const value = cell(name);
    return typeof value === 'number' ? value : null;
  };
  return {
    ...{ path: text('path') ?? '', type: text('type') ?? '', step: text('step') },
    ...{ atMs: number('at_ms'), number: number('number'), text: text('text'), file: text('file') },
  };
}
