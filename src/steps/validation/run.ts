import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  checkConditions,
  type DataSchema,
  type DeclaredCheck,
  divideRows,
  findAnomalies,
  isOwn,
  type OwnMeans,
  ownMeans,
  type RowCondition,
  readSchemaFile,
  rowReasons,
  runChecks,
  schemaConditions,
  type TableStatistics,
  weightOf,
} from '../../data-quality/index.ts';
import { canonicalJson, formatInstant, type JsonValue, parseInstant } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { type TestOutcomes, testResult, testResultPredicateType } from '../../provenance/index.ts';
import { parquetSource, type QueryEngine, quoteIdentifier, quoteLiteral } from '../../tables/index.ts';
import { asOfMs } from './as-of.ts';
import { earlierValues, type HistoryOfPart } from './earlier-values.ts';
import { leakageOfParts } from './find-leakage.ts';
import type { ValidationParams } from './plan.ts';
import type { ValidationReport } from './result.ts';
import { sqlTexts } from './sql-files.ts';

const maximumLines = 20;
/** The schema as it was read, for the question what changed in it since. */
const keptSchema = 'schema.json';
/** The environment of a schema that a run is in, where the schema speaks of it. */
const environmentOfRuns = 'training';
/** What a failed validation keeps of its outputs. */
const keptReport = 'report.json';
const keptRows = 'quarantine.parquet';

interface Work {
  readonly engine: QueryEngine;
  readonly params: ValidationParams;
  readonly schema: DataSchema | null;
  /** The moment that checks ask for; null where none does. */
  readonly asOfMs: number | null;
  readonly historyOf: HistoryOfPart;
  readonly context: StepContext;
  /** By part what its checks of the project's own are carried out with. */
  readonly own: ReadonlyMap<string, OwnMeans>;
}

type PartReport = ValidationReport['parts'][string];
type JsonScalars = NonNullable<PartReport['anomalies'][number]['patch']>['value'];

/**
 * Holds every open part to the declared schema and checks. What is wrong stops the step, is a warning, or takes the rows out,
 * as declared; what no row alone is to blame for stops the step with quarantine too.
 * @throws PlatformError VALIDATION_FAILED, SCHEMA_INVALID
 */
export async function runValidation(context: StepContext): Promise<void> {
  const params = context.params as unknown as ValidationParams;
  const engine = await context.tables();
  const schema = await readDeclaredSchema(params, context);
  const historyOf = await earlierValues(context, params);
  const work: Work = {
    engine,
    params,
    context,
    schema,
    historyOf,
    asOfMs: asOfMs(params, await sqlTexts(params.checks, context.projectRoot)),
    own: await ownOfParts(params, context),
  };
  const statistics = JSON.parse(await readFile(context.inputs['statistics']![0]!.path, 'utf8')) as {
    parts: Record<string, TableStatistics>;
  };
  const parts: ValidationReport['parts'] = {};
  for (const [index, part] of params.parts.entries()) {
    context.progress({ done: index, total: params.parts.length, unit: 'parts' });
    parts[part] = await validatePart(work, part, statistics.parts[part]!);
  }
  if (params.on_failure === 'quarantine') await writeQuarantine(work, parts);
  await conclude(work, { parts, leakage: await leakageOfParts(engine, params, context) });
}

async function conclude(
  { params, context, schema, asOfMs: moment }: Work,
  { parts, leakage }: Pick<ValidationReport, 'parts' | 'leakage'>,
): Promise<void> {
  const leaks = leakage.map(({ message, advice }) => `${message} (${advice})`);
  const wrong = [
    ...whatIsWrong(parts, schema),
    ...(params.leakage?.severity === 'fail' ? leaks.map((line) => ({ line, isOfRows: false })) : []),
  ];
  const verdict = wrong.length === 0 ? 'valid' : 'invalid';
  const asOf = moment === null ? null : formatInstant(moment);
  const report: ValidationReport = { verdict, schema: params.schema, asOf, leakage, parts };
  await writeFile(context.outputs['report']!.path, canonicalJson(report as unknown as JsonValue));
  context.outputs['report']!.setProperties({
    madeFrom: params.parts.map((part) => context.inputs[part]![0]!.digest),
    ...(params.as_of === null ? {} : { at: formatInstant(parseInstant(params.as_of)!) }),
  });
  context.value('verdict', verdict);
  const about = [...params.parts, 'report'];
  context.attest({
    predicateType: testResultPredicateType,
    about,
    predicate: testResult(outcomesOf({ parts, leakage }, params)),
  });
  for (const line of whatToWarnOf(parts)) context.log('warn', line);
  if (params.leakage?.severity === 'warn') for (const line of leaks) context.log('warn', line);
  for (const { line } of wrong) context.log('warn', line);
  const stops = params.on_failure === 'quarantine' ? wrong.filter((one) => !one.isOfRows) : wrong;
  if (params.on_failure === 'warn' || stops.length === 0) return;
  // A step that fails leaves no outputs, and what it found is what is asked for then.
  context.keep(context.outputs['report']!.path, keptReport);
  if (params.on_failure === 'quarantine') context.keep(context.outputs['quarantine']!.path, keptRows);
  const more = stops.length > maximumLines ? `\nand ${stops.length - maximumLines} more` : '';
  throw new PlatformError('VALIDATION_FAILED', {
    message: `the data are not as declared:\n${stops
      .slice(0, maximumLines)
      .map(({ line }) => line)
      .join('\n')}${more}`,
    details: { verdict, wrong: stops.slice(0, maximumLines).map(({ line }) => line) },
  });
}

async function validatePart(work: Work, part: string, statistics: TableStatistics): Promise<PartReport> {
  const { engine, params, schema, context } = work;
  const { signal } = context;
  const source = parquetSource(context.inputs[part]![0]!.path);
  const { fields } = await engine.describe(`SELECT * FROM ${source}`);
  const show = params.key.filter((column) => fields.some((field) => field.name === column));
  const history = work.historyOf(part);
  const asked = { show, signal, history, ...momentOf(work), ...ownOf(work, part) };
  const declared = params.checks.filter(({ on }) => on === null || on.includes(part));
  const checks = await runChecks(engine, source, { checks: declared, ...asked });
  const comparison = { source, statistics, named: quoteIdentifier(part) };
  const anomalies =
    schema === null
      ? []
      : await findAnomalies(engine, { ...comparison, schema, environment: environmentOf(schema) }, { signal });
  return {
    rowCount: statistics.rowCount,
    anomalies: anomalies.map((one) => ({
      ...one,
      measured: one.measured as JsonScalars,
      threshold: one.threshold as JsonScalars,
      examples: [...one.examples],
      patch: one.patch === null ? null : { path: [...one.patch.path], value: one.patch.value as JsonScalars },
    })),
    checks: checks.map(({ judged, ...one }) => ({
      ...one,
      measured: { ...one.measured },
      ...(judged === undefined ? {} : { judged }),
      examples: one.examples.map((row) => ({ ...row })),
    })),
    quarantinedRows: 0,
  };
}

/** A folder for each part, where any check is the project's own. */
async function ownOfParts({ parts, checks }: ValidationParams, context: StepContext): Promise<Map<string, OwnMeans>> {
  const means = new Map<string, OwnMeans>();
  if (!checks.some((check: DeclaredCheck) => isOwn(check))) return means;
  for (const [index, part] of parts.entries()) {
    const folder = join(context.workDir, `own-${index}`);
    await mkdir(folder);
    means.set(part, ownMeans(folder, context));
  }
  return means;
}

function ownOf({ own }: Work, part: string): { readonly own?: OwnMeans } {
  const means = own.get(part);
  return means === undefined ? {} : { own: means };
}

function momentOf({ asOfMs: moment }: Work): { readonly asOfMs?: number } {
  return moment === null ? {} : { asOfMs: moment };
}

function environmentOf({ environments = [] }: DataSchema): string | null {
  return environments.includes(environmentOfRuns) ? environmentOfRuns : null;
}

async function readDeclaredSchema(params: ValidationParams, context: StepContext): Promise<DataSchema | null> {
  if (params.schema === null) return null;
  const text = await readFile(join(context.projectRoot, params.schema), 'utf8').catch((cause) => {
    throw new PlatformError('VALIDATION_FAILED', {
      message: `expected a schema at ${params.schema}, found no file that can be read`,
      hint: 'Correct validation.schema, or take the first schema from analysis: mlspec show latest analysis --output schema',
      cause,
    });
  });
  const schema = readSchemaFile(text, params.schema);
  const path = join(context.workDir, keptSchema);
  await writeFile(path, canonicalJson(schema as unknown as JsonValue));
  context.keep(path);
  return schema;
}

/** Writes each part's clean rows, and all rows that break something with their part and reasons. */
async function writeQuarantine(work: Work, parts: ValidationReport['parts']): Promise<void> {
  const { engine, context, params } = work;
  const { signal } = context;
  const quarantined: string[] = [];
  for (const part of params.parts) {
    const source = parquetSource(context.inputs[part]![0]!.path);
    const divided = divideRows(source, await conditionsOf(work, { part, source, checks: parts[part]!.checks }));
    const output = context.outputs[part]!;
    const { rowCount } = await engine.writeParquet(divided.clean, output.path, { signal });
    if (rowCount === 0)
      throw new PlatformError('VALIDATION_FAILED', { message: `no row of ${part} is as declared; nothing is left` });
    parts[part] = { ...parts[part]!, quarantinedRows: parts[part]!.rowCount - rowCount };
    output.setProperties({ part, rowCount });
    quarantined.push(`SELECT ${quoteLiteral(part)} AS __part, * FROM (${divided.quarantined})`);
  }
  const all = quarantined.join(' UNION ALL BY NAME ');
  const { rowCount } = await engine.writeParquet(all, context.outputs['quarantine']!.path, { signal });
  context.outputs['quarantine']!.setProperties({ rowCount });
  context.value('quarantined', rowCount);
}

/** The conditions that take rows out: those of the schema, and of checks that fail by more than is tolerated. */
async function conditionsOf(
  work: Work,
  { part, source, checks }: { readonly part: string; readonly source: string; readonly checks: PartReport['checks'] },
): Promise<RowCondition[]> {
  const { engine, schema } = work;
  const table = await engine.describe(`SELECT * FROM ${source}`);
  const failing = checks.filter(({ severity, outcome }) => severity === 'fail' && outcome === 'failed');
  return [
    ...(schema === null ? [] : schemaConditions(schema, table, environmentOf(schema))),
    ...checkConditions(failing, { schema: table, ...momentOf(work), ...ownOf(work, part) }),
  ];
}

/** Every check and every schema by its part. What fails is a warning where the declaration lets the run go on. */
function outcomesOf(
  { parts, leakage }: Pick<ValidationReport, 'parts' | 'leakage'>,
  { schema, on_failure, leakage: declared }: ValidationParams,
): TestOutcomes {
  const ofParts = Object.entries(parts).flatMap(([part, { anomalies, checks }]) => [
    ...(schema === null ? [] : [{ name: `${part}: ${schema}`, found: worstOf(anomalies) }]),
    ...checks.map((check) => ({
      name: `${part}: ${check.that}`,
      found: weightOf(check),
    })),
  ]);
  const severity = declared === null ? [] : [declared.severity];
  const ofLeakage = severity.map((found) => ({ name: 'leakage', found: leakage.length === 0 ? 'passed' : found }));
  const tests = [...ofParts, ...ofLeakage];
  const named = (...wanted: string[]): string[] =>
    tests.filter(({ found }) => wanted.includes(found)).map(({ name }) => name);
  const isStopped = on_failure === 'stop';
  return {
    passed: named('passed'),
    warned: isStopped ? named('warn') : named('warn', 'fail'),
    failed: isStopped ? named('fail') : [],
  };
}

function worstOf(anomalies: PartReport['anomalies']): 'passed' | 'warn' | 'fail' {
  if (anomalies.some(({ severity }) => severity === 'fail')) return 'fail';
  return anomalies.length > 0 ? 'warn' : 'passed';
}

interface Wrong {
  readonly line: string;
  /** Whether rows are to blame that can be taken out. */
  readonly isOfRows: boolean;
}

const reasonsOfRows: ReadonlySet<string> = new Set(rowReasons);

/** Of a domain in which only a share of the values must be, no row alone is to blame. */
function isOfRows({ reason, column }: PartReport['anomalies'][number], schema: DataSchema | null): boolean {
  const isShare = column !== null && schema?.columns[column]?.domain_share !== undefined;
  return reasonsOfRows.has(reason) && !(isShare && reason === 'ENUM_TYPE_UNEXPECTED_STRING_VALUES');
}

function whatIsWrong(parts: ValidationReport['parts'], schema: DataSchema | null): Wrong[] {
  return Object.entries(parts).flatMap(([part, found]) => [
    ...found.anomalies
      .filter((anomaly) => anomaly.severity === 'fail')
      .map((anomaly) => ({ line: `${part}: ${anomaly.message}`, isOfRows: isOfRows(anomaly, schema) })),
    ...found.checks
      .filter((check) => weightOf(check) === 'fail')
      .map((check) => ({
        line: lineOf(part, check),
        // Rows fail it, and each of them alone: unique() and checks over the table have nobody to take out.
        isOfRows: check.outcome === 'failed' && check.kind === 'row',
      })),
  ]);
}

function whatToWarnOf(parts: ValidationReport['parts']): string[] {
  return Object.entries(parts).flatMap(([part, found]) => [
    ...found.anomalies.filter(({ severity }) => severity === 'warn').map(({ message }) => `${part}: ${message}`),
    ...found.checks.filter((check) => weightOf(check) === 'warn').map((check) => lineOf(part, check)),
  ]);
}

function lineOf(part: string, check: PartReport['checks'][number]): string {
  const where = check.where === null ? '' : ` where ${check.where}`;
  return `${part}: ${check.that}${where}: ${check.message}`;
}
