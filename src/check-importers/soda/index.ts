/** Contracts of Soda, of version 4 (`checks: [{missing: {…}}]`) and of version 3 (`checks: [{type: missing_count, …}]`). */
import type { ColumnSchema, DataSchema } from '../../data-quality/index.ts';
import type { MapPart, Part } from '../../originals/index.ts';
import type { Expression } from '../../spec/index.ts';
import { allOf } from '../expressions.ts';
import { Fields } from '../fields.ts';
import type { CheckImporter, ImportedChecks, KnownKind } from '../imported.ts';
import { NotTaken } from '../not-taken.ts';
import { readSourceDocument, type SourceDocument } from '../source-document.ts';
import { sqlCondition } from '../sql-condition.ts';
import { type Statement, Statements } from '../statements.ts';
import { leftSodaKinds, type SodaCheck, sodaKinds } from './check-kinds.ts';
import { type NamedCheck, namedCheck, typeOfBody } from './named-check.ts';
import { readSchemaCheck, type SodaColumn } from './schema-check.ts';
import { type Threshold, thresholdIn } from './threshold.ts';
import { validityKeys } from './validity.ts';

/** Contracts of Soda. */
export const soda: CheckImporter = {
  origin: 'soda',
  title: 'Soda: contract (YAML), of version 4 and 3',
  kinds: [
    ...Object.entries(sodaKinds).map(([name, { becomes, note = null }]): KnownKind => ({ name, becomes, note })),
    {
      name: 'schema',
      becomes: "schema: type; column_order('a', 'b'), column_set('a', 'b'), has_columns('a', 'b')",
      note: null,
    },
    ...Object.entries(leftSodaKinds).map(([name, { why }]): KnownKind => ({ name, becomes: null, note: why })),
    { name: 'filter', becomes: null, note: 'a filter of the contract that cannot be read leaves all of its checks' },
  ],
  recognises: ({ root }) => {
    const list = (key: string): boolean => root.members.get(key)?.part.kind === 'list';
    return root.members.get('dataset')?.part.kind === 'scalar' && (list('columns') || list('checks'));
  },
  read: (source) => readContract(readSourceDocument(source)),
};

/** What stands at the top of a contract and asks nothing of rows by itself. */
const aboutContracts = [
  ...['dataset', 'description', 'owner', 'name', 'data_source', 'datasource', 'dataset_prefix', 'schema', 'database'],
  ...['check_attributes', 'variables', 'soda_runner', 'soda_agent', 'attributes', 'columns', 'checks'],
];

function readContract(document: SourceDocument): ImportedChecks {
  const contract = new Fields(document.root);
  const statements = new Statements(document.positionOf);
  const columns: Record<string, ColumnSchema> = {};
  const schema: DataSchema = { schema: 1, columns, additional: 'allow' };
  const around: Around = { statements, filter: filterOf(contract), columns: columnsOf(contract, statements), schema };
  const top = contract.get('checks');
  if (isVersion3(contract))
    statements.read({ kind: 'schema', place: 'columns', part: contract.get('columns') ?? document.root }, (statement) =>
      readSchemaCheck(null, statement, around),
    );
  for (const { fields, name, place } of around.columns)
    readChecks(fields.get('checks'), { place: `${place}.checks`, its: fields, column: name, around });
  readChecks(top, { place: 'checks', its: emptyOf(document.root), column: null, around });
  contract.skip(...aboutContracts, 'filter', 'sql_filter', 'filter_sql');
  for (const key of contract.untaken)
    statements.leave({ kind: key, place: key, part: contract.part.members.get(key)!.part }, 'it is not known here');
  const isSaid = Object.keys(columns).length > 0;
  return {
    ...{ from: 'soda', name: contract.said('dataset'), checks: statements.checks },
    ...{ schema: isSaid ? schema : null, statements: statements.all },
  };
}

/** What every check of a contract is read with. */
export interface Around {
  readonly statements: Statements;
  /** What the contract says of which rows it is about. */
  readonly filter: Filter;
  readonly columns: readonly SodaColumn[];
  readonly schema: DataSchema;
}

interface Filter {
  readonly where: Expression | null;
  /** Why the filter cannot be read; then nothing is taken over. */
  readonly why: string | null;
}

function filterOf(contract: Fields): Filter {
  try {
    const sql = contract.text('filter') ?? contract.text('sql_filter') ?? contract.text('filter_sql');
    return { where: sql === null || sql.trim() === '' ? null : sqlCondition(sql), why: null };
  } catch (thrown) {
    if (!(thrown instanceof NotTaken)) throw thrown;
    return { where: null, why: `the filter of the contract is not taken over: ${thrown.message}` };
  }
}

function emptyOf({ span }: Part): Fields {
  return new Fields({ kind: 'map', members: new Map(), span });
}

/** In version 3 columns are always held to what the contract lists, and checks name their type in a key. */
function isVersion3(contract: Fields): boolean {
  const bodies = [contract.part, ...itemsOf(contract.get('columns'))].flatMap((part) =>
    part.kind === 'map' ? itemsOf(part.members.get('checks')?.part ?? null) : [],
  );
  return bodies.some((body) => typeOfBody(body) !== null);
}

function itemsOf(part: Part | null): readonly Part[] {
  return part?.kind === 'list' ? part.items : [];
}

function columnsOf(contract: Fields, statements: Statements): SodaColumn[] {
  const part = contract.get('columns');
  if (part !== null && part.kind !== 'list')
    statements.leave({ kind: 'columns', place: 'columns', part }, 'expected a list of columns');
  return itemsOf(part).flatMap((item, at): SodaColumn[] => {
    const place = `columns[${at}]`;
    const found: SodaColumn[] = [];
    statements.read({ kind: 'column', place, part: item }, (statement) => {
      const fields = new Fields(item, 'a column');
      const name = fields.needText('name');
      fields.skip('description', 'checks', 'attributes', 'data_type', 'optional', 'character_maximum_length');
      fields.skip('owner', 'identity', 'unique', 'primary_key', ...validityKeys);
      statement.requireAll(fields.untaken, 'the key');
      if (refusesVariables(fields, ['name'])) throw new NotTaken(variableText);
      found.push({ name, fields, place });
      statement.askNothing();
    });
    return found;
  });
}

interface CheckPlace {
  readonly place: string;
  readonly its: Fields;
  readonly column: string | null;
  readonly around: Around;
}

function readChecks(part: Part | null, at: CheckPlace): void {
  if (part === null) return;
  const { statements } = at.around;
  if (part.kind !== 'list') {
    statements.leave({ kind: 'checks', place: at.place, part }, 'expected a list of checks');
    return;
  }
  for (const [index, item] of part.items.entries()) {
    const place = `${at.place}[${index}]`;
    const named = namedCheck(item);
    statements.read({ kind: named?.kind ?? 'check', place, part: item }, (statement) => {
      if (named === null)
        throw new NotTaken('expected a mapping whose key is the type of the check, or that has a type');
      readCheck(named, statement, at);
    });
  }
}

const aboutChecks = ['name', 'qualifier', 'attributes', 'name_was', 'type', 'samples_columns', 'contract_check_id'];

function readCheck(
  { kind, body, unit, implied, isVersion3: old, name }: NamedCheck,
  statement: Statement,
  at: CheckPlace,
): void {
  const { around, its, column } = at;
  if (Object.hasOwn(leftSodaKinds, kind)) leftSodaKinds[kind]!.read();
  if (refusesVariables(body, null)) throw new NotTaken(variableText);
  if (kind === 'schema') {
    readSchemaCheck(body, statement, around);
    return;
  }
  if (around.filter.why !== null) throw new NotTaken(around.filter.why);
  const read = Object.hasOwn(sodaKinds, kind) ? sodaKinds[kind]!.read : null;
  if (read === null) throw new NotTaken('it is no check that is known here');
  const [first, second] = implied === null ? thresholdsOf(body, old) : [implied, null];
  const metric = body.fields('threshold')?.text('metric') ?? body.text('metric') ?? unit;
  if (metric !== 'count' && metric !== 'percent')
    throw new NotTaken(`the metric ${JSON.stringify(metric)} is not known here`);
  const check: SodaCheck = {
    ...{ body, its, column, statement, name, unit: metric, threshold: first },
    where: bothOf(around.filter.where, whereOf(body)),
  };
  statement.ask({ ...read(check), why: body.text('name') ?? '' });
  if (second !== null) statement.ask({ ...read({ ...check, threshold: second }), why: body.text('name') ?? '' });
  body.skip(
    ...aboutChecks,
    'threshold',
    'function',
    'columns',
    'column',
    'unit',
    'expression',
    'filter',
    ...validityKeys,
  );
  statement.requireAll(body.untaken, 'the key');
}

/** The threshold, and another one with another level that stands within it. */
function thresholdsOf(body: Fields, isVersion3: boolean): [Threshold | null, Threshold | null] {
  const fields = isVersion3 ? body : body.fields('threshold');
  if (fields === null) return [null, null];
  const [first, more] = [thresholdIn(fields), isVersion3 ? null : fields.fields('additional')];
  const second = more === null ? null : thresholdIn(more);
  if (!isVersion3) {
    fields.skip('metric', 'unit', 'additional');
    if (fields.untaken.length > 0 || (more?.untaken.length ?? 0) > 0)
      throw new NotTaken(
        `the key ${JSON.stringify([...fields.untaken, ...(more?.untaken ?? [])][0])} of the threshold is not known here`,
      );
  }
  return [first, second];
}

function whereOf(body: Fields): Expression | null {
  const sql = body.text('filter') ?? body.text('filter_sql') ?? body.text('filter_sql_expression');
  return sql === null || sql.trim() === '' ? null : sqlCondition(sql);
}

function bothOf(one: Expression | null, other: Expression | null): Expression | null {
  const both = [one, other].filter((each) => each !== null);
  return both.length === 0 ? null : allOf(both);
}

const variableText = 'it has a variable of the run';

/** Whether a text within has a variable that is filled in when the contract runs. */
function refusesVariables(fields: Fields, keys: readonly string[] | null): boolean {
  const members = [...fields.part.members].filter(([key]) => keys === null || keys.includes(key));
  return members.some(([, { part }]) => hasVariable(part));
}

function hasVariable(part: Part): boolean {
  if (part.kind === 'scalar') return typeof part.value === 'string' && /\$\{/.test(part.value);
  const parts: readonly Part[] =
    part.kind === 'list' ? part.items : [...(part as MapPart).members.values()].map((one) => one.part);
  return parts.some(hasVariable);
}
