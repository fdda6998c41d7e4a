import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by the stages ingestion, splitting, analysis and validation. */
export const stepsDataCodes = {
  INGESTION_SOURCE_MISSING: {
    kind: 'invalid-input',
    title: 'A declared source is not there.',
    hint: 'Correct the path; paths are relative to the folder of the declaration.',
  },
  INGESTION_TOO_MANY_BAD_ROWS: {
    kind: 'invalid-input',
    title: 'More rows of a source cannot be read than quarantine_limit allows.',
    hint: 'Correct the file, its options, or raise quarantine_limit.',
  },
  INGESTION_WRONG_HEADER: {
    kind: 'invalid-input',
    title:
      'The columns of a file are not what they must be: a name is missing, stands twice, or differs from the first file.',
    hint: 'Correct the first line of the file, or join files of different columns with options: {union_by_name: true}.',
  },
  INGESTION_PYTHON_FAILED: {
    kind: 'user-code',
    title: 'The Python function of a source failed, or left no table.',
    hint: 'Call the function by itself; it returns a table, or writes one to the path that it is given.',
  },
  INGESTION_BAD_OPTION: {
    kind: 'invalid-input',
    title: 'An option of a source is not one of its format.',
    hint: 'See the options of the format in the reference of ingestion.',
  },
  INGESTION_AMBIGUOUS_LABEL: {
    kind: 'invalid-input',
    title: 'A source of labels has several for one row.',
    hint: 'Join on a column whose values are unique there, or make them so with a query of your own.',
  },
  INGESTION_NO_ROWS: {
    kind: 'invalid-input',
    title: 'The dataset has no rows.',
    hint: 'Look at the sources and at the conditions of the query.',
  },
  SPLITTING_COLUMN_MISSING: {
    kind: 'invalid-input',
    title: 'A column that the split or the task names is not in the dataset.',
    hint: 'Correct the name, or bring the column in with the query.',
  },
  SPLITTING_TIME_MISSING: {
    kind: 'invalid-input',
    title: 'Rows have no time, and the split is by time.',
    hint: 'Leave the rows out in the query, or give them a time there.',
  },
  SPLITTING_TOO_MANY_STRATA: {
    kind: 'invalid-input',
    title: 'The column of a stratified split has nearly as many values as there are rows.',
    hint: 'Stratify by a category, or by a number that the query puts into bins; else split by: hash.',
  },
  SPLITTING_NO_PART: {
    kind: 'invalid-input',
    title: 'Rows name no part of the split, and a column says which part each belongs to.',
    hint: 'Add the part to splitting.parts, or correct the column or leave the rows out with the query.',
  },
  SPLITTING_KEY_DIVIDED: {
    kind: 'invalid-input',
    title: 'Rows with equal keys have different groups or name different parts, so the split divides them.',
    hint: 'Make task.key finer, or split by a column that all rows of a key share.',
  },
  SPLITTING_EMPTY_PART: {
    kind: 'invalid-input',
    title: 'A part of the split has no rows.',
    hint: 'Use more rows, a larger share, or a smaller gap.',
  },
  SPLITTING_EMPTY_FOLD: {
    kind: 'invalid-input',
    title: 'A fold has no row to hold out, or none to train on.',
    hint: 'Use fewer folds, more rows, or a smaller gap; folds by group or stratified are of even sizes.',
  },
  SPLITTING_OVERLAP: {
    kind: 'internal',
    title: 'A key was found in two parts, or on both sides of a fold.',
    hint: 'This is a bug. Report it with the splitting section.',
  },
  ANALYSIS_COLUMN_MISSING: {
    kind: 'invalid-input',
    title: 'A column that a slice names is not in the dataset, or holds no numbers where edges are given.',
    hint: 'Correct analysis.slices, or bring the column in with the query.',
  },
  ANALYSIS_GROUP_LOST: {
    kind: 'user-code',
    title: 'A step took away more of a group of rows than of the others.',
    hint: 'Look at mlspec show latest inspection --output artifacts/report.json; mend the step, or raise analysis.inspect.most_loss, or write severity: warn.',
  },
  VALIDATION_FAILED: {
    kind: 'user-code',
    title: 'The data are not what the schema and the checks say.',
    hint: 'Look at the report with mlspec show latest validation --output artifacts/report.json; then fix the data or change the schema or the check.',
  },
} as const satisfies Record<string, CatalogueEntry>;
