import { type Database, migrate, type SchemaOwner, type Session, type SqlValue } from '../database/index.ts';
import { canonicalJson, type Digest, type JsonObject, now } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { ModelRegistry, ModelVersion, NewVersion, RegisteredModel, Registration } from './model-registry.ts';
import { deriveVersion, formatVersion, parseVersionPrefix } from './version.ts';

const schema: SchemaOwner = {
  component: 'registry',
  migrations: [
    {
      version: 1,
      statements: [
        `create table registered_models (
          name text primary key, description text not null, created_at_ms bigint not null,
          updated_at_ms bigint not null)`,
        `create table model_versions (
          model text not null references registered_models (name), ordinal bigint not null, major bigint not null,
          minor bigint not null, pipeline bigint not null, package_digest text not null, artifact_id text not null,
          run_id text not null, signature text not null, properties text not null, created_at_ms bigint not null,
          primary key (model, ordinal), unique (model, major, minor, pipeline), unique (model, package_digest))`,
        'create index model_versions_by_package on model_versions (package_digest)',
        `create table model_aliases (
          model text not null references registered_models (name), alias text not null, ordinal bigint not null,
          updated_at_ms bigint not null, primary key (model, alias))`,
      ],
    },
  ],
};

const highestFirst = 'order by major desc, minor desc, pipeline desc';
const versionColumns = [
  'model',
  'ordinal',
  'major',
  'minor',
  'pipeline',
  'package_digest',
  'artifact_id',
  'run_id',
  'signature',
  'properties',
  'created_at_ms',
];

type Row = Readonly<Record<string, SqlValue>>;

/**
 * The registry in a database, whose tables are made or brought up to date first.
 * @throws PlatformError METADATA_NEWER_SCHEMA
 */
export async function openRegistry(database: Database): Promise<ModelRegistry> {
  await migrate(database, schema);
  const resolveModel = async (name: string, selector = 'latest'): Promise<ModelVersion> =>
    (await find(database, name, selector)) ?? (await explainAbsence(database, name, selector));
  return {
    resolveModel,
    findModel: (name, selector = 'latest') => find(database, name, selector),
    registerVersion: (version) => database.transaction((session) => register(session, version)),
    versionsOfPackage: (digest) => versionsWhere(database, `package_digest = ? order by model`, [digest]),
    listVersions: (name) => versionsWhere(database, `model = ? ${highestFirst}`, [name]),
    listModels: async () => {
      const rows = await database.all<Row>('select * from registered_models order by name');
      return rows.map(readModel);
    },
    describeModel: async (name, description) => {
      const sql = 'update registered_models set description = ?, updated_at_ms = ? where name = ?';
      if ((await database.run(sql, [description, now(), name])) === 0) throw modelUnknown(name);
    },
    setAlias: async (name, alias, selector) => {
      checkAlias(alias);
      const { ordinal } = await resolveModel(name, selector);
      await database.transaction((session) => pointAlias(session, { name, alias, ordinal }));
      return await resolveModel(name, alias);
    },
    removeAlias: async (name, alias) =>
      (await database.run('delete from model_aliases where model = ? and alias = ?', [name, alias])) === 1,
    packageDigests: async () => {
      const rows = await database.all<{ package_digest: Digest }>('select package_digest from model_versions');
      return new Set(rows.map((row) => row.package_digest));
    },
  };
}

async function register(session: Session, version: NewVersion): Promise<Registration> {
  checkName(version.model);
  const { model } = version;
  const modelColumns = ['name', 'description', 'created_at_ms', 'updated_at_ms'];
  const target = { table: 'registered_models', columns: modelColumns };
  await session.insert(target, [[model, '', now(), now()]], { onConflict: 'nothing' });
  // Changing the model's row lets others who register the same model wait until this transaction has ended.
  await session.run('update registered_models set updated_at_ms = updated_at_ms where name = ?', [model]);
  const [same] = await versionsWhere(session, 'model = ? and package_digest = ?', [model, version.packageDigest]);
  if (same !== undefined) return { version: same, isNew: false };
  const [latest = null] = await versionsWhere(session, `model = ? ${highestFirst} limit 1`, [model]);
  const number = deriveVersion(latest?.number ?? null, version.compare(latest));
  const ordinal = (latest?.ordinal ?? 0) + 1;
  const row = [
    model,
    ordinal,
    number.major,
    number.minor,
    number.pipeline,
    version.packageDigest,
    version.artifactId,
    version.runId,
    canonicalJson(version.signature),
    canonicalJson(version.properties ?? {}),
    now(),
  ];
  await session.insert({ table: 'model_versions', columns: versionColumns }, [row]);
  await session.run('update registered_models set updated_at_ms = ? where name = ?', [now(), model]);
  const [made] = await versionsWhere(session, 'model = ? and ordinal = ?', [model, ordinal]);
  return { version: made!, isNew: true };
}

async function pointAlias(
  session: Session,
  to: { readonly name: string; readonly alias: string; readonly ordinal: number },
): Promise<void> {
  await session.run(
    `insert into model_aliases (model, alias, ordinal, updated_at_ms) values (?, ?, ?, ?)
     on conflict (model, alias) do update set ordinal = excluded.ordinal, updated_at_ms = excluded.updated_at_ms`,
    [to.name, to.alias, to.ordinal, now()],
  );
  await session.run('update registered_models set updated_at_ms = ? where name = ?', [now(), to.name]);
}

async function find(session: Session, name: string, selector: string): Promise<ModelVersion | null> {
  const first = async (where: string, parameters: readonly SqlValue[]): Promise<ModelVersion | null> =>
    (await versionsWhere(session, `model = ? and ${where} ${highestFirst} limit 1`, [name, ...parameters]))[0] ?? null;
  if (selector === 'latest') return await first('true', []);
  const prefix = parseVersionPrefix(selector);
  if (prefix === null) {
    return await first('ordinal = (select ordinal from model_aliases where model = ? and alias = ?)', [name, selector]);
  }
  const { major, minor, pipeline } = prefix;
  if (minor === null) return await first('major = ?', [major]);
  if (pipeline === null) return await first('major = ? and minor = ?', [major, minor]);
  return await first('major = ? and minor = ? and pipeline = ?', [major, minor, pipeline]);
}

/** Reads versions with their aliases. The condition is ours, its parameters are not. */
async function versionsWhere(
  session: Session,
  condition: string,
  parameters: readonly SqlValue[],
): Promise<ModelVersion[]> {
  const rows = await session.all<Row>(`select * from model_versions where ${condition}`, parameters);
  const aliases = new Map<string, Row[]>();
  for (const model of new Set(rows.map((row) => String(row['model'])))) {
    const sql = 'select alias, ordinal from model_aliases where model = ? order by alias';
    aliases.set(model, await session.all<Row>(sql, [model]));
  }
  return rows.map((row) => {
    const own = (aliases.get(String(row['model'])) ?? []).filter((alias) => alias['ordinal'] === row['ordinal']);
    return readVersion(
      row,
      own.map((alias) => String(alias['alias'])),
    );
  });
}

async function explainAbsence(session: Session, name: string, selector: string): Promise<never> {
  const known = await session.first('select name from registered_models where name = ?', [name]);
  if (known === null) throw modelUnknown(name);
  throw new PlatformError('REGISTRY_VERSION_UNKNOWN', {
    message: `expected a version or alias of model ${name}, found ${JSON.stringify(selector.slice(0, 100))}`,
    details: { model: name, selector: selector.slice(0, 100) },
  });
}

function readModel(row: Row): RegisteredModel {
  return {
    name: String(row['name']),
    description: String(row['description']),
    createdAtMs: Number(row['created_at_ms']),
    updatedAtMs: Number(row['updated_at_ms']),
  };
}

function readVersion(row: Row, aliases: readonly string[]): ModelVersion {
  const number = { major: Number(row['major']), minor: Number(row['minor']), pipeline: Number(row['pipeline']) };
  return {
    model: String(row['model']),
    version: formatVersion(number),
    number,
    ordinal: Number(row['ordinal']),
    packageDigest: row['package_digest'] as Digest,
    artifactId: String(row['artifact_id']),
    runId: String(row['run_id']),
    signature: JSON.parse(String(row['signature'])) as JsonObject,
    properties: JSON.parse(String(row['properties'])) as JsonObject,
    aliases,
    createdAtMs: Number(row['created_at_ms']),
  };
}

function checkName(name: string): void {
  if (/^[\p{L}\p{N}_](?:[\p{L}\p{N} ._-]{0,198}[\p{L}\p{N}_.-])?$/u.test(name)) return;
  throw new PlatformError('REGISTRY_BAD_NAME', {
    message: `expected the name of a model, found ${JSON.stringify(name.slice(0, 100))}`,
  });
}

function checkAlias(alias: string): void {
  const isName = /^[\p{L}_][\p{L}\p{N}._-]{0,199}$/u.test(alias);
  if (isName && alias !== 'latest' && parseVersionPrefix(alias) === null) return;
  throw new PlatformError('REGISTRY_BAD_NAME', {
    message: `expected the name of an alias, found ${JSON.stringify(alias.slice(0, 100))}`,
  });
}

function modelUnknown(name: string): PlatformError {
  return new PlatformError('REGISTRY_MODEL_UNKNOWN', {
    message: `expected a registered model, found none named ${JSON.stringify(name.slice(0, 100))}`,
    details: { model: name.slice(0, 100) },
  });
}
