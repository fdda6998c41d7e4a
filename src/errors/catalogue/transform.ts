import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `transform/`: fitting and applying transformations. */
export const transformCodes = {
  TRANSFORM_BAD_DOCUMENT: {
    kind: 'corrupt',
    title: 'A document is not a fitted transformation, or it was made by a newer version.',
    hint: 'Run the transformation step again with this version.',
  },
  TRANSFORM_INPUT_MISSING: {
    kind: 'invalid-input',
    title: 'Rows lack a column that the transformation reads.',
    hint: 'Give the rows every column that the fitted transformation names under inputs.',
  },
  TRANSFORM_INPUT_TYPE: {
    kind: 'invalid-input',
    title: 'A column, or a value in it, has another type than the transformation was fitted on.',
    hint: 'Convert the column in the query, or fit the transformation again.',
  },
  TRANSFORM_NOTHING_TO_LEARN: {
    kind: 'invalid-input',
    title: 'A transform function has no value in the training part to learn from.',
    hint: 'Leave the feature out, or fill the column with impute(x, 0) or coalesce(x, 0) first.',
  },
  TRANSFORM_TOO_MANY_VALUES: {
    kind: 'resource-exhausted',
    title: 'A column has too many different values to count.',
    hint: 'Use hash(x, buckets), which needs no list of values.',
  },
  TRANSFORM_TOO_MANY_COLUMNS: {
    kind: 'resource-exhausted',
    title: 'A feature would become too many columns.',
    hint: 'Limit it with top= or min_count=, or use vocabulary() or hash(), which make one column.',
  },
  TRANSFORM_DUPLICATE_COLUMN: {
    kind: 'invalid-input',
    title: 'Two features make columns of the same name.',
    hint: 'Rename one of the features.',
  },
  TRANSFORM_OUT_OF_RANGE: {
    kind: 'invalid-input',
    title: 'The values of a column lie too far apart for double arithmetic.',
    hint: 'Limit them with clip(x, low, high) first.',
  },
  TRANSFORM_BAD_SQL: {
    kind: 'invalid-input',
    title: 'The text of sql() cannot be computed from one row.',
    hint: 'Use columns, constants and row-wise functions only: no aggregates, windows, subqueries or volatile functions.',
  },
  TRANSFORM_NEEDS_SQL: {
    kind: 'precondition-failed',
    title: 'The transformation has features with sql(), which DuckDB computes before it is applied.',
    hint: 'Give the rows the prepared columns first, or write the feature without sql().',
  },
} as const satisfies Record<string, CatalogueEntry>;
