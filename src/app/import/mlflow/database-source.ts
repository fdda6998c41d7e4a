/** MLflow's database: read page by page along its keys, without a transaction that would hold up who writes to it. */
import { dirname, join } from 'node:path';
import { type Database, type DatabaseAddress, openDatabase } from '../../../database/index.ts';
import { PlatformError } from '../../../errors/index.ts';
import type { ImportedExperiment } from '../../../tracking/index.ts';
import type { LeaveOut } from '../import-report.ts';
import { readLoggedModels } from './database-logged-models.ts';
import { readModels } from './database-models.ts';
import { readPoints, readRuns } from './database-runs.ts';
import { isKnownSchema, knownSchemas } from './known-schemas.ts';
import type { MlflowSource } from './mlflow-source.ts';
import { lifecycleOf, plainText, type Row, textOf, wholeOf } from './row-values.ts';
import { columnOf, defaultWorkspace, inWorkspace, type SourceDatabase } from './source-database.ts';

/** Tables of things that the import does not know, with what they are. */
const restTables = [
  ['trace_info', 'traces'],
  ['assessments', 'assessments of traces'],
  ['evaluation_datasets', 'evaluation datasets'],
  ['webhooks', 'webhooks'],
  ['scorers', 'scorers'],
  ['secrets', 'secrets'],
  ['endpoints', 'gateway endpoints'],
  ['jobs', 'jobs'],
] as const;

/**
 * Opens a database of MLflow's for reading.
 * @throws PlatformError IMPORT_UNKNOWN_SCHEMA, IMPORT_NO_SOURCE where it is none of MLflow's, DATABASE_UNREACHABLE, DATABASE_CORRUPT
 */
export async function openDatabaseSource(address: DatabaseAddress, leave: LeaveOut): Promise<MlflowSource> {
  const database = await openDatabase({ ...address, access: 'read' });
  try {
    const source = { database, columns: await readColumns(database), leave };
    const revision = await requireKnownSchema(source);
    const home = address.kind === 'sqlite' ? dirname(address.path) : '.';
    return {
      location: database.location,
      form: `MLflow database of schema ${revision}`,
      home,
      usualRoots: [join(home, 'mlartifacts'), join(home, 'mlruns')],
      experiments: () => readExperiments(source),
      runs: (experimentId) => readRuns(source, experimentId),
      points: (run) => readPoints(source, run.runId),
      loggedModels: (experimentId) => readLoggedModels(source, experimentId),
      models: () => readModels(source),
      leaveRest: () => leaveRest(source),
      close: () => database.close(),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function readColumns(database: Database): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const sql =
    database.kind === 'sqlite'
      ? `select m.name as owner, c.name as name from sqlite_schema m, pragma_table_info(m.name) c where m.type = 'table'`
      : `select table_name as owner, column_name as name from information_schema.columns
         where table_schema = current_schema()`;
  const columns = new Map<string, Set<string>>();
  for (const { owner, name } of await database.all<{ owner: string; name: string }>(sql)) {
    const known = columns.get(owner);
    if (known === undefined) columns.set(owner, new Set([name]));
    else known.add(name);
  }
  return columns;
}

async function requireKnownSchema({ database, columns }: SourceDatabase): Promise<string> {
  if (!columns.has('alembic_version') || !columns.has('experiments')) {
    throw new PlatformError('IMPORT_NO_SOURCE', {
      message: `expected a database of MLflow's at ${database.location}, found one without the tables alembic_version and experiments`,
    });
  }
  const rows = await database.all<Row>('select version_num from alembic_version limit 2');
  const revision = plainText(rows[0]?.['version_num']);
  if (rows.length === 1 && isKnownSchema(revision)) return revision;
  throw new PlatformError('IMPORT_UNKNOWN_SCHEMA', {
    message: `expected a schema of ${knownSchemas()} in ${database.location}, found the revision ${JSON.stringify(revision.slice(0, 64))}`,
  });
}

async function* readExperiments(source: SourceDatabase): AsyncGenerator<ImportedExperiment> {
  const { database } = source;
  const of = (name: string): string => columnOf(source, 'experiments', name);
  const rows = await database.all<Row>(`select cast(experiment_id as text) as id, name, artifact_location,
    lifecycle_stage, ${of('creation_time')}, ${of('last_update_time')} from experiments
    where ${inWorkspace(source, 'experiments')} order by experiment_id`);
  for (const row of rows) {
    const id = plainText(row['id']);
    const sql = 'select key, value from experiment_tags where cast(experiment_id as text) = ? order by key';
    const tags = await database.all<Row>(sql, [id]);
    const createdAtMs = wholeOf(row['creation_time']) ?? 0;
    yield {
      ...{ id, name: plainText(row['name']), artifactLocation: textOf(row['artifact_location']) },
      lifecycle: lifecycleOf(row['lifecycle_stage']),
      ...{ createdAtMs, updatedAtMs: wholeOf(row['last_update_time']) ?? createdAtMs },
      tags: tags.map(({ key, value }) => ({ key: plainText(key), value: plainText(value) })),
    };
  }
}

async function leaveRest({ database, columns, leave }: SourceDatabase): Promise<void> {
  for (const [table, what] of restTables) {
    if (!columns.has(table)) continue;
    const { rows } = (await database.first<{ rows: number }>(`select count(*) as rows from ${table}`))!;
    if (rows > 0) leave(`${rows} ${what}`, 'this tracker does not keep such things');
  }
  for (const [table, what] of [
    ['experiments', 'experiments'],
    ['registered_models', 'registered models'],
  ] as const) {
    if (columns.get(table)?.has('workspace') !== true) continue;
    const sql = `select count(*) as rows from ${table} where workspace <> ?`;
    const { rows } = (await database.first<{ rows: number }>(sql, [defaultWorkspace]))!;
    if (rows > 0) leave(`${rows} ${what} of other workspaces`, `only the workspace ${defaultWorkspace} is taken over`);
  }
}
