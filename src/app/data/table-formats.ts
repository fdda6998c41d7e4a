/** How a file holds a table. */
export type TableFormat = 'csv' | 'json' | 'parquet';

/** The format of a file by its ending. */
export const tableFormats: Readonly<Record<string, TableFormat>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.json': 'json',
  '.ndjson': 'json',
  '.jsonl': 'json',
  '.parquet': 'parquet',
};
