/** What a part of a check is as SQL. */
export interface SqlTerm {
  readonly sql: string;
  readonly type: 'number' | 'string' | 'boolean' | 'time' | 'null';
  readonly mayBeNaN?: boolean;
  /** Whether it names a column of the row. */
  readonly ofRow?: boolean;
  /** Whether it is a value of all rows. */
  readonly overTable?: boolean;
  /** A text in quotes, which can stand for an instant. */
  readonly literal?: string;
}
