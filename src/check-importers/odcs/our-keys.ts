/**
 * What a schema says and the Open Data Contract Standard has no word for: a custom property `mlspec` of a property or of the table has the
 * keys of the schema file. Other programs leave it aside, as the standard asks.
 */
import { type ColumnSchema, type DataSchema, readSchemaFile } from '../../data-quality/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type MapPart, type Part, plainOf } from '../../originals/index.ts';
import { NotTaken } from '../not-taken.ts';
import type { Statement } from '../statements.ts';

/** The name of the custom property. */
export const ourProperty = 'mlspec';

/** Keys of a column that a custom property can have; the others have words of the standard. */
export const columnKeys = [
  ...['required', 'nullable', 'nan', 'presence', 'min_present', 'domain', 'domain_share', 'min', 'max', 'format'],
  ...['unique', 'distinct', 'drift', 'skew', 'environments', 'stage', 'severity'],
] as const;

/** Those of the table. */
export const tableKeys = ['additional', 'environments', 'severity', 'rows'] as const;

/** What our custom property says, of a list of them; null where it is not there. */
export function ourPart(customProperties: Part | null): MapPart | null {
  for (const item of customProperties?.kind === 'list' ? customProperties.items : []) {
    const [name, value] =
      item.kind === 'map' ? [item.members.get('property')?.part, item.members.get('value')?.part] : [];
    if (name?.kind === 'scalar' && name.value === ourProperty && value?.kind === 'map') return value;
  }
  return null;
}

function givenOf(part: MapPart, known: readonly string[]): Readonly<Record<string, unknown>> {
  const other = [...part.members.keys()].find((key) => !known.includes(key));
  if (other !== undefined) throw new NotTaken(`the key ${JSON.stringify(other.slice(0, 60))} is not known here`, part);
  return plainOf(part) as Readonly<Record<string, unknown>>;
}

function checked(schema: unknown): DataSchema {
  try {
    return readSchemaFile(JSON.stringify(schema), 'the custom property');
  } catch (thrown) {
    if (!(thrown instanceof PlatformError)) throw thrown;
    throw new NotTaken(thrown.message.replaceAll('\n', ' '));
  }
}

/** Reads what is said of a column. @throws NotTaken */
export function readColumnKeys(
  part: MapPart,
  statement: Statement,
  of: { readonly name: string; readonly schema: ColumnSchema | null; readonly environments: readonly string[] },
): void {
  const given = givenOf(part, columnKeys);
  const { name, schema, environments } = of;
  if (schema === null) throw new NotTaken('the property has no type of a table', part);
  const { columns } = checked({ schema: 1, environments, columns: { x: { ...schema, ...given } } });
  for (const key of Object.keys(given))
    statement.set(`columns.${name}.${key}`, () => Object.assign(schema, { [key]: columns['x']![key as 'nan'] }));
}

/** Reads what is said of the table. @throws NotTaken */
export function readTableKeys(part: MapPart, statement: Statement, schema: DataSchema): void {
  const given = givenOf(part, tableKeys);
  const read = checked({ schema: 1, columns: {}, ...given });
  for (const key of Object.keys(given)) statement.set(key, () => Object.assign(schema, { [key]: read[key as 'rows'] }));
}
