import type { ColumnType } from '../../tables/index.ts';

/** What was found out about a column. */
export interface SurveyedColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly missingCount: number;
  /** Different values, missing ones not counted. */
  readonly distinctCount: number;
  /** Texts: characters of a value in the mean; 0 for other types. */
  readonly meanLength: number;
  /** The most frequent values first, at most 21; empty for columns with many. */
  readonly values: readonly { readonly value: string | number | boolean; readonly count: number }[];
}

/** What was found out about a file. */
export interface DataSurvey {
  /** Absolute. */
  readonly path: string;
  readonly format: 'csv' | 'json' | 'parquet';
  readonly rowCount: number;
  readonly columns: readonly SurveyedColumn[];
}

/** The format of a file by its ending. */
export const formats: Readonly<Record<string, DataSurvey['format']>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.json': 'json',
  '.ndjson': 'json',
  '.jsonl': 'json',
  '.parquet': 'parquet',
};
