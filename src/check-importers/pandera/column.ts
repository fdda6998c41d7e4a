import type { ColumnSchema } from '../../data-quality/index.ts';
import type { MapPart, Part } from '../../originals/index.ts';
import type { Expression } from '../../spec/index.ts';
import { binary, call, column, constant, isPresent, not } from '../expressions.ts';
import { Fields } from '../fields.ts';
import { NotTaken } from '../not-taken.ts';
import type { Statement, Statements } from '../statements.ts';
import { uniqueWithMissing } from '../unique-rows.ts';
import { type PanderaKind, panderaKinds } from './check-kinds.ts';

type TableType = ColumnSchema['type'];

const ofPandas = 'which of the types of pandas it is is not looked at here';

/** Types of pandas as those of a table, with whether something of them is lost. */
const types: readonly (readonly [RegExp, TableType, string?])[] = [
  [/^int64$/, 'int64'],
  [/^Int64$/, 'int64', ofPandas],
  [
    /^[uU]?[iI]nt(?:8|16|32|64)$/,
    'int64',
    'how wide a whole number is, and whether it has a sign, is not looked at here',
  ],
  [/^float64$/, 'float64'],
  [/^Float64$/, 'float64', ofPandas],
  [/^[fF]loat(?:16|32|128)$/, 'float64', 'how wide a number is is not looked at here'],
  [/^bool$/, 'boolean'],
  [/^boolean$/, 'boolean', ofPandas],
  // Pandera takes every type that pandas has for texts for these.
  [/^(?:str|string(?:\[python\])?)$/, 'string'],
  [/^string\[\w+\]$/, 'string', ofPandas],
  [/^date$/, 'date'],
  [/^datetime64\[(?:s|ms|us|ns)\]$/, 'timestamp'],
  [/^datetime64\[(?:s|ms|us|ns), .+\]$/, 'timestamp', 'instants have no zone here'],
];

/** What the schema around a column says of all columns. */
export interface ColumnsAround {
  readonly statements: Statements;
  /** Whether values are converted to the type of their column before anything is asked of them. */
  readonly isCoerced: boolean;
  /** Whether columns that are not there are added. */
  readonly addsMissing: boolean;
}

/** What was read of a column. */
export interface PanderaColumn {
  readonly name: string;
  /** What the schema is to say of it; null where its type is none of a table. */
  readonly schema: ColumnSchema | null;
  readonly isNullable: boolean;
  readonly isRequired: boolean;
}

/** A column while it is read. */
interface ReadingColumn extends PanderaColumn {
  readonly fields: Fields;
  readonly place: string;
  /** What is done there to its values before anything is asked of them. */
  readonly before: readonly string[];
  /** Its values: NaN is missing. */
  readonly x: Expression;
  readonly statements: Statements;
}

/** Reads a column; null where it is none of a table. */
export function readColumn(name: string, part: Part, around: ColumnsAround): PanderaColumn | null {
  const place = `columns.${name}`;
  const found: { fields: Fields | null } = { fields: null };
  around.statements.read({ kind: 'column', place, part }, (statement) => {
    const fields = new Fields(part, 'a column');
    if (fields.isSaid('regex')) throw new NotTaken('its name is a pattern (regex), and a column here has one name');
    column(name);
    found.fields = fields;
    statement.askNothing();
  });
  return found.fields === null ? null : readParts(name, found.fields, around);
}

function readParts(name: string, fields: Fields, around: ColumnsAround): PanderaColumn {
  const { statements } = around;
  const place = `columns.${name}`;
  const isCoerced = (around.isCoerced || fields.isSaid('coerce')) && fields.isSaid('dtype');
  const type = readType(name, fields, { statements, isCoerced });
  const schema: ColumnSchema | null =
    type === null ? null : { type, required: true, nullable: true, nan: type === 'float64' };
  const one: ReadingColumn = {
    ...{ name, fields, place, schema, statements },
    isNullable: fields.isSaid('nullable'),
    isRequired: !fields.part.members.has('required') || fields.isSaid('required'),
    before: [
      ...(isCoerced ? ['values are converted there first (coerce)'] : []),
      ...(fields.isSaid('default') ? ['missing values are filled there first (default)'] : []),
    ],
    x: schema === null || schema.type === 'float64' ? call('nan_as_missing', column(name)) : column(name),
  };
  readPresence(one, around);
  readUnique(one);
  readChecks(one);
  const description = [fields.said('title'), fields.said('description')].filter((text) => text !== null).join(': ');
  leaveOthers(one);
  return schema === null || description === '' ? one : { ...one, schema: { ...schema, description } };
}

function leaveOthers({ fields, place, statements }: ReadingColumn): void {
  fields.skip('name', 'metadata', 'regex', 'coerce', 'default', 'report_duplicates');
  if (!fields.isSaid('drop_invalid_rows')) fields.skip('drop_invalid_rows');
  for (const key of fields.untaken)
    statements.leave(
      { kind: `column.${key}`, place: `${place}.${key}`, part: fields.get(key)! },
      key === 'drop_invalid_rows' ? rowsDropped : 'it is not known here',
    );
}

/** Why `drop_invalid_rows` is left. */
export const rowsDropped = 'rows that fail are left out there; here they fail';

function readType(
  name: string,
  fields: Fields,
  { statements, isCoerced }: { readonly statements: Statements; readonly isCoerced: boolean },
): TableType | null {
  const part = fields.get('dtype');
  if (part === null) return null;
  let found: TableType | null = null;
  const place = `columns.${name}.dtype`;
  statements.read({ kind: 'column.dtype', place, part }, (statement) => {
    const text = fields.needText('dtype');
    const known = types.find(([form]) => form.test(text));
    if (known === undefined)
      throw new NotTaken(`the type ${JSON.stringify(text.slice(0, 60))} is none of a table here`);
    if (known[2] !== undefined) statement.differs(known[2]);
    if (isCoerced) statement.differs('values are converted there (coerce); here they must be of the type');
    // Whole numbers fit into a float64 of a schema.
    else if (text === 'float64')
      statement.ask({ that: binary(call('type_of', column(name)), '==', constant('float64')) });
    statement.set(`columns.${name}.type`, () => undefined);
    found = known[1];
  });
  return found;
}

/** A change of what the schema says; where there is no schema of the column a check says the same. */
function ask(
  { schema, place }: ReadingColumn,
  statement: Statement,
  { set, check }: { readonly set: Partial<ColumnSchema>; readonly check: Expression },
): void {
  if (schema === null) statement.ask({ that: check });
  else for (const key of Object.keys(set)) statement.set(`${place}.${key}`, () => Object.assign(schema, set));
}

function readPresence(one: ReadingColumn, { addsMissing }: ColumnsAround): void {
  const { name, fields, place, schema, statements, isNullable } = one;
  const required = fields.get('required') ?? fields.part;
  statements.read({ kind: 'column.required', place: `${place}.required`, part: required }, (statement) => {
    if (fields.flag('required') ?? true) {
      if (addsMissing) statement.differs('a column that is not there is added there (add_missing_columns)');
      ask(one, statement, { set: { required: true }, check: call('has_columns', constant(name)) });
    } else if (schema === null) statement.askNothing();
    else statement.set(`${place}.required`, () => Object.assign(schema, { required: false }));
  });
  const nullable = fields.get('nullable') ?? fields.part;
  statements.read({ kind: 'column.nullable', place: `${place}.nullable`, part: nullable }, (statement) => {
    fields.flag('nullable');
    if (isNullable) statement.askNothing();
    else askPresent(one, statement);
  });
}

function askPresent(one: ReadingColumn, statement: Statement): void {
  statement.differs(...one.before);
  ask(one, statement, { set: { nullable: false }, check: isPresent(one.x) });
  // Infinities are values there, and to a schema they are with NaN.
  if (one.schema?.type === 'float64') askRows(one, statement, not(call('is_nan', column(one.name))));
}

/** A check of rows, which is broken where the column is not there. */
function askRows({ isRequired }: ReadingColumn, statement: Statement, that: Expression): void {
  if (!isRequired) statement.differs('where the column is not there, its checks are broken here');
  statement.ask({ that });
}

function readUnique(one: ReadingColumn): void {
  const { fields, place, statements, schema, x, isNullable } = one;
  const part = fields.get('unique');
  if (part === null) return;
  statements.read({ kind: 'column.unique', place: `${place}.unique`, part }, (statement) => {
    if (!fields.flag('unique')) {
      statement.askNothing();
      return;
    }
    statement.differs(...one.before);
    // To a schema NaN is a value.
    const isSet = schema !== null && schema.type !== 'float64';
    if (isSet) statement.set(`${place}.unique`, () => Object.assign(schema, { unique: true }));
    const asked = uniqueWithMissing([{ x, mayBeMissing: isNullable }])!;
    for (const { that } of isSet ? asked.slice(1) : asked) askRows(one, statement, that);
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

function readChecks(one: ReadingColumn): void {
  const { fields, place, statements, x } = one;
  const own = panderaKinds.flatMap((kind) => {
    const stats = fields.get(kind.name);
    return stats === null ? [] : [{ name: kind.name, stats, place: `${place}.${kind.name}` }];
  });
  // Some versions write checks beside the type of a column, others in a list, or by name.
  for (const check of [...listedChecks(fields.get('checks'), `${place}.checks`), ...own]) {
    const at = { kind: `check.${check.name}`, place: check.place, part: check.stats };
    statements.read(at, (statement) => {
      const kind = panderaKinds.find((known) => known.name === check.name);
      if (kind === undefined) throw new NotTaken('it is no built-in check that is known here');
      const { stats, options } = splitCheck(check.stats);
      const { severity, ignoresMissing } = readOptions(options, statement);
      statement.differs(...one.before);
      if (!one.isRequired) statement.differs('where the column is not there, its checks are broken here');
      const that = kind.read({ statement, stats, x, ignoresMissing });
      const passes = ignoresMissing || isPassedByMissing(kind, one, statement);
      statement.ask({ that, severity, of: passes ? 'present' : 'all' });
    });
  }
}

/** Types of pandas that have a missing value of their own. */
const withMissing = /^(?:U?Int\d+|Float\d+|boolean)$/;

/** Whether a missing value that is not ignored passes a check. */
function isPassedByMissing({ missing }: PanderaKind, { fields }: ReadingColumn, statement: Statement): boolean {
  if (missing !== 'by type') return missing === 'passes';
  const type = fields.said('dtype');
  // A column that is to be of texts may be of several types.
  if (type === null || /^str/.test(type))
    statement.differs('by the type of pandas a missing value fails or passes there; here it fails');
  return type !== null && withMissing.test(type);
}

const optionNames = [
  ...['check_name', 'ignore_na', 'raise_warning', 'n_failure_cases', 'name', 'title', 'description', 'error'],
];

/** The arguments of a check and its options, which stand under `options` or among the arguments. */
function splitCheck(part: Part): { readonly stats: Part; readonly options: readonly Fields[] } {
  if (part.kind !== 'map') return { stats: part, options: [] };
  const members = [...part.members];
  const some = (isOption: boolean): MapPart => ({
    ...part,
    members: new Map(members.filter(([key]) => key !== 'options' && optionNames.includes(key) === isOption)),
  });
  const nested = part.members.get('options')?.part;
  return {
    stats: some(false),
    options: [new Fields(some(true)), ...(nested === undefined ? [] : [new Fields(nested)])],
  };
}

/** What the options of a check say. */
function readOptions(
  options: readonly Fields[],
  statement: Statement,
): { readonly severity: 'fail' | 'warn'; readonly ignoresMissing: boolean } {
  const said = (key: string): boolean | null =>
    options.map((one) => one.flag(key)).find((flag) => flag !== null) ?? null;
  const severity = said('raise_warning') ? 'warn' : 'fail';
  const ignoresMissing = said('ignore_na') ?? true;
  for (const one of options) {
    one.skip(...optionNames);
    statement.requireAll(one.untaken, 'the option');
  }
  return { severity, ignoresMissing };
}
