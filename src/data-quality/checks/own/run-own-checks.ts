/**
 * Checks of the project's own: SQL for one value, SQL for the rows that fail, and functions over batches of rows. Each is carried out alone,
 * so that what it does wrong breaks it and no other. What they find goes the way of the built-in ones: the same results, and for
 * single rows the places of those that fail, which take them out.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { canonicalJson, type JsonValue } from '../../../encoding/index.ts';
import { PlatformError } from '../../../errors/index.ts';
import { checkLabel, sqlFile } from '../../../spec/index.ts';
import {
  type CallCode,
  type CodeAnswer,
  type Field,
  parquetSource,
  type QueryEngine,
  type QueryOptions,
  type TableSchema,
} from '../../../tables/index.ts';
import type { OtherTable } from '../check-compiler.ts';
import { brokenResult, type FoundOfCheck, notCanceled, resultFrom } from '../check-result.ts';
import { compileCondition } from '../compile-check.ts';
import type { CheckResult, CheckTerms, OwnCheck, OwnCode } from '../declared-check.ts';
import { maximumExampleColumns, maximumExamples, plainRow, shownColumn } from '../example-rows.ts';
import { keepFailingOfMask } from './failing-places.ts';
import { queryFailing } from './failing-query.ts';
import { GivenRows, placeColumn, placeSql } from './given-rows.ts';
import { judgeValue, type OneValue, sqlValue } from './one-value.ts';
import { inSqlRoom, type RoomOptions } from './sql-room.ts';

/** What checks of the project's own on one table are carried out with, and where they leave which rows fail. */
export interface OwnMeans {
  /** An empty folder for this table alone, kept as long as rows are taken out. */
  readonly folder: string;
  /** Where the files of SQL that checks name are. */
  readonly projectRoot: string;
  /** Carries functions of the project out; null where there is no project. */
  readonly callCode: CallCode | null;
  /** Files with the places of failing rows, by `ownKey` of the check. Filled here. */
  readonly failing: Map<string, string>;
}

/** Means that carry nothing yet. */
export function ownMeans(
  folder: string,
  { projectRoot, callCode }: Pick<OwnMeans, 'projectRoot' | 'callCode'>,
): OwnMeans {
  return { folder, projectRoot, callCode, failing: new Map() };
}

/** By what a check of the project's own is known, as declared and as a result. */
export function ownKey({ own, where, of }: Pick<CheckTerms, 'where' | 'of'> & { readonly own: OwnCode }): string {
  return canonicalJson({ own, where, of } as unknown as JsonValue);
}

/** How such checks are carried out. */
export interface OwnOptions extends QueryOptions {
  readonly checks: readonly OwnCheck[];
  readonly schema: TableSchema;
  readonly show?: readonly string[];
  readonly asOfMs?: number;
  readonly tables?: ReadonlyMap<string, OtherTable>;
  readonly own?: OwnMeans;
}

interface Work {
  readonly engine: QueryEngine;
  readonly options: OwnOptions;
  readonly means: OwnMeans;
  readonly given: GivenRows;
  /** The folder of this check alone. */
  readonly folder: string;
}

/**
 * Carries them out on a source (a table or a query in parentheses), one after the other.
 * @throws PlatformError CANCELED
 */
export async function runOwnChecks(engine: QueryEngine, source: string, options: OwnOptions): Promise<CheckResult[]> {
  const { checks, own: means, schema, signal } = options;
  if (checks.length === 0) return [];
  const results: CheckResult[] = [];
  const query = signal === undefined ? {} : { signal };
  const given =
    means === undefined
      ? null
      : new GivenRows(engine, source, { ...query, folder: means.folder, fields: schema.fields });
  for (const [at, check] of checks.entries()) {
    const found =
      means === undefined || given === null
        ? Promise.reject(invalid("checks of the project's own are not carried out here"))
        : find(check, { engine, options, means, given, folder: join(means.folder, `check-${at}`) });
    results.push(
      await found.then((one) => resultFrom(check, one)).catch((thrown) => brokenResult(check, told(check, thrown))),
    );
  }
  return results;
}

/** Names the check that is broken, where the error does not yet. */
function told(check: OwnCheck, thrown: unknown): PlatformError {
  const error = notCanceled(thrown);
  if (error.message.startsWith('the check ') || error.message.startsWith('the condition ')) return error;
  return invalid(`the check ${JSON.stringify(checkLabel(check))} cannot be carried out: ${error.message}`);
}

async function find(check: OwnCheck, work: Work): Promise<FoundOfCheck> {
  const { options, folder } = work;
  const { schema, asOfMs, tables } = options;
  await mkdir(folder, { recursive: true });
  const context = { schema, ...(asOfMs === undefined ? {} : { asOfMs }), ...(tables === undefined ? {} : { tables }) };
  const where = check.where === null ? null : compileCondition(check.where, context);
  const { kind } = check.own;
  if (kind === 'sql') return await ofValue(check, { ...work, where }, await valueOfSql(check, { ...work, where }));
  if (kind === 'failing') return await ofQuery(check, { ...work, where });
  return await ofFunction(check, { ...work, where });
}

type Restricted = Work & { readonly where: string | null };

async function valueOfSql(check: OwnCheck, work: Restricted): Promise<OneValue> {
  return await inSqlRoom(await sqlOf(check, work), await roomOf(check, work), (room) => sqlValue(room));
}

async function ofQuery(check: OwnCheck, work: Restricted): Promise<FoundOfCheck> {
  const { engine, options, folder } = work;
  const path = join(folder, 'failing.parquet');
  const { fields } = options.schema;
  const asking = { engine, path, fields, show: options.show ?? [] };
  const found = await inSqlRoom(await sqlOf(check, work), await roomOf(check, work), (room) =>
    queryFailing(room, asking),
  );
  keep(check, path, work);
  const { examples, ...counts } = found;
  return { kind: 'row', counts: { ...counts, missingCount: 0 }, measured: {}, examples };
}

/** The SQL itself, or that of the file that is named in its place. */
async function sqlOf({ own }: OwnCheck, { means }: Work): Promise<string> {
  const text = 'sql' in own ? own.sql : '';
  const file = sqlFile(text);
  if (file === null) return text;
  return await readFile(resolve(means.projectRoot, file), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const found = cause.code === 'ENOENT' ? 'nothing' : cause.code === 'EISDIR' ? 'a folder' : cause.message;
    throw invalid(`expected its SQL in the file ${file}, found ${found}`);
  });
}

async function roomOf({ own }: OwnCheck, { given, options, folder, where }: Restricted): Promise<RoomOptions> {
  const { tables = new Map<string, OtherTable>(), asOfMs, signal } = options;
  const others = new Map<string, string>();
  for (const [name, table] of tables) others.set(name, await given.other(name, table));
  const { timeoutMs, memoryBytes } = own;
  return {
    rows: await given.taken(where),
    others,
    folder: join(folder, 'room'),
    ...(asOfMs === undefined ? {} : { asOfMs }),
    timeoutMs,
    memoryBytes,
    ...(signal === undefined ? {} : { signal }),
  };
}

async function ofFunction(check: OwnCheck, work: Restricted): Promise<FoundOfCheck> {
  const { engine, options, given, folder, where } = work;
  const rows = await given.taken(where);
  const answer = await call(check, { ...work, rows });
  if (answer.kind === 'failed') throw invalid(answer.message);
  if (answer.kind === 'value') return await ofValue(check, work, answer.value);
  const path = join(folder, 'failing.parquet');
  const counts = await keepFailingOfMask(engine, { check, rows, mask: answer.path, path }, queryOf(options));
  keep(check, path, work);
  const examples = counts.failingCount === 0 ? [] : await exampleRows(engine, { rows, failing: path }, options);
  return { kind: 'row', counts, measured: {}, examples };
}

async function call(
  check: OwnCheck,
  { means, folder, options, rows }: Work & { readonly rows: string },
): Promise<CodeAnswer> {
  const { timeoutMs, memoryBytes, ...code } = check.own;
  if (code.kind === 'sql' || code.kind === 'failing') throw new Error('SQL is no function');
  if (means.callCode === null) throw invalid('functions of a project are not called here');
  const gives = check.that === null ? 'mask' : 'value';
  return await means.callCode(
    { code, rows, hidden: [placeColumn], gives, folder, timeoutMs, memoryBytes },
    options.signal,
  );
}

/** Of failing rows the key and the first columns: which of them the function looked at is not known. */
async function exampleRows(
  engine: QueryEngine,
  { rows, failing }: { readonly rows: string; readonly failing: string },
  options: OwnOptions,
): Promise<CheckResult['examples']> {
  const { schema, show = [] } = options;
  const isShown = ({ name }: Field): boolean => show.includes(name);
  const others = schema.fields.filter((field) => !isShown(field) && !field.name.startsWith('__'));
  const columns = [...schema.fields.filter(isShown), ...others].slice(0, maximumExampleColumns).map(shownColumn);
  const found = await engine.rows(
    `SELECT ${columns.join(', ')} FROM ${parquetSource(rows)} WHERE ${placeSql} IN (SELECT ${placeSql} FROM ${parquetSource(failing)}) ORDER BY ${placeSql} LIMIT ${maximumExamples}`,
    queryOf(options),
  );
  return found.map(plainRow);
}

async function ofValue(
  check: OwnCheck,
  { engine, given, options, where }: Restricted,
  value: OneValue,
): Promise<FoundOfCheck> {
  const rows = await given.taken(where);
  const [row] = await engine.rows(`SELECT count(*) AS n FROM ${parquetSource(rows)}`, queryOf(options));
  const { asOfMs } = options;
  const judging = { ...queryOf(options), rowCount: Number(row!['n']), ...(asOfMs === undefined ? {} : { asOfMs }) };
  return { kind: 'table', ...(await judgeValue(engine, { check, value }, judging)), examples: [] };
}

function queryOf({ signal }: OwnOptions): QueryOptions {
  return signal === undefined ? {} : { signal };
}

function keep(check: OwnCheck, path: string, { means }: Work): void {
  means.failing.set(ownKey(check), path);
}

function invalid(message: string): PlatformError {
  return new PlatformError('CHECK_INVALID', { message });
}
