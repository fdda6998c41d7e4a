import type { ColumnType } from '../../tables/index.ts';
import type { DataFile, OpenedData } from '../data/data-file.ts';

/** What was found out about a column. */
export interface SurveyedColumn {
  readonly name: string;
  /** Where the column is read by `reading`, the type that this gives. */
  readonly type: ColumnType;
  /** SQL that makes times of the texts or numbers of the column; null: it is taken as it stands. */
  readonly reading: string | null;
  /** What a person should know of `reading`; null: nothing. */
  readonly note: string | null;
  readonly missingCount: number;
  /** Different values, missing ones not counted. */
  readonly distinctCount: number;
  /** Texts: characters of a value in the mean; 0 for other types. */
  readonly meanLength: number;
  /** The most frequent values first, at most 21; empty for columns with many. */
  readonly values: readonly { readonly value: string | number | boolean; readonly count: number }[];
}

/** What was found out about a file. */
export interface DataSurvey extends DataFile, Pick<OpenedData, 'options' | 'unreadable'> {
  readonly rowCount: number;
  readonly columns: readonly SurveyedColumn[];
}
