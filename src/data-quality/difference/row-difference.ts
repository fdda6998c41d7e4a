/** What the rows of one dataset are that cannot be matched with those of the other. */
export interface UnmatchedRows {
  /** Rows in which a column of the key is missing. */
  readonly keyMissing: number;
  /** Rows whose key occurs more than once, here or in the other dataset. */
  readonly keyRepeated: number;
}

/** How the values of a column changed in rows that both datasets have. */
export interface ColumnChanges {
  readonly name: string;
  /** Rows with another value. */
  readonly changed: number;
  /** Those of them that had a value and have none now. */
  readonly emptied: number;
  /** Those of them that had no value and have one now. */
  readonly filled: number;
  /** The largest change of a finite number to a finite number, without its sign; null where there is none, or no numbers. */
  readonly largestChange: number | null;
}

/** Columns with their values as texts; null: missing. */
export type ShownRow = Readonly<Record<string, string | null>>;

/** A row that both datasets have, and what changed in it. */
export interface ChangedRow {
  readonly key: ShownRow;
  readonly changes: readonly {
    readonly column: string;
    readonly before: string | null;
    readonly after: string | null;
  }[];
}

/** How two versions of a dataset differ, row by row. */
export interface RowDifference {
  /** The columns by which rows were matched; empty: rows were compared whole, and none is changed. */
  readonly key: readonly string[];
  readonly referenceRowCount: number;
  readonly currentRowCount: number;
  /** Rows that only the current has. */
  readonly added: number;
  /** Rows that only the reference has. */
  readonly removed: number;
  /** Rows with the same key and another value in some column. */
  readonly changed: number;
  readonly unchanged: number;
  readonly unmatched: { readonly reference: UnmatchedRows; readonly current: UnmatchedRows };
  /** Every column that was compared, in the order of the reference. */
  readonly columns: readonly ColumnChanges[];
  readonly onlyReference: readonly string[];
  readonly onlyCurrent: readonly string[];
  /** Columns of different types: whole numbers and floats are compared as numbers, all others as texts. */
  readonly differentTypes: readonly { readonly name: string; readonly reference: string; readonly current: string }[];
  /** The first rows of each kind, in the order of the key. */
  readonly examples: {
    readonly added: readonly ShownRow[];
    readonly removed: readonly ShownRow[];
    readonly changed: readonly ChangedRow[];
    /** Keys that occur more than once. */
    readonly repeated: readonly ShownRow[];
  };
}

/** Whether two versions hold the same rows of the same columns. */
export function isEqualData(found: RowDifference): boolean {
  const { added, removed, changed, unmatched, onlyReference, onlyCurrent, differentTypes } = found;
  const counts = [added, removed, changed, ...Object.values(unmatched.reference), ...Object.values(unmatched.current)];
  return (
    counts.every((count) => count === 0) && onlyReference.length + onlyCurrent.length + differentTypes.length === 0
  );
}
