import { didYouMean } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { MapPart, Part } from '../originals/index.ts';

const shownNames = 20;

/** Something that a document calls by a name, as a table or a column: what is said of it, and where. */
export interface NamedPart {
  readonly name: string;
  readonly place: string;
  readonly part: MapPart;
}

/** A part with its name; null where it is no mapping with a text as `name`. */
export function namedPart(part: Part, place: string): NamedPart | null {
  const name = part.kind === 'map' ? part.members.get('name')?.part : undefined;
  if (part.kind !== 'map' || name?.kind !== 'scalar' || typeof name.value !== 'string') return null;
  return { name: name.value, place, part };
}

/** The parts of a list that have a name; of what is no list none. */
export function namedParts(part: Part | undefined, place: string): NamedPart[] {
  const items = part?.kind === 'list' ? part.items : [];
  return items.flatMap((item, at) => namedPart(item, `${place}[${at}]`) ?? []);
}

/**
 * The table that is meant, of those that a document is about: the one that is named, or the only one.
 * @throws PlatformError CHECKS_IMPORT_TABLE
 */
export function chooseTable(
  tables: readonly NamedPart[],
  { table, file }: { readonly table: string | null; readonly file: string },
): NamedPart {
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
