import type { InferAnswer } from '../../serving/index.ts';
import type { ReadRows } from './open-inference.ts';
import { asList, asMap, asText, emptyRow, type JsonMap, wrong } from './reading.ts';

const forms = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;

/**
 * Reads a request of MLflow's scoring protocol: exactly one of `dataframe_split`, `dataframe_records`, `instances` and
 * `inputs`.
 * @throws PlatformError SERVING_BAD_REQUEST
 */
export function readScoring(body: unknown): ReadRows {
  const request = asMap(body, 'the request');
  const found = forms.filter((form) => request[form] !== undefined);
  const [form] = found;
  if (form === undefined || found.length > 1)
    throw wrong(`expected exactly one of ${forms.join(', ')}, found ${found.length === 0 ? 'none' : found.join(', ')}`);
  switch (form) {
    case 'dataframe_split':
      return readSplit(asMap(request[form], form));
    case 'inputs':
      return Array.isArray(request[form]) ? readRecords(request[form], form) : readColumns(asMap(request[form], form));
    default:
      return readRecords(request[form], form);
  }
}

function readSplit(split: JsonMap): ReadRows {
  const columns = asList(split['columns'], 'dataframe_split.columns').map((name, index) =>
    asText(name, `dataframe_split.columns[${index}]`),
  );
  if (new Set(columns).size !== columns.length) throw wrong('a column is named twice in dataframe_split.columns');
  const rows = asList(split['data'], 'dataframe_split.data').map((data, index) => {
    const values = asList(data, `dataframe_split.data[${index}]`);
    if (values.length !== columns.length)
      throw wrong(`expected ${columns.length} values in dataframe_split.data[${index}], found ${values.length}`);
    const row = emptyRow();
    for (const [place, name] of columns.entries()) row[name] = values[place];
    return row;
  });
  return { rows, columns };
}

function readRecords(records: unknown, form: string): ReadRows {
  const columns = new Set<string>();
  const rows = asList(records, form).map((record, index) => {
    const row = Object.assign(emptyRow(), asMap(record, `${form}[${index}]`));
    for (const name of Object.keys(row)) columns.add(name);
    return row;
  });
  return { rows, columns: [...columns] };
}

function readColumns(given: JsonMap): ReadRows {
  const columns = Object.keys(given);
  const lists = columns.map((name) => (Array.isArray(given[name]) ? (given[name] as unknown[]) : [given[name]]));
  const lengths = new Set(lists.map((values) => values.length));
  if (lengths.size > 1) throw wrong(`the columns of inputs have different lengths: ${[...lengths].join(', ')}`);
  const rows = Array.from({ length: [...lengths][0] ?? 0 }, (_, index) => {
    const row = emptyRow();
    for (const [place, name] of columns.entries()) row[name] = lists[place]![index];
    return row;
  });
  return { rows, columns };
}

/** The answer as MLflow writes a table: one object a row. */
export function writeScoring(answer: InferAnswer): object {
  const columns = Object.entries(answer.columns);
  const predictions = Array.from({ length: answer.rowCount }, (_, row) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[row]])),
  );
  return { predictions };
}
