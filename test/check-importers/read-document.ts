import { type ImportedChecks, importChecks } from '../../src/check-importers/index.ts';

/** Imports a document of one table, or of the one that is named; whose it is is found out. */
export function readDocument(text: string, table: string | null = null): ImportedChecks {
  return importChecks({ text, file: 'f' }, { from: null, table, nan: 'missing' });
}

/** What is told of the statements that were not taken over as they are: kind, state, line, and why. */
export function toldOf({ statements }: ImportedChecks): readonly unknown[][] {
  return statements
    .filter(({ state }) => state !== 'same')
    .map(({ kind, state, position, says }) => [kind, state, position.line, ...says]);
}
