import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `tables/`: queries, files of rows, column types. */
export const tablesCodes = {
  TABLE_QUERY_FAILED: {
    kind: 'invalid-input',
    title: 'A query was refused or failed.',
    hint: 'Correct the SQL; the message names the place.',
  },
  TABLE_FILE_UNREADABLE: {
    kind: 'invalid-input',
    title: 'A file of rows cannot be read as what it was declared to be.',
    hint: 'The message names file, line and column; correct the file, its options, or declare on_error: quarantine.',
  },
  TABLE_UNSUPPORTED_TYPE: {
    kind: 'invalid-input',
    title: 'A column has a type that features cannot have (a list, a struct, a blob).',
    hint: 'Leave the column out in the query, or turn it into a number or text there.',
  },
  TABLE_INTEGER_TOO_LARGE: {
    kind: 'invalid-input',
    title: 'A column holds whole numbers beyond ±2^53, which a double cannot hold exactly.',
    hint: 'Turn the column into text in the query: CAST(column AS VARCHAR).',
  },
  TABLE_INFINITE_TIME: {
    kind: 'invalid-input',
    title: 'A column holds infinite dates or times.',
    hint: 'Replace them in the query, for example by NULL: CASE WHEN isfinite(column) THEN column END.',
  },
  TABLE_DUPLICATE_COLUMN: {
    kind: 'invalid-input',
    title: 'A query gives two columns one name.',
    hint: 'Name the columns apart with AS; names that differ in upper and lower case alone count as one.',
  },
  TABLE_FILE_NOT_ALLOWED: {
    kind: 'permission-denied',
    title: 'A query tries to reach a file that is not a declared source.',
    hint: 'Declare the file under ingestion.sources and use it by its name there.',
  },
  TABLE_DISK_FULL: {
    kind: 'resource-exhausted',
    title: 'There is no space left for the rows that a query writes.',
    hint: 'Free space on the disk of the project and of its temporary folder.',
  },
  TABLE_NOT_FOUND: {
    kind: 'not-found',
    title: 'A database has no table or view of the declared name.',
    hint: 'Correct the name; in PostgreSQL write the schema too, for example sales.orders.',
  },
  TABLE_MIXED_COLUMN: {
    kind: 'invalid-input',
    title: 'A column of an SQLite table holds numbers and texts.',
    hint: 'Correct the row that the message names, or read a view that casts the column.',
  },
  TABLE_DATABASE_UNAVAILABLE: {
    kind: 'unavailable',
    title: 'A database that holds a source cannot be reached.',
    hint: 'Look at the address in the secret, at the network, and at the rights of its user.',
  },
  TABLE_NOT_A_QUERY: {
    kind: 'invalid-input',
    title: 'A text that must be one SELECT is something else.',
    hint: 'Write one SELECT; statements that change something are not run.',
  },
  TABLE_OUT_OF_MEMORY: {
    kind: 'resource-exhausted',
    title: 'A query needs more memory than it may use.',
    hint: 'Raise the memory limit (--memory, or that of the step), lower the sample, or free space in the temporary folder.',
  },
  TABLE_ENGINE_ENDED: {
    kind: 'unavailable',
    title: 'The process of the query engine ended by itself, or was killed.',
    hint: 'Where the machine had no memory left give it less with --memory; else read the file with another program first: a defect of the engine may be behind it.',
  },
} as const satisfies Record<string, CatalogueEntry>;
