import type { ColumnSchema, DataSchema } from '../../data-quality/index.ts';
import { call, column, constant } from '../expressions.ts';
import { Fields } from '../fields.ts';
import type { CheckImporter, ImportedChecks, KnownKind } from '../imported.ts';
import { NotTaken } from '../not-taken.ts';
import { readSourceDocument, type SourceDocument, unreadable } from '../source-document.ts';
import { Statements } from '../statements.ts';
import { panderaKinds } from './check-kinds.ts';
import { readColumn } from './column.ts';

const schemaKinds: readonly KnownKind[] = [
  {
    name: 'column.dtype',
    becomes: 'schema: type',
    note: 'of how wide numbers are nothing is asked here, and nothing is converted (coerce)',
  },
  { name: 'column.required', becomes: 'schema: required', note: null },
  { name: 'column.nullable', becomes: 'schema: nullable', note: null },
  {
    name: 'column.unique',
    becomes: 'schema: unique',
    note: 'several missing values are equal there, and here none at all',
  },
  { name: 'schema.strict', becomes: 'schema: additional', note: null },
  {
    name: 'schema.ordered',
    becomes: "column_order('a', 'b')",
    note: 'of a strict schema in which all columns are required',
  },
  { name: 'schema.unique', becomes: 'unique(a, b)', note: 'missing values are equal there, and here none at all' },
  { name: 'column', becomes: null, note: 'a column whose name is a pattern (regex): here a column has one name' },
  { name: 'schema.index', becomes: null, note: 'a table has no index' },
  { name: 'schema.dtype', becomes: null, note: 'say the type of each column' },
  { name: 'schema.checks', becomes: null, note: 'they ask the same of all columns' },
  { name: 'schema.add_missing_columns', becomes: null, note: 'a check adds nothing to data' },
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
  const found: Record<string, ColumnSchema> = {};
  const names: string[] = [];
  for (const [name, { part }] of columns?.members ?? []) {
    const schema = readColumn(name, part, statements);
    names.push(name);
    if (schema !== null) Object.defineProperty(found, name, { value: schema, enumerable: true });
  }
  const schema: DataSchema = { schema: 1, columns: found, additional: 'allow' };
  readWhole(fields, { schema, names, statements });
  const title = fields.get('name') ?? fields.get('title');
  return {
    from: 'pandera',
    name: title?.kind === 'scalar' && typeof title.value === 'string' ? title.value : null,
    checks: statements.checks,
    schema: names.length === 0 ? null : schema,
    statements: statements.all,
  };
}

interface Whole {
  readonly schema: DataSchema;
  readonly names: readonly string[];
  readonly statements: Statements;
}

/** What is said of the whole table. */
function readWhole(fields: Fields, { schema, names, statements }: Whole): void {
  const at = (key: string) => ({ kind: `schema.${key}`, place: key, part: fields.get(key)! });
  if (isSaid(fields, 'strict'))
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
  if (isSaid(fields, 'ordered'))
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
      if (keys.some((key) => schema.columns[key]?.nullable ?? true))
        statement.differs('missing values are equal there, and rows with one are left out here');
      statement.ask({
        that: call('unique', ...keys.map((key) => call('nan_as_missing', column(key)))),
        why: fields.said('description') ?? '',
      });
    });
  leaveOthers(fields, statements);
}

function leaveOthers(fields: Fields, statements: Statements): void {
  fields.skip('schema_type', 'version', 'name', 'title', 'description', 'report_duplicates', 'unique_column_names');
  fields.skip('metadata', 'api', 'dataframe_library', 'columns', 'strict', 'ordered', 'unique');
  if (!isSaid(fields, 'coerce')) fields.skip('coerce');
  if (!isSaid(fields, 'add_missing_columns')) fields.skip('add_missing_columns');
  for (const key of fields.untaken) {
    const part = fields.part.members.get(key)!.part;
    const items = part.kind === 'list' ? part.items : [part];
    const why = schemaKinds.find(({ name }) => name === `schema.${key}`)?.note ?? 'it is not known here';
    for (const item of items) statements.leave({ kind: `schema.${key}`, place: key, part: item }, why);
  }
}

/** Whether something is there and not false. */
function isSaid(fields: Fields, key: string): boolean {
  const part = fields.part.members.get(key)?.part;
  return part !== undefined && !(part.kind === 'scalar' && (part.value === null || part.value === false));
}
