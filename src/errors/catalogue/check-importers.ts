import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `check-importers/`. */
export const checkImportersCodes = {
  CHECKS_IMPORT_TABLE: {
    kind: 'invalid-input',
    title: 'A document of checks is about several tables, or not about the one that was named.',
    hint: 'Name one of its tables with --table.',
  },
  CHECKS_IMPORT_UNKNOWN: {
    kind: 'invalid-input',
    title: 'It is not known whose checks a document holds.',
    hint: 'Say whose they are with --from, or give a suite, schema or contract that mlspec data import can read.',
  },
  CHECKS_IMPORT_UNREADABLE: {
    kind: 'invalid-input',
    title: 'A document of checks of another program cannot be read.',
    hint: 'Correct the places that the message names.',
  },
} as const satisfies Record<string, CatalogueEntry>;
