import type { Tolerance } from '../../data-quality/index.ts';
import type { MapPart, Part } from '../../originals/index.ts';
import type { Expression } from '../../spec/index.ts';
import { chooseTable, type NamedPart, namedPart, namedParts } from '../choose-table.ts';
import { Fields } from '../fields.ts';
import type { CheckImporter, ImportedChecks, ImportOptions, KnownKind } from '../imported.ts';
import { NotTaken } from '../not-taken.ts';
import { readSourceDocument, type SourceDocument } from '../source-document.ts';
import { sqlCondition } from '../sql-condition.ts';
import { type Statement, Statements } from '../statements.ts';
import { dbtKinds, leftDbtTests } from './test-kinds.ts';

const sections = ['models', 'seeds', 'snapshots', 'sources'] as const;

const leftKinds: readonly KnownKind[] = [
  { name: 'relationships', becomes: null, note: 'it needs the rows of another table; the reason says what to write' },
];

/** Properties of dbt: the tests of a model, a seed, a snapshot or a table of a source. */
export const dbt: CheckImporter = {
  origin: 'dbt',
  title: 'dbt: properties with data tests (YAML)',
  kinds: [...dbtKinds.map(({ name, becomes, note = null }): KnownKind => ({ name, becomes, note })), ...leftKinds],
  recognises: ({ root }) =>
    sections.some((section) => {
      const part = root.members.get(section)?.part;
      return part?.kind === 'list' && part.items.every((item) => item.kind === 'map' && item.members.has('name'));
    }),
  read: (source, options) => readProperties(readSourceDocument(source), options),
};

function readProperties(document: SourceDocument, options: ImportOptions): ImportedChecks {
  const table = chooseTable(tablesOf(document), { table: options.table, file: document.file });
  const statements = new Statements(document.positionOf);
  const { part, place, name } = table;
  for (const key of ['tests', 'data_tests'])
    readTests(part.members.get(key)?.part ?? null, { place: `${place}.${key}`, column: null, statements });
  const columns = part.members.get('columns')?.part;
  for (const [at, item] of (columns?.kind === 'list' ? columns.items : []).entries()) {
    const itsPlace = `${place}.columns[${at}]`;
    const its = namedPart(item, itsPlace);
    if (its === null) statements.leave({ kind: 'column', place: itsPlace, part: item }, 'it has no name');
    else
      for (const key of ['tests', 'data_tests'])
        readTests(its.part.members.get(key)?.part ?? null, {
          place: `${itsPlace}.${key}`,
          column: its.name,
          statements,
        });
  }
  leaveOthers(part, { place, statements });
  return { from: 'dbt', name, checks: statements.checks, schema: null, statements: statements.all };
}

/** What else asks something of data. */
function leaveOthers(part: MapPart, at: { readonly place: string; readonly statements: Statements }): void {
  for (const [key, why] of Object.entries({
    constraints: 'a constraint is asked of the database, not of rows',
    freshness: 'it asks when the table was loaded',
  })) {
    const found = part.members.get(key)?.part;
    if (found !== undefined) at.statements.leave({ kind: key, place: `${at.place}.${key}`, part: found }, why);
  }
}

function tablesOf({ root }: SourceDocument): NamedPart[] {
  return sections.flatMap((section) => {
    const part = root.members.get(section)?.part;
    if (section !== 'sources') return namedParts(part, section);
    const items = part?.kind === 'list' ? part.items : [];
    return items.flatMap((item, at) =>
      item.kind === 'map' ? namedParts(item.members.get('tables')?.part, `${section}[${at}].tables`) : [],
    );
  });
}

interface TestPlace {
  readonly place: string;
  readonly column: string | null;
  readonly statements: Statements;
}

function readTests(part: Part | null, { place, column, statements }: TestPlace): void {
  if (part === null || (part.kind === 'scalar' && part.value === null)) return;
  if (part.kind !== 'list') {
    statements.leave({ kind: 'tests', place, part }, 'expected a list of tests');
    return;
  }
  for (const [at, item] of part.items.entries()) {
    const { name, args } = namedTest(item);
    statements.read({ kind: name, place: `${place}[${at}]`, part: item }, (statement) =>
      readTest(statement, { name, args, column, part: item }),
    );
  }
}

/** `unique`, `{accepted_values: {…}}`, or `{name: …, test_name: accepted_values, …}`. */
function namedTest(part: Part): { readonly name: string; readonly args: Part | null } {
  if (part.kind === 'scalar') return { name: typeof part.value === 'string' ? part.value : 'test', args: null };
  if (part.kind === 'list') return { name: 'test', args: null };
  const word = part.members.get('test_name')?.part;
  if (word?.kind === 'scalar' && typeof word.value === 'string') return { name: word.value, args: part };
  const [name = 'test', member] = [...part.members][0] ?? [];
  return { name, args: part.members.size === 1 ? (member?.part ?? null) : part };
}

interface NamedTest {
  readonly name: string;
  readonly args: Part | null;
  readonly column: string | null;
  readonly part: Part;
}

function readTest(statement: Statement, { name, args, column, part }: NamedTest): void {
  const none: Part = { kind: 'map', members: new Map(), span: part.span };
  const top = new Fields(args === null || args.kind === 'scalar' ? none : args, 'the arguments of a test');
  const nested = top.fields('arguments');
  const given = nested ?? top;
  const left = Object.hasOwn(leftDbtTests, name) ? leftDbtTests[name] : undefined;
  left?.({ args: given, statement, column });
  const kind = dbtKinds.find((one) => one.name === name);
  if (kind === undefined) throw new NotTaken('it is no test that is known here');
  const { that, of = 'present' } = kind.read({ args: given, statement, column });
  const said = configOf(top, kind.counts);
  top.skip('name', 'test_name', 'arguments', 'description', 'tags', 'meta');
  statement.requireAll([...top.untaken, ...(nested?.untaken ?? [])], 'the argument');
  if (said.tolerance !== 0 && said.severity === 'fail')
    statement.differs('so few failures that they are no error are a warning there, and pass here');
  statement.ask({ that, of, ...said });
}

interface Said {
  readonly where: Expression | null;
  readonly severity: 'fail' | 'warn';
  readonly tolerance: Tolerance;
  readonly why: string;
}

/** What `config` says, or the test itself, as older versions write it. */
function configOf(top: Fields, counts: 'rows' | 'other'): Said {
  const config = top.fields('config');
  const texts = (key: string): string | null => config?.text(key) ?? top.text(key);
  const severity = (texts('severity') ?? 'error').toLowerCase();
  if (severity !== 'error' && severity !== 'warn')
    throw new NotTaken(`the severity ${JSON.stringify(severity)} is not known`);
  if (config?.flag('enabled') === false) throw new NotTaken('it is switched off (enabled: false)');
  const where = texts('where');
  if ((texts('fail_calc') ?? 'count(*)') !== 'count(*)')
    throw new NotTaken('it counts failures in its own way (fail_calc)');
  if ((config?.number('limit') ?? top.number('limit')) !== null)
    throw new NotTaken('it looks at some of the failures (limit)');
  const allowed = allowedOf(severity === 'warn' ? texts('warn_if') : texts('error_if'), counts);
  // Where more of them make an error a few are a warning at most, which one check cannot say too.
  if (severity === 'error') top.skip('warn_if');
  config?.skip(
    'warn_if',
    'error_if',
    'store_failures',
    'store_failures_as',
    'tags',
    'meta',
    'schema',
    'alias',
    'database',
    'enabled',
    'group',
  );
  top.skip('store_failures', 'store_failures_as', 'schema', 'alias', 'database');
  const [untaken] = config?.untaken ?? [];
  if (untaken !== undefined) throw new NotTaken(`config has ${JSON.stringify(untaken)}, which is not known here`);
  const asked = where === null ? null : sqlCondition(where);
  return {
    where: asked,
    severity: severity === 'warn' ? 'warn' : 'fail',
    tolerance: allowed,
    why: top.text('description') ?? '',
  };
}

/** How many failures there may be. */
function allowedOf(condition: string | null, counts: 'rows' | 'other'): Tolerance {
  const text = (condition ?? '!=0').replace(/\s+/g, '');
  if (/^(?:!=0|>0|<>0|>=1)$/.test(text)) return 0;
  const found = /^(>=?)(\d{1,15})$/.exec(text);
  if (found === null) throw new NotTaken(`the limit of failures ${JSON.stringify(condition)} is not read`);
  if (counts !== 'rows') throw new NotTaken('its limit is one of values that fail, and here rows are counted');
  const rows = Number(found[2]) - (found[1] === '>=' ? 1 : 0);
  return { rows };
}
