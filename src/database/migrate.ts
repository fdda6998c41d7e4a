import { now } from '../encoding/index.ts';
import { assert, PlatformError } from '../errors/index.ts';
import type { Database, Session } from './database.ts';

/** One step of a schema. Its statements never change once released. */
export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly version: number;
  readonly statements: readonly MigrationStatement[];
}

/** Text that both databases understand, or one for each. */
export type MigrationStatement = string | Readonly<Record<Database['kind'], string>>;

/** The tables of one module. */
export interface SchemaOwner {
  /** Name of the module: versions are kept for each. */
  readonly component: string;
  readonly migrations: readonly Migration[];
}

const versionTable = `create table if not exists mlspec_schema (
  component text primary key, version bigint not null, applied_at_ms bigint not null)`;

/**
 * Brings the tables of a module to the newest version, in one transaction; what is there is backed up first. Two
 * processes may do it at once. A database that is up to date costs one query.
 * @throws PlatformError METADATA_NEWER_SCHEMA where the database is ahead of this program; nothing is changed then
 */
export async function migrate(database: Database, owner: SchemaOwner): Promise<void> {
  owner.migrations.forEach((migration, index) => {
    assert(migration.version === index + 1, `migrations of ${owner.component} are numbered 1, 2, 3 …`);
  });
  const newest = owner.migrations.length;
  const found = await readVersion(database, owner, database);
  if (found === newest) return;
  if (found > 0) await database.backup(`${owner.component}-v${found}`);
  await database.transaction(async (session) => {
    if (database.kind === 'postgres') await session.run('lock table mlspec_schema in exclusive mode');
    const current = await readVersion(session, owner, database);
    for (const migration of owner.migrations.slice(current)) {
      for (const statement of migration.statements) {
        await session.run(typeof statement === 'string' ? statement : statement[database.kind]);
      }
    }
    if (current === newest) return;
    await session.run('delete from mlspec_schema where component = ?', [owner.component]);
    await session.run('insert into mlspec_schema (component, version, applied_at_ms) values (?, ?, ?)', [
      owner.component,
      newest,
      now(),
    ]);
  });
}

async function readVersion(session: Session, owner: SchemaOwner, database: Database): Promise<number> {
  const version = await currentVersion(session, owner, database.kind);
  const newest = owner.migrations.length;
  if (version > newest) {
    throw new PlatformError('METADATA_NEWER_SCHEMA', {
      message: `expected tables of ${owner.component} of version ${newest} or older in ${database.location}, found version ${version}`,
      details: { component: owner.component, found: version, newest },
    });
  }
  return version;
}

async function currentVersion(session: Session, owner: SchemaOwner, kind: Database['kind']): Promise<number> {
  if (!(await hasVersionTable(session, kind))) {
    await session.run(versionTable).catch((error: unknown) => {
      // Two processes that make the table at once: PostgreSQL lets one of them fail on its own catalogue.
      if (!(error instanceof PlatformError && error.code === 'DATABASE_CONSTRAINT')) throw error;
    });
  }
  const row = await session.first<{ version: number }>('select version from mlspec_schema where component = ?', [
    owner.component,
  ]);
  return row?.version ?? 0;
}

/** The version of every module's tables in a database, by the name of the module; none where there are no tables. */
export async function schemaVersions(session: Session, kind: Database['kind']): Promise<ReadonlyMap<string, number>> {
  if (!(await hasVersionTable(session, kind))) return new Map();
  const sql = 'select component, version from mlspec_schema order by component';
  const rows = await session.all<{ component: string; version: number }>(sql);
  return new Map(rows.map(({ component, version }) => [component, version]));
}

async function hasVersionTable(session: Session, kind: Database['kind']): Promise<boolean> {
  const exists =
    kind === 'sqlite'
      ? "select name from sqlite_master where type = 'table' and name = 'mlspec_schema'"
      : "select to_regclass('mlspec_schema')::text as name";
  return (await session.first<{ name: string | null }>(exists))?.name != null;
}
