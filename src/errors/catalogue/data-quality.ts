import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `data-quality/`. */
export const dataQualityCodes = {
  CHECK_INVALID: {
    kind: 'invalid-input',
    title: 'A check cannot be carried out: it cannot be read, or says something that rows cannot answer.',
    hint: 'Write a condition over columns, for example distance between 10 and 6000, or unique(id).',
  },
  KEY_VALUE_INVALID: {
    kind: 'invalid-input',
    title: 'A value of a key is not of the type that is named, or the parts of a key have no shares that add up to 1.',
    hint: 'Give each value with the type of its column, and the parts as the declaration has them.',
  },
  PARTITIONS_UNFIT: {
    kind: 'invalid-input',
    title:
      'A table does not fall into partitions from which checks could be learned: there are too few, too many, or hardly any rows in them.',
    hint: 'Divide by another column or stretch of time, such as --by week(date), or leave --by out: rows are then divided in their order.',
  },
  SCHEMA_INVALID: {
    kind: 'invalid-input',
    title: 'A file is no schema of a dataset.',
    hint: 'Correct what the message names, or make a first schema from the data.',
  },
  STATES_DIFFER: {
    kind: 'invalid-input',
    title: 'The parts of a table have a column with different types.',
    hint: 'Give parts of one table; cast the column to one type where they are written.',
  },
  STATES_UNREADABLE: {
    kind: 'invalid-input',
    title: 'A file holds no kept states of columns.',
    hint: 'Remove the file; the states are made again from the data.',
  },
  WEIGHTS_INVALID: {
    kind: 'invalid-input',
    title: 'A column holds something else than weights.',
    hint: 'Name a column with a finite number of at least 0 in every row.',
  },
} as const satisfies Record<string, CatalogueEntry>;
