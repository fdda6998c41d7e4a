import type { ColumnSchema, DataSchema } from '../../data-quality/index.ts';
import type { MapPart, Part } from '../../originals/index.ts';
import { chooseTable, type NamedPart, namedParts } from '../choose-table.ts';
import { call, column } from '../expressions.ts';
import type { CheckImporter, ImportedChecks, ImportOptions, KnownKind } from '../imported.ts';
import { readSourceDocument, type SourceDocument, unreadable } from '../source-document.ts';
import { Statements } from '../statements.ts';
import { ourPart, readTableKeys, tableKeys } from './our-keys.ts';
import { type KeyPart, propertyParts, readProperty } from './property.ts';
import { leftQuality, qualityMetrics, readQuality } from './quality.ts';

const known = (prefix: string, kinds: typeof propertyParts): KnownKind[] =>
  Object.entries(kinds).map(([name, { becomes, note }]) => ({ name: `${prefix}.${name}`, becomes, note }));

/** Contracts of the Open Data Contract Standard, version 3. */
export const odcs: CheckImporter = {
  origin: 'odcs',
  title: 'Open Data Contract Standard 3: contract (YAML)',
  kinds: [
    ...known('property', propertyParts),
    ...known('quality', qualityMetrics),
    {
      name: 'schema.mlspec',
      becomes: `schema: ${tableKeys.join(', ')}`,
      note: 'a custom property that mlspec data export wrote',
    },
    ...leftQuality.map(([name, note]): KnownKind => ({ name: `quality.${name}`, becomes: null, note })),
    { name: 'property.items', becomes: null, note: 'values within values are no column of a table' },
    { name: 'property.properties', becomes: null, note: 'values within values are no column of a table' },
    { name: 'property.relationships', becomes: null, note: 'it needs the rows of another table' },
    { name: 'relationships', becomes: null, note: 'it needs the rows of another table' },
    { name: 'slaProperties', becomes: null, note: 'it is promised of the delivery, not of rows' },
  ],
  recognises: ({ root }) => {
    const kind = root.members.get('kind')?.part;
    return kind?.kind === 'scalar' && kind.value === 'DataContract';
  },
  read: (source, options) => readContract(readSourceDocument(source), options),
};

function readContract(document: SourceDocument, options: ImportOptions): ImportedChecks {
  const { name, place, part } = chooseTable(tablesOf(document), { table: options.table, file: document.file });
  const statements = new Statements(document.positionOf);
  const columns: Record<string, ColumnSchema> = {};
  const schema: DataSchema = { schema: 1, columns, additional: 'allow' };
  const ours = ourPart(part.members.get('customProperties')?.part ?? null);
  if (ours !== null)
    statements.read({ kind: 'schema.mlspec', place: `${place}.customProperties`, part: ours }, (statement) =>
      readTableKeys(ours, statement, schema),
    );
  const environments = schema.environments ?? [];
  const keys: KeyPart[] = [];
  const properties = part.members.get('properties')?.part;
  if (properties !== undefined && properties.kind !== 'list')
    statements.leave({ kind: 'properties', place: `${place}.properties`, part: properties }, 'expected a list');
  for (const [at, item] of (properties?.kind === 'list' ? properties.items : []).entries()) {
    const found = readProperty(item, { place: `${place}.properties[${at}]`, statements, environments });
    if (found?.schema) Object.defineProperty(columns, found.name, { value: found.schema, enumerable: true });
    if (found?.key) keys.push(found.key);
  }
  readKey(keys, place, statements);
  readQuality(part.members.get('quality')?.part ?? null, { place: `${place}.quality`, column: null, statements });
  leaveOthers(document.root, part, { place, statements });
  const isSaid = Object.keys(columns).length > 0 || ours !== null;
  return { from: 'odcs', name, checks: statements.checks, schema: isSaid ? schema : null, statements: statements.all };
}

function readKey(keys: readonly KeyPart[], place: string, statements: Statements): void {
  const [first] = keys;
  if (first === undefined) return;
  const ordered = keys.toSorted((a, b) => a.position - b.position);
  statements.read({ kind: 'property.primaryKey', place: `${place}.primaryKey`, part: first.part }, (statement) =>
    statement.ask({ that: call('primary_key', ...ordered.map(({ name }) => column(name))) }),
  );
}

function leaveOthers(
  root: MapPart,
  table: MapPart,
  at: { readonly place: string; readonly statements: Statements },
): void {
  const leave = (part: Part | undefined, kind: string, place: string, why: string): void => {
    if (part?.kind === 'list')
      for (const [index, item] of part.items.entries())
        at.statements.leave({ kind, place: `${place}[${index}]`, part: item }, why);
  };
  const relationships = table.members.get('relationships')?.part;
  leave(relationships, 'relationships', `${at.place}.relationships`, 'it needs the rows of another table');
  leave(
    root.members.get('slaProperties')?.part,
    'slaProperties',
    'slaProperties',
    'it is promised of the delivery, not of rows',
  );
}

function tablesOf({ root, file, positionOf }: SourceDocument): NamedPart[] {
  const part = root.members.get('schema')?.part;
  if (part !== undefined && part.kind !== 'list')
    throw unreadable(file, [{ position: positionOf(part), message: 'expected a list as schema' }]);
  return namedParts(part, 'schema');
}
