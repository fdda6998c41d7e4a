import type { ColumnSchema, DataSchema } from '../../data-quality/index.ts';
import { call, column, constant } from '../expressions.ts';
import { Fields } from '../fields.ts';
import type { CheckImporter, ImportedChecks, KnownKind } from '../imported.ts';
import { NotTaken } from '../not-taken.ts';
import { readSourceDocument, type SourceDocument, unreadable } from '../source-document.ts';
import { type Statement, Statements } from '../statements.ts';
import { uniqueWithMissing } from '../unique-rows.ts';
import { panderaKinds } from './check-kinds.ts';
import { type PanderaColumn, readColumn, rowsDropped } from './column.ts';

const schemaKinds: readonly KnownKind[] = [
  {
    name: 'column.dtype',
    becomes: 'schema: type',
    note: 'a column without any value is of every type here; types of pandas that one type of a table holds are not told apart; nothing is converted (coerce)',
  },
  { name: 'column.required', becomes: 'schema: required', note: null },
  { name: 'column.nullable', becomes: 'schema: nullable', note: null },
  { name: 'column.unique', becomes: 'schema: unique; unique(x) and count(x is null) <= 1', note: null },
  { name: 'schema.strict', becomes: 'schema: additional', note: null },
  {
    name: 'schema.ordered',
    becomes: "column_order('a', 'b')",
    note: 'of a strict schema in which all columns are required; it fails here where columns are missing or not known, and they alone fail there',
  },
  {
    name: 'schema.unique',
    becomes: 'unique(a, b), and where values may be missing unique(a) where b is null',
    note: null,
  },
  { name: 'column', becomes: null, note: 'a column whose name is a pattern (regex): here a column has one name' },
  { name: 'schema.index', becomes: null, note: 'a table has no index' },
  { name: 'schema.dtype', becomes: null, note: 'say the type of each column' },
  { name: 'schema.checks', becomes: null, note: 'they ask the same of all columns' },
  { name: 'schema.add_missing_columns', becomes: null, note: 'a check adds nothing to data' },
  { name: 'schema.drop_invalid_rows', becomes: null, note: rowsDropped },
];

/** Schemas of Pandera, as its `to_yaml` and `to_json` write them. */
export const pandera: CheckImporter = {
  origin: 'pandera',
  title: 'Pandera: schema of a data frame (YAML, JSON)',
  kinds: [
    ...panderaKinds.map(({ name, becomes }): KnownKind => ({ name: `check.${name}`, becomes, note: null })),
    ...schemaKinds,
  ],
  recognises: ({ root }) => root.members.get('schema_type')?.part.kind === 'scalar' && root.members.has('columns'),
  read: (source) => readSchema(readSourceDocument(source)),
};

function readSchema(document: SourceDocument): ImportedChecks {
  const fields = new Fields(document.root);
  const columns = fields.get('columns');
  if (columns !== null && columns.kind !== 'map') {
    const position = document.positionOf(columns);
    throw unreadable(document.file, [{ position, message: 'expected columns by name' }]);
  }
  const statements = new Statements(document.positionOf);
  const around = { statements, isCoerced: fields.isSaid('coerce'), addsMissing: fields.isSaid('add_missing_columns') };
  const members = [...(columns?.members ?? [])];
  const read = members.flatMap(([name, { part }]) => readColumn(name, part, around) ?? []);
  const found: Record<string, ColumnSchema> = {};
  for (const { name, schema } of read)
    if (schema !== null) Object.defineProperty(found, name, { value: schema, enumerable: true });
  const schema: DataSchema = { schema: 1, columns: found, additional: 'allow' };
  readWhole(fields, { schema, names: members.map(([name]) => name), columns: read, statements });
  const title = fields.get('name') ?? fields.get('title');
  return {
    from: 'pandera',
    name: title?.kind === 'scalar' && typeof title.value === 'string' ? title.value : null,
    checks: statements.checks,
    schema: members.length === 0 ? null : schema,
    statements: statements.all,
  };
}

interface Whole {
  readonly schema: DataSchema;
  /** Of all columns, also of those that are not read. */
  readonly names: readonly string[];
  readonly columns: readonly PanderaColumn[];
  readonly statements: Statements;
}

/** What is said of the whole table. */
function readWhole(fields: Fields, { schema, names, columns, statements }: Whole): void {
  const at = (key: string) => ({ kind: `schema.${key}`, place: key, part: fields.get(key)! });
  if (fields.isSaid('strict'))
    statements.read(at('strict'), (statement) => {
      const part = fields.get('strict')!;
      // Columns that it filters out fail nothing.
      const isFilter = part.kind === 'scalar' && part.value === 'filter';
      if (isFilter || !fields.flag('strict')) {
        statement.askNothing();
        return;
      }
      const known = Object.keys(schema.columns);
      if (known.length < names.length)
        throw new NotTaken('some columns have no type that the schema could hold them to');
      statement.set('additional', () => Object.assign(schema, { additional: 'refuse' }));
    });
  if (fields.isSaid('ordered'))
    statements.read(at('ordered'), (statement) => {
      const isWhole = schema.additional === 'refuse' && Object.values(schema.columns).every(({ required }) => required);
      if (!fields.flag('ordered')) return;
      if (!isWhole)
        throw new NotTaken('the order is of columns of which some may be missing, or others be between them');
      statement.ask({ that: call('column_order', ...names.map(constant)) });
    });
  if (fields.get('unique') !== null)
    statements.read(at('unique'), (statement) => {
      const part = fields.get('unique')!;
      const keys = part.kind === 'scalar' ? [fields.needText('unique')] : (fields.texts('unique') ?? []);
      if (keys.length === 0) throw new NotTaken('it names no columns');
      askUnique(keys, columns, statement);
    });
  leaveOthers(fields, statements);
}

/** No two rows are equal in these columns; a missing value is equal to another one there. */
function askUnique(keys: readonly string[], columns: readonly PanderaColumn[], statement: Statement): void {
  const known = keys.map((key) => columns.find(({ name }) => name === key));
  if (!known.every((one) => one?.isRequired))
    statement.differs('a column that is not there is left out there, and makes the check a broken one here');
  const parts = keys.map((key, at) => ({
    x: call('nan_as_missing', column(key)),
    mayBeMissing: known[at]?.isNullable ?? true,
  }));
  const asked = uniqueWithMissing(parts);
  if (asked === null) statement.differs('missing values are equal there, and rows with one are left out here');
  for (const one of asked ?? [{ that: call('unique', ...parts.map(({ x }) => x)) }]) statement.ask(one);
}

function leaveOthers(fields: Fields, statements: Statements): void {
  fields.skip('schema_type', 'version', 'name', 'title', 'description', 'report_duplicates', 'unique_column_names');
  fields.skip('metadata', 'api', 'dataframe_library', 'columns', 'strict', 'ordered', 'unique');
  // What it says is told of each column.
  fields.skip('coerce');
  for (const key of ['add_missing_columns', 'drop_invalid_rows']) if (!fields.isSaid(key)) fields.skip(key);
  for (const key of fields.untaken) {
    const part = fields.part.members.get(key)!.part;
    const items = part.kind === 'list' ? part.items : [part];
    const why = schemaKinds.find(({ name }) => name === `schema.${key}`)?.note ?? 'it is not known here';
    for (const item of items) statements.leave({ kind: `schema.${key}`, place: key, part: item }, why);
  }
}
