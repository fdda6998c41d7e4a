import { resolve } from 'node:path';
import {
  type Anomaly,
  type CheckResult,
  checkConditions,
  type DataSchema,
  divideRows,
  type OtherTable,
  type OwnMeans,
  runChecks,
  schemaConditions,
} from '../../data-quality/index.ts';
import { formatInstant, now, parseInstant } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { QueryEngine } from '../../tables/index.ts';
import type { Config } from '../config.ts';
import { isFailing, keepMeasured, openTableHistory, type TableHistory } from './file-history.ts';
import { type CheckedTable, holdToSchema, type SchemaDemands } from './hold-to-schema.ts';
import { openChecks } from './open-checks.ts';
import { openOwn } from './open-own.ts';
import { openSchema } from './open-schema.ts';
import { openTable } from './open-table.ts';
import { type TableWork, withTables } from './with-tables.ts';

/** A table that is held to a schema file, to checks, or to both. */
export interface FileCheck extends SchemaDemands, TableWork {
  /** A CSV, JSON or Parquet file, or one SELECT. */
  readonly path: string;
  readonly schemaPath: string | null;
  readonly checksPath: string | null;
  /** The moment that `now()` stands for in checks, a date or an instant; null: that of the file of checks, else the clock's. */
  readonly asOf: string | null;
  /** The Parquet file to which rows that break something are written, with the reasons. */
  readonly quarantine: string | null;
  /** Where functions of the project are started; without it a check that is one is broken. */
  readonly config?: Config;
  /** The file of what was measured before, to which what is measured now is appended; null: none. Goes with checks. */
  readonly history: string | null;
  /** Under which name the table stands there; null: that of the file of checks. */
  readonly dataset: string | null;
}

/** What a schema does not allow of a table, and what came of checks. */
export interface CheckedFile {
  readonly rowCount: number;
  /** Those that are left after the accepted ones were allowed. */
  readonly anomalies: readonly Anomaly[];
  readonly accepted: readonly Anomaly[];
  readonly checks: readonly CheckResult[];
  /** The moment that `now()` stood for; null without checks. */
  readonly asOf: string | null;
  /** Rows that were written to the quarantine; null where none was asked for. */
  readonly quarantinedRows: number | null;
  /** Numbers of the lines of the history that cannot be read. */
  readonly damagedLines: readonly number[];
  /** Columns of types that are not looked at, such as lists. */
  readonly unreadable: readonly string[];
}

/**
 * Holds a table to a schema file, to checks, or to both. What is accepted is changed in the schema file, of which everything else stays as it
 * is, and the table is held to the changed one.
 * @throws PlatformError SCHEMA_NO_FILE, SCHEMA_INVALID, CHECKS_NO_FILE, CHECKS_INVALID, HISTORY_INVALID, CANCELED, as `openTable`; CONFIG_BAD_VALUE before
 *   anything is written where the schema has no such environment, or an accepted id is that of no anomaly, or of one that no change of the
 *   schema allows
 */
export async function checkFile(asked: FileCheck): Promise<CheckedFile> {
  const { schemaPath, checksPath } = asked;
  const held = {
    asked,
    schema: schemaPath === null ? null : { path: schemaPath, ...(await openSchema(schemaPath)) },
    declared: checksPath === null ? null : await openChecks(checksPath),
  };
  const atMs = momentOf(asked.asOf ?? held.declared?.asOf ?? null);
  const { declared } = held;
  const signal = asked.signal === undefined ? {} : { signal: asked.signal };
  const own = await openOwn(asked.config ?? null, { declared, checksPath, ...signal });
  try {
    const means = own === null ? {} : { own: own.means };
    return await withTables(asked, (engine) => checkIn(engine, { ...held, ...means, atMs }));
  } finally {
    await own?.close();
  }
}

interface HeldTo {
  readonly asked: FileCheck;
  readonly schema: Parameters<typeof holdToSchema>[1] | null;
  readonly declared: Awaited<ReturnType<typeof openChecks>> | null;
  readonly atMs: number;
  readonly own?: OwnMeans;
}

async function checkIn(engine: QueryEngine, { asked, schema, declared, atMs, own }: HeldTo): Promise<CheckedFile> {
  const { path, quarantine, environment, signal } = asked;
  const table = await openTable(engine, path, 'data');
  const work: CheckedTable = { engine, table, options: signal === undefined ? {} : { signal } };
  const past = await historyOf(asked, atMs);
  const found = schema === null ? null : await holdToSchema(work, schema, asked);
  const tables = await openOthers(engine, declared?.tables ?? new Map());
  const means = { ...(past === null ? {} : { history: past.history }), ...(own === undefined ? {} : { own }) };
  const asking = { tables, asOfMs: atMs, ...means };
  const checks = await runChecks(engine, table.source, {
    ...work.options,
    ...asking,
    checks: declared?.checks ?? [],
  });
  const rowCount = found?.rowCount ?? (await countRows(work));
  const broken = { ...asking, schema: found?.schema ?? null, environment, checks };
  const quarantinedRows = quarantine === null ? null : await writeBroken(work, quarantine, broken);
  if (past !== null) await keepMeasured(past, checks, outcomeOf(checks, found?.anomalies ?? []));
  return {
    rowCount,
    anomalies: found?.anomalies ?? [],
    accepted: found?.accepted ?? [],
    checks,
    asOf: declared === null ? null : formatInstant(atMs),
    quarantinedRows,
    damagedLines: past?.read.damaged ?? [],
    unreadable: table.unreadable,
  };
}

function outcomeOf(checks: readonly CheckResult[], anomalies: readonly Anomaly[]): 'passed' | 'failed' {
  const fails = isFailing(checks) || anomalies.some(({ severity }) => severity === 'fail');
  return fails ? 'failed' : 'passed';
}

/** What was measured before, where somebody keeps it. */
async function historyOf(
  { path, checksPath, history, dataset }: FileCheck,
  atMs: number,
): Promise<TableHistory | null> {
  if (history === null || checksPath === null) return null;
  return await openTableHistory({ path: history, table: path, dataset, checksPath, atMs });
}

async function openOthers(engine: QueryEngine, files: ReadonlyMap<string, string>): Promise<Map<string, OtherTable>> {
  const tables = new Map<string, OtherTable>();
  for (const [name, file] of files) {
    const { source } = await openTable(engine, file, `other_${tables.size}`);
    tables.set(name, { source, schema: await engine.describe(`SELECT * FROM ${source}`) });
  }
  return tables;
}

function momentOf(asOf: string | null): number {
  const atMs = asOf === null ? now() : parseInstant(asOf);
  if (atMs !== null) return atMs;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected --as-of to be a date or an instant such as 2026-11-01 or 2026-11-01T06:00:00Z, found ${JSON.stringify(asOf?.slice(0, 100))}`,
  });
}

async function countRows({ engine, table, options }: CheckedTable): Promise<number> {
  const [row] = await engine.rows(`SELECT count(*) AS n FROM ${table.source}`, options);
  return Number(row!['n']);
}

interface Broken {
  readonly schema: DataSchema | null;
  readonly environment: string | null;
  readonly checks: readonly CheckResult[];
  readonly asOfMs: number;
  readonly tables: ReadonlyMap<string, OtherTable>;
  readonly own?: OwnMeans;
}

/** Writes the rows that break the schema or a check that fails, with the reasons of each, and counts them. */
async function writeBroken({ engine, table, options }: CheckedTable, path: string, of: Broken): Promise<number> {
  const schema = await engine.describe(`SELECT * FROM ${table.source}`);
  const failing = of.checks.filter(({ severity, outcome }) => severity === 'fail' && outcome === 'failed');
  const conditions = [
    ...(of.schema === null ? [] : schemaConditions(of.schema, schema, of.environment)),
    ...checkConditions(failing, {
      schema,
      asOfMs: of.asOfMs,
      tables: of.tables,
      ...(of.own === undefined ? {} : { own: of.own }),
    }),
  ];
  const { quarantined } = divideRows(table.source, conditions);
  return (await engine.writeParquet(quarantined, resolve(path), options)).rowCount;
}
