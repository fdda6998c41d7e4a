import type { DeclaredCheck } from '../../data-quality/index.ts';
import type { Part } from '../../originals/index.ts';
import { describePart } from '../../originals/index.ts';
import { Fields } from '../fields.ts';
import type { CheckImporter, ImportedChecks, ImportOptions, KnownKind } from '../imported.ts';
import { NotTaken } from '../not-taken.ts';
import { readSourceDocument, type SourceDocument, unreadable } from '../source-document.ts';
import { type Statement, Statements, toleranceOf } from '../statements.ts';
import { columnValueKinds } from './column-values.ts';
import type { ExpectationKind } from './expectation.ts';
import { rowConditionOf } from './row-condition.ts';
import { severalColumnKinds } from './several-columns.ts';
import { columnsWithoutNaN, tableValueKinds } from './table-values.ts';

const kinds: readonly ExpectationKind[] = [...columnValueKinds, ...tableValueKinds, ...severalColumnKinds];

/** Expectations that are known and not imported, with why. */
const leftKinds: Readonly<Record<string, string>> = {
  expect_column_values_to_match_strftime_format: 'a check reads dates in ISO form alone',
  expect_column_values_to_be_dateutil_parseable: 'a check reads dates in ISO form alone',
  expect_column_values_to_match_json_schema: 'a check does not look into JSON',
  expect_column_value_z_scores_to_be_less_than: 'a check does not hold a row against values of the whole table',
  expect_column_kl_divergence_to_be_less_than: 'a check has no distribution to compare with; use drift in a schema',
  expect_column_pair_cramers_phi_value_to_be_less_than:
    'the columns are cut into other intervals there than by cramers_v',
  expect_column_bootstrapped_ks_test_p_value_to_be_greater_than: 'it draws at random',
  expect_column_chisquare_test_p_value_to_be_greater_than: 'a check has no distribution to compare with',
  expect_column_parameterized_distribution_ks_test_p_value_to_be_greater_than:
    'a check has no distribution to compare with',
  expect_multicolumn_values_to_be_unique: 'it is another name, which programs read in two ways',
  expect_table_row_count_to_equal_other_table: 'a check does not count the rows of another table',
  expect_query_results_to_match_comparison: 'a check carries no SQL',
  unexpected_rows_expectation: 'a check carries no SQL',
};

const severities: Readonly<Record<string, DeclaredCheck['severity']>> = {
  critical: 'fail',
  warning: 'warn',
  info: 'warn',
};

/** Suites of Great Expectations, of version 1 and before. */
export const greatExpectations: CheckImporter = {
  origin: 'gx',
  title: 'Great Expectations: suite (JSON)',
  kinds: [
    ...kinds.map(({ name, becomes, note = null }): KnownKind => ({ name, becomes, note })),
    ...Object.entries(leftKinds).map(([name, note]): KnownKind => ({ name, becomes: null, note })),
  ],
  recognises: (document) => {
    const list = document.root.members.get('expectations')?.part;
    if (list?.kind !== 'list') return false;
    const hasName = ['expectation_suite_name', 'name', 'meta'].some((key) => document.root.members.has(key));
    const isExpectation = (item: Part): boolean =>
      item.kind === 'map' && (item.members.has('expectation_type') || item.members.has('kwargs'));
    return list.items.length === 0 ? hasName : list.items.some(isExpectation);
  },
  read: (source, options) => readSuite(readSourceDocument(source), options),
};

function readSuite(document: SourceDocument, options: ImportOptions): ImportedChecks {
  const suite = new Fields(document.root);
  const list = suite.get('expectations');
  if (list?.kind !== 'list') {
    const found = list === null ? 'nothing' : describePart(list);
    const position = list === null ? null : document.positionOf(list);
    throw unreadable(document.file, [{ position, message: `expected a list of expectations, found ${found}` }]);
  }
  const statements = new Statements(document.positionOf);
  const withoutNaN = columnsWithoutNaN(list.items.flatMap((item) => (item.kind === 'map' ? [new Fields(item)] : [])));
  for (const [at, part] of list.items.entries()) {
    const place = { kind: kindOf(part), place: `expectations[${at}]`, part };
    statements.read(place, (statement) => readExpectation(part, statement, { ...options, withoutNaN }));
  }
  leaveOthers(suite, statements);
  return { from: 'gx', name: nameOf(suite), checks: statements.checks, schema: null, statements: statements.all };
}

function nameOf(suite: Fields): string | null {
  const name = suite.get('name') ?? suite.get('expectation_suite_name');
  return name?.kind === 'scalar' && typeof name.value === 'string' ? name.value : null;
}

/** What stands beside the expectations and says something about data. */
function leaveOthers(suite: Fields, statements: Statements): void {
  suite.skip('id', 'ge_cloud_id', 'meta', 'notes', 'data_asset_type', 'expectations', 'name', 'expectation_suite_name');
  for (const key of suite.untaken) {
    const { part } = suite.part.members.get(key)!;
    if (part.kind !== 'scalar' && (part.kind === 'list' ? part.items : [...part.members]).length === 0) continue;
    statements.leave({ kind: key, place: key, part }, 'it is no expectation');
  }
}

function kindOf(part: Part): string {
  if (part.kind !== 'map') return 'expectation';
  const type = (part.members.get('type') ?? part.members.get('expectation_type'))?.part;
  return type?.kind === 'scalar' && typeof type.value === 'string' ? type.value : 'expectation';
}

type Around = ImportOptions & { readonly withoutNaN: ReadonlySet<string> };

function readExpectation(part: Part, statement: Statement, { nan, withoutNaN }: Around): void {
  const fields = new Fields(part, 'an expectation');
  const name = fields.text('type') ?? fields.needText('expectation_type');
  if (Object.hasOwn(leftKinds, name)) throw new NotTaken(leftKinds[name]!);
  const kind = kinds.find((one) => one.name === name);
  if (kind === undefined) throw new NotTaken('it is no expectation that is known here');
  const kwargs = fields.fields('kwargs') ?? new Fields({ kind: 'map', members: new Map(), span: part.span });
  refuseParameters(kwargs);
  const expectation = { kwargs, statement, nan, withoutNaN };
  kwargs.skip('result_format', 'catch_exceptions', 'include_config', 'batch_id', 'table');
  const { that, where = null, of = 'present' } = kind.read(expectation);
  const tolerance = kind.asks === 'rows' ? toleranceOf(kwargs.number('mostly')) : 0;
  const condition = rowConditionOf(expectation);
  statement.requireAll(kwargs.untaken, 'the argument');
  const both = [condition, where].filter((one) => one !== null);
  const [first, second] = both;
  statement.ask({
    that,
    of,
    tolerance,
    where: second === undefined ? (first ?? null) : { kind: 'binary', op: 'and', left: first!, right: second, span },
    severity: severityOf(fields, statement),
    why: whyOf(fields),
  });
  fields.skip('id', 'ge_cloud_id', 'rendered_content', 'success_on_last_run', 'expectation_context');
  statement.requireAll(fields.untaken, 'the key');
}

const span = { start: 0, end: 0 };

/** Arguments that are found when the suite runs. @throws NotTaken */
function refuseParameters(kwargs: Fields): void {
  if (kwargs.flag('auto')) throw new NotTaken('its arguments are found from data when it runs (auto)');
  for (const [key, { part }] of kwargs.part.members)
    if (part.kind === 'map' && part.members.has('$PARAMETER'))
      throw new NotTaken(`${key} is a parameter of the run that the suite does not hold`, part);
  kwargs.skip('profiler_config');
}

function severityOf(fields: Fields, statement: Statement): DeclaredCheck['severity'] {
  const word = fields.text('severity') ?? 'critical';
  const severity = Object.hasOwn(severities, word) ? severities[word] : undefined;
  if (severity === undefined) throw new NotTaken(`the severity ${JSON.stringify(word)} is not known here`);
  if (word === 'info') statement.differs('info is a warning here');
  return severity;
}

/** What people wrote about it. */
function whyOf(fields: Fields): string {
  const notes = fields.get('notes') ?? fields.fields('meta')?.get('notes') ?? null;
  return [fields.text('description') ?? '', ...textsOf(notes)].filter((text) => text !== '').join(' ');
}

function textsOf(part: Part | null): string[] {
  if (part === null) return [];
  if (part.kind === 'scalar') return typeof part.value === 'string' ? [part.value] : [];
  if (part.kind === 'list') return part.items.flatMap(textsOf);
  return textsOf(part.members.get('content')?.part ?? null);
}
