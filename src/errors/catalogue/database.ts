import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `database/`: connection, transactions, migrations. */
export const databaseCodes = {
  DATABASE_UNREACHABLE: {
    kind: 'unavailable',
    title: 'The database cannot be opened or does not answer.',
    hint: 'Check the path of the metadata file, or address, user and network of the database server.',
  },
  DATABASE_BUSY: {
    kind: 'unavailable',
    title: 'Other processes kept the database locked for longer than the program waits.',
    hint: 'Run the command again. If it stays, look for a process that hangs while it writes.',
  },
  DATABASE_READ_ONLY: {
    kind: 'permission-denied',
    title: 'The database cannot be written: its file, folder or file system is read-only.',
    hint: 'Check owner and permissions of the metadata file and its folder.',
  },
  DATABASE_FULL: {
    kind: 'resource-exhausted',
    title: 'The disk of the database is full.',
    hint: 'Free some space, then run the command again; finished steps are not repeated.',
  },
  DATABASE_CORRUPT: {
    kind: 'corrupt',
    title: 'The file is no SQLite database, or is damaged.',
    hint: 'Move the file away and put the newest file named *.backup-* beside it in its place.',
  },
  DATABASE_CONSTRAINT: {
    kind: 'conflict',
    title: 'A record contradicts one that is already there.',
    hint: 'Another process may have done the same work. Run the command again.',
  },
  DATABASE_QUERY: {
    kind: 'internal',
    title: 'The database refused a query.',
    hint: 'This is a bug. Run the command again with --verbose and report what it prints.',
  },
  METADATA_NEWER_SCHEMA: {
    kind: 'precondition-failed',
    title: 'The record was written by a newer version of the program.',
    hint: 'Use that version, or a later one. Nothing was changed.',
  },
} as const satisfies Record<string, CatalogueEntry>;
