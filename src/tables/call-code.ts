/** A function of a project, where its step or check names it. */
export type ProjectFunction =
  | { readonly kind: 'python'; readonly module: string; readonly function: string }
  | { readonly kind: 'typescript'; readonly file: string; readonly export: string };

/** Rows of a table, column by column, as functions of a project see them. */
export interface TableBatch {
  readonly rowCount: number;
  /** Values by the name of the column, one a row; null where missing. Dates and times are milliseconds since 1970 in UTC. */
  readonly columns: Readonly<Record<string, readonly (number | string | boolean | null)[]>>;
}

/** A function of a project, and how it is called over the rows of a table. */
export interface CodeCall {
  readonly code: ProjectFunction;
  /** The Parquet file with the rows, in order. */
  readonly rows: string;
  /** Columns of the file that the function does not get. */
  readonly hidden: readonly string[];
  /** `mask`: a truth value, or nothing, for each row of a batch; `value`: one value of the whole table. */
  readonly gives: 'mask' | 'value';
  /** A folder that is there and that the call has for itself. */
  readonly folder: string;
  readonly timeoutMs: number;
  readonly memoryBytes: number;
}

/** What a mask says of a row, one byte a row. */
export const maskBytes = { no: 0, yes: 1, nothing: 2 } as const;

/** What came of a call. What the code does wrong is an answer and no error. */
export type CodeAnswer =
  /** A file with one byte for each row, in order: see `maskBytes`. */
  | { readonly kind: 'mask'; readonly path: string }
  /** NaN and infinities included. */
  | { readonly kind: 'value'; readonly value: number | string | boolean | null }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * The port of whatever carries functions of a project out over the rows of a table, in a process of their own.
 * @throws PlatformError CANCELED
 */
export type CallCode = (call: CodeCall, signal?: AbortSignal) => Promise<CodeAnswer>;
