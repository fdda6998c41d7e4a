import { didYouMean } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';

const shownNames = 20;

/**
 * The table that is meant, of those that a document is about: the one that is named, or the only one.
 * @throws PlatformError CHECKS_IMPORT_TABLE
 */
export function chooseTable<Table extends { readonly name: string }>(
  tables: readonly Table[],
  { table, file }: { readonly table: string | null; readonly file: string },
): Table {
  const names = tables.map(({ name }) => name);
  const [first, second] = tables;
  if (table === null && first !== undefined && second === undefined) return first;
  const found = tables.find(({ name }) => name === table);
  if (found !== undefined) return found;
  const more = names.length > shownNames ? `, … (${names.length})` : '';
  const listed = names.length === 0 ? 'none' : `${names.slice(0, shownNames).join(', ')}${more}`;
  throw new PlatformError('CHECKS_IMPORT_TABLE', {
    message: `expected --table to name one of the tables of ${file} (${listed}), found ${table === null ? 'no --table' : JSON.stringify(table)}`,
    ...(table === null ? {} : didYouMean(table, names)),
  });
}
