import type { ColumnSchema } from '../../data-quality/index.ts';
import type { MapPart, Part } from '../../originals/index.ts';
import type { Expression } from '../../spec/index.ts';
import { call, column, constant, isPresent, not } from '../expressions.ts';
import { Fields } from '../fields.ts';
import { NotTaken } from '../not-taken.ts';
import type { Statement, Statements } from '../statements.ts';
import { panderaKinds } from './check-kinds.ts';

type TableType = ColumnSchema['type'];

/** Types of pandas as those of a table, with whether something of them is lost. */
const types: readonly (readonly [RegExp, TableType, string?])[] = [
  [/^[iI]nt64$/, 'int64'],
  [
    /^[uU]?[iI]nt(?:8|16|32|64)$/,
    'int64',
    'how wide a whole number is, and whether it has a sign, is not looked at here',
  ],
  [/^[fF]loat64$/, 'float64'],
  [/^[fF]loat(?:16|32|128)$/, 'float64', 'how wide a number is is not looked at here'],
  [/^bool(?:ean)?$/, 'boolean'],
  [/^(?:str|string(?:\[\w+\])?)$/, 'string'],
  [/^date$/, 'date'],
  [/^datetime64\[(?:s|ms|us|ns)\]$/, 'timestamp'],
  [/^datetime64\[(?:s|ms|us|ns), .+\]$/, 'timestamp', 'instants have no zone here'],
];

/** A column while it is read. */
interface PanderaColumn {
  readonly name: string;
  readonly fields: Fields;
  readonly place: string;
  /** What the schema says of it; null where its type is none of a table. */
  readonly schema: ColumnSchema | null;
  readonly statements: Statements;
}

/** Reads a column; what the schema is to say of it, null where its type is none of a table. */
export function readColumn(name: string, part: Part, statements: Statements): ColumnSchema | null {
  const place = `columns.${name}`;
  const found: { fields: Fields | null } = { fields: null };
  statements.read({ kind: 'column', place, part }, (statement) => {
    const fields = new Fields(part, 'a column');
    if (fields.flag('regex')) throw new NotTaken('its name is a pattern (regex), and a column here has one name');
    column(name);
    found.fields = fields;
    statement.askNothing();
  });
  return found.fields === null ? null : readParts(name, found.fields, { place, statements });
}

function readParts(
  name: string,
  fields: Fields,
  { place, statements }: { readonly place: string; readonly statements: Statements },
): ColumnSchema | null {
  const type = readType(fields, place, statements);
  const schema: ColumnSchema | null =
    type === null ? null : { type, required: true, nullable: true, nan: type === 'float64' };
  const one: PanderaColumn = { name, fields, place, schema, statements };
  readPresence(one);
  readUnique(one);
  readChecks(one);
  const description = [fields.said('title'), fields.said('description')].filter((text) => text !== null).join(': ');
  fields.skip('name', 'metadata', 'regex');
  for (const key of fields.untaken)
    statements.leave(
      { kind: `column.${key}`, place: `${place}.${key}`, part: fields.get(key)! },
      'it is not known here',
    );
  return schema === null || description === '' ? schema : { ...schema, description };
}

function readType(fields: Fields, place: string, statements: Statements): TableType | null {
  const part = fields.get('dtype');
  if (part === null) return null;
  let found: TableType | null = null;
  statements.read({ kind: 'column.dtype', place: `${place}.dtype`, part }, (statement) => {
    const text = fields.needText('dtype');
    const known = types.find(([form]) => form.test(text));
    if (known === undefined)
      throw new NotTaken(`the type ${JSON.stringify(text.slice(0, 60))} is none of a table here`);
    if (known[2] !== undefined) statement.differs(known[2]);
    if (fields.flag('coerce')) statement.differs('values are converted there (coerce); here they must be of the type');
    statement.set(`${place}.type`, () => undefined);
    found = known[1];
  });
  fields.skip('coerce');
  return found;
}

/** A change of what the schema says; `where` there is no schema of the column a check says the same. */
function ask(
  { schema, place }: PanderaColumn,
  statement: Statement,
  { set, check }: { readonly set: Partial<ColumnSchema>; readonly check: Expression },
): void {
  if (schema === null) statement.ask({ that: check });
  else for (const key of Object.keys(set)) statement.set(`${place}.${key}`, () => Object.assign(schema, set));
}

function readPresence(one: PanderaColumn): void {
  const { name, fields, place, schema, statements } = one;
  const required = fields.get('required') ?? fields.part;
  statements.read({ kind: 'column.required', place: `${place}.required`, part: required }, (statement) => {
    const isRequired = fields.flag('required') ?? true;
    if (isRequired) ask(one, statement, { set: { required: true }, check: call('has_columns', constant(name)) });
    else if (schema === null) statement.differs('where the column is not there, its checks are broken here');
    else statement.set(`${place}.required`, () => Object.assign(schema, { required: false }));
  });
  const nullable = fields.get('nullable') ?? fields.part;
  statements.read({ kind: 'column.nullable', place: `${place}.nullable`, part: nullable }, (statement) => {
    const isNullable = fields.flag('nullable') ?? false;
    if (isNullable) statement.askNothing();
    else askPresent(one, statement);
  });
}

function askPresent(one: PanderaColumn, statement: Statement): void {
  const x = column(one.name);
  ask(one, statement, { set: { nullable: false }, check: isPresent(call('nan_as_missing', x)) });
  // Infinities are values there, and to a schema they are with NaN.
  if (one.schema?.type === 'float64') statement.ask({ that: not(call('is_nan', x)) });
}

function readUnique(one: PanderaColumn): void {
  const { name, fields, place, statements } = one;
  const part = fields.get('unique');
  if (part === null) return;
  statements.read({ kind: 'column.unique', place: `${place}.unique`, part }, (statement) => {
    if (!fields.flag('unique')) {
      statement.askNothing();
      return;
    }
    if (fields.flag('nullable')) statement.differs('several missing values are equal there, and here none at all');
    ask(one, statement, { set: { unique: true }, check: call('unique', call('nan_as_missing', column(name))) });
  });
}

/** Checks as they are listed, or by name as older versions write them. */
function listedChecks(part: Part | null, place: string): readonly { name: string; stats: Part; place: string }[] {
  if (part === null) return [];
  if (part.kind === 'map')
    return [...part.members].map(([name, member]) => ({ name, stats: member.part, place: `${place}.${name}` }));
  if (part.kind !== 'list') return [{ name: 'checks', stats: part, place }];
  return part.items.map((item, at) => ({ name: nameIn(item), stats: item, place: `${place}[${at}]` }));
}

function nameIn(part: Part): string {
  const options = part.kind === 'map' ? part.members.get('options')?.part : undefined;
  const name = options?.kind === 'map' ? options.members.get('check_name')?.part : undefined;
  return name?.kind === 'scalar' && typeof name.value === 'string' ? name.value : 'check';
}

function readChecks({ name, fields, place, schema, statements }: PanderaColumn): void {
  const mayBeNaN = schema === null || schema.type === 'float64';
  const x = mayBeNaN ? call('nan_as_missing', column(name)) : column(name);
  const own = panderaKinds.flatMap((kind) => {
    const stats = fields.get(kind.name);
    return stats === null ? [] : [{ name: kind.name, stats, place: `${place}.${kind.name}` }];
  });
  // Some versions write checks beside the type of a column, others in a list, or by name.
  for (const check of [...listedChecks(fields.get('checks'), `${place}.checks`), ...own]) {
    const at = { kind: `check.${check.name}`, place: check.place, part: check.stats };
    statements.read(at, (statement) => {
      const kind = panderaKinds.find((one) => one.name === check.name);
      if (kind === undefined) throw new NotTaken('it is no built-in check that is known here');
      const that = kind.read({ statement, stats: check.stats, x });
      statement.ask({ that, ...optionsOf(check.stats, statement) });
    });
  }
}

/** What the options of a check say. */
function optionsOf(
  stats: Part,
  statement: Statement,
): { readonly severity: 'fail' | 'warn'; readonly of: 'present' | 'all' } {
  const part: MapPart | null = stats.kind === 'map' ? stats : null;
  const options = part === null ? null : new Fields(part).fields('options');
  if (options === null) return { severity: 'fail', of: 'present' };
  options.skip('check_name', 'n_failure_cases', 'name', 'title', 'description', 'error');
  const severity = options.flag('raise_warning') ? 'warn' : 'fail';
  const of = (options.flag('ignore_na') ?? true) ? 'present' : 'all';
  statement.requireAll(options.untaken, 'the option');
  return { severity, of };
}
