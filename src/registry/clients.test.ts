import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, newPostgres, newSqlite, type TestDatabase } from '../../test/contract/databases.ts';
import { type Database, migrate } from '../database/index.ts';
import { digestOf, type JsonObject } from '../encoding/index.ts';
import { type ModelRegistry, openRegistry, type VersionKey } from './index.ts';
import { registrySchema } from './schema.ts';

const code = (expected: string, message = ''): object =>
  expect.objectContaining({ code: expected, message: expect.stringContaining(message) });
const withPostgres = await hasPostgres();
const signatureOf = (...names: string[]): JsonObject => ({
  inputs: JSON.stringify(names.map((name) => ({ name, type: 'double' }))),
});

for (const [kind, create] of [
  ['sqlite', newSqlite],
  ['postgres', newPostgres],
] as const) {
  describe.skipIf(kind === 'postgres' && !withPostgres)(`the registry of clients on ${kind}`, () => {
    let place: TestDatabase;
    let database: Database;
    let registry: ModelRegistry;
    beforeAll(async () => {
      place = await create();
      database = await place.open();
      registry = await openRegistry(database);
    });
    afterAll(async () => {
      await database.close();
      await place.dispose();
    });

    const withVersions = async (name: string, count: number): Promise<void> => {
      await registry.createModel({ name });
      for (let made = 0; made < count; made++) await registry.createVersion({ model: name, source: `s3://b/${made}` });
    };

    test('a model is made, read, described, tagged and deleted', async () => {
      const tags = [
        { key: 'k', value: 'old' },
        { key: 'k', value: 'new' },
      ];
      const made = await registry.createModel({ name: 'made', description: 'd', tags, user: 'ada' });
      expect(made).toMatchObject({ name: 'made', description: 'd', user: 'ada', tags: [{ key: 'k', value: 'new' }] });
      await expect(registry.createModel({ name: 'made' })).rejects.toEqual(
        code('REGISTRY_MODEL_EXISTS', 'Registered Model (name=made) already exists.'),
      );
      const prompt = { name: 'made', tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }] };
      await expect(registry.createModel(prompt)).rejects.toEqual(code('REGISTRY_MODEL_EXISTS', 'create a prompt'));
      await registry.setModelTag('made', { key: 'k', value: 'newer\0' });
      expect((await registry.getModel('made')).tags).toEqual([{ key: 'k', value: 'newer\uFFFD' }]);
      await registry.deleteModelTag('made', 'k');
      await registry.deleteModelTag('made', 'k');
      expect((await registry.describeModel('made', '')).tags).toEqual([]);
      await registry.deleteModel('made');
      for (const call of [
        () => registry.getModel('made'),
        () => registry.deleteModel('made'),
        () => registry.describeModel('made', 'x'),
        () => registry.setModelTag('made', { key: 'a', value: '' }),
        () => registry.renameModel('made', 'x'),
        () => registry.createVersion({ model: 'made', source: 's3://x' }),
        () => registry.latestVersions('made'),
      ])
        await expect(call()).rejects.toEqual(
          code('REGISTRY_MODEL_UNKNOWN', 'Registered Model with name=made not found'),
        );
    });

    test('names and tags that MLflow refuses are refused', async () => {
      for (const wrong of ['', ' ', 'a/b', 'a:b', '..', '..a', '.', 'x'.repeat(257), 'a\0b', 'a\ud800'])
        await expect(registry.createModel({ name: wrong })).rejects.toEqual(code('REGISTRY_BAD_NAME'));
      await registry.createModel({ name: '.hidden (1) ü %' });
      for (const key of ['', 'a#', '../a', 'a//b', '/a', 'x'.repeat(251)]) {
        const tag = { key, value: 'v' };
        await expect(registry.setModelTag('.hidden (1) ü %', tag)).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      }
      const long = { key: 'k', value: 'x'.repeat(100_001) };
      await expect(registry.setModelTag('.hidden (1) ü %', long)).rejects.toEqual(code('REGISTRY_BAD_VALUE'));
    });

    test('the number of a version follows from its signature, known or not, deleted or not', async () => {
      await registry.createModel({ name: 'numbered' });
      const add = async (signature: JsonObject): Promise<string> =>
        (await registry.createVersion({ model: 'numbered', source: 's3://b', signature })).version;
      expect(await add(signatureOf('a'))).toBe('1.0.0');
      expect(await add(signatureOf('a'))).toBe('1.0.1');
      expect(await add({})).toBe('1.0.2');
      expect(await add(signatureOf('a'))).toBe('1.0.3');
      expect(await add({})).toBe('1.0.4');
      expect(await add(signatureOf('b'))).toBe('2.0.0');
      await registry.deleteVersion({ model: 'numbered', ordinal: 6 });
      expect(await add(signatureOf('b'))).toBe('2.0.1');
      const version = await registry.getVersion({ model: 'numbered', ordinal: 7 });
      expect(version.tags).toEqual([{ key: 'mlspec.version', value: '2.0.1' }]);
      expect((await registry.listVersions('numbered')).map(({ ordinal }) => ordinal)).toEqual([7, 5, 4, 3, 2, 1]);
    });

    test('clients and releases register under one name, and a client may register a package again', async () => {
      const release = {
        ...{ model: 'both', packageDigest: digestOf('p'), artifactId: 'art_1', runId: 'run_1', trackedRunId: 't1' },
        ...{ signature: signatureOf('a'), passedComparison: () => true },
      };
      const released = { version: '1.0.0', runId: 'run_1', trackedRunId: 't1' };
      expect((await registry.registerPackage(release)).version).toMatchObject(released);
      expect((await registry.searchVersions({ filter: "run_id = 't1'", limit: 9 })).items.length).toBe(1);
      const source = 'mlflow-artifacts:/models/m';
      const version = { model: 'both', source, runId: 'r', modelId: 'm-1', runLink: 'l', description: 'd', user: 'u' };
      const first = await registry.createVersion({ ...version, signature: signatureOf('a') });
      const second = await registry.createVersion({ ...version, signature: signatureOf('a') });
      expect([first.ordinal, second.ordinal, second.version]).toEqual([2, 3, '1.0.2']);
      expect(second).toMatchObject({ packageDigest: null, artifactId: null, storageLocation: source, ...version });
      await expect(registry.resolveModel('both')).rejects.toEqual(code('REGISTRY_NO_PACKAGE', 'both/1.0.2'));
      expect((await registry.resolveModel('both', '1.0.0')).packageDigest).toBe(digestOf('p'));
      const next = await registry.registerPackage({ ...release, packageDigest: digestOf('q') });
      expect(next.version.version).toBe('1.1.0');
      expect((await registry.registerPackage(release)).isNew).toBe(false);
      await registry.deleteVersion({ model: 'both', ordinal: 1 });
      expect(await registry.packageDigests()).not.toContain(digestOf('p'));
      expect(await registry.registerPackage(release)).toMatchObject({ isNew: true, version: { ordinal: 5 } });
    });

    test('a deleted version is gone with its aliases; its number stays taken', async () => {
      await withVersions('gone', 2);
      const key = { model: 'gone', ordinal: 2 };
      await registry.pointAlias(key, 'champion');
      await registry.deleteVersion(key);
      const missing = code('REGISTRY_VERSION_UNKNOWN', 'Model Version (name=gone, version=2) not found');
      for (const call of [
        () => registry.getVersion(key),
        () => registry.deleteVersion(key),
        () => registry.describeVersion(key, 'x'),
        () => registry.moveVersion({ ...key, stage: 'Staging', archiveOthers: false }),
        () => registry.setVersionTag(key, { key: 'a', value: '' }),
        () => registry.deleteVersionTag(key, 'a'),
        () => registry.pointAlias(key, 'b'),
      ])
        await expect(call()).rejects.toEqual(missing);
      await expect(registry.versionByAlias('gone', 'champion')).rejects.toEqual(code('REGISTRY_ALIAS_UNKNOWN'));
      expect((await registry.createVersion({ model: 'gone', source: 's3://b' })).ordinal).toBe(3);
      const row = await database.first(
        'select source, run_id, package_digest from model_versions where ordinal = 2 and model = ?',
        ['gone'],
      );
      expect(row).toEqual({ source: 'REDACTED-SOURCE-PATH', run_id: 'REDACTED-RUN-ID', package_digest: null });
    });

    test('stages: any case, others archived, the latest of each', async () => {
      await withVersions('staged', 4);
      const move = async (ordinal: number, stage: string, archiveOthers = false): Promise<string> =>
        (await registry.moveVersion({ model: 'staged', ordinal, stage, archiveOthers })).stage;
      expect(await move(1, 'staging')).toBe('Staging');
      expect(await move(2, 'STAGING')).toBe('Staging');
      expect(await move(3, 'Staging', true)).toBe('Staging');
      const stagesOf = async (...asked: string[]): Promise<unknown> =>
        (await registry.latestVersions('staged', asked)).map(({ ordinal, stage }) => [ordinal, stage]);
      expect(await stagesOf()).toEqual([
        [2, 'Archived'],
        [3, 'Staging'],
        [4, 'None'],
      ]);
      expect(await stagesOf('staging', 'production')).toEqual([[3, 'Staging']]);
      expect(await stagesOf('1.0.1')).toEqual([[2, 'Archived']]);
      expect(await stagesOf('1.0', 'Staging')).toEqual([
        [3, 'Staging'],
        [4, 'None'],
      ]);
      expect(await stagesOf('7.0.0')).toEqual([]);
      await expect(registry.latestVersions('staged', ['nowhere'])).rejects.toEqual(
        code('REGISTRY_BAD_VALUE', 'Value must be one of None, Staging, Production, Archived.'),
      );
      await expect(move(1, 'None', true)).rejects.toEqual(code('REGISTRY_BAD_VALUE', 'not an Active stage'));
      expect([...(await registry.latestOfModels(['staged', 'nobody'])).keys()]).toEqual(['staged', 'nobody']);
    });

    test('aliases: any name that is no version and not latest; numbers and latest are found', async () => {
      await withVersions('pointed', 2);
      await registry.pointAlias({ model: 'pointed', ordinal: 1 }, '7');
      await registry.pointAlias({ model: 'pointed', ordinal: 1 }, 'Ünicode_-');
      const ordinalOf = async (alias: string): Promise<number> =>
        (await registry.versionByAlias('pointed', alias)).ordinal;
      expect(await Promise.all(['7', 'Ünicode_-', 'LATEST', 'v-1-0-0', 'v-1'].map(ordinalOf))).toEqual([1, 1, 2, 1, 2]);
      expect((await registry.getModel('pointed')).aliases.map(({ alias }) => alias)).toEqual(['7', 'Ünicode_-']);
      for (const wrong of ['', 'a.b', 'a b', 'latest', 'Latest', 'v1', 'V22', 'v-1-2-3', 'x'.repeat(256)]) {
        await expect(registry.pointAlias({ model: 'pointed', ordinal: 1 }, wrong)).rejects.toEqual(
          code('REGISTRY_BAD_NAME'),
        );
      }
      await expect(ordinalOf('v-9')).rejects.toEqual(code('REGISTRY_ALIAS_UNKNOWN'));
      await registry.createModel({ name: 'empty' });
      await expect(registry.versionByAlias('empty', 'latest')).rejects.toEqual(code('REGISTRY_VERSION_UNKNOWN'));
    });

    test('a version is described and tagged; nobody sets its number', async () => {
      await withVersions('told', 1);
      const key = { model: 'told', ordinal: 1 };
      expect((await registry.describeVersion(key, 'good')).description).toBe('good');
      expect((await registry.describeVersion(key, null)).description).toBe(null);
      await registry.setVersionTag(key, { key: 'a', value: '1' });
      await registry.setVersionTag(key, { key: 'a', value: '2' });
      expect((await registry.getVersion(key)).tags).toContainEqual({ key: 'a', value: '2' });
      await registry.deleteVersionTag(key, 'a');
      await registry.deleteVersionTag(key, 'a');
      const number = { key: 'mlspec.version', value: '9.9.9' };
      const refused = code('REGISTRY_BAD_VALUE', 'derived');
      await expect(registry.setVersionTag(key, number)).rejects.toEqual(refused);
      await expect(registry.deleteVersionTag(key, number.key)).rejects.toEqual(refused);
      const copy = await registry.createVersion({ model: 'told', source: 's3://b', tags: [number] });
      expect(copy.tags).toEqual([{ key: 'mlspec.version', value: '1.0.1' }]);
      expect((await registry.getVersion(key)).tags).toEqual([{ key: 'mlspec.version', value: '1.0.0' }]);
    });

    test('searches page by key, over what comes and goes meanwhile, and leave prompts out', async () => {
      const names = ['p1', 'p2', 'p3', 'p4', 'P5'].map((name) => `paged ${name}`);
      for (const name of names) await withVersions(name, 2);
      await registry.createModel({ name: 'paged 0', tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }] });
      const filter = "name LIKE 'paged %'";
      const first = await registry.searchModels({ filter, limit: 2 });
      // By bytes on both databases: capitals first.
      expect(first.items.map(({ name }) => name)).toEqual(['paged P5', 'paged p1']);
      await registry.deleteModel('paged p1');
      await registry.createModel({ name: 'paged Before' });
      const second = await registry.searchModels({ filter, limit: 2, pageToken: first.nextPageToken! });
      expect(second.items.map(({ name }) => name)).toEqual(['paged p2', 'paged p3']);
      const third = await registry.searchModels({ filter, limit: 2, pageToken: second.nextPageToken! });
      expect([third.items.map(({ name }) => name), third.nextPageToken]).toEqual([['paged p4'], null]);
      const other = registry.searchModels({ filter: '', limit: 2, pageToken: first.nextPageToken! });
      await expect(other).rejects.toEqual(code('TRACKING_BAD_PAGE'));

      const seen: string[] = [];
      let pageToken: string | undefined;
      do {
        const query = { filter, orderBy: ['name DESC', 'version_number'], limit: 3, pageToken };
        const page = await registry.searchVersions(query);
        seen.push(...page.items.map(({ model, ordinal }) => `${model}/${ordinal}`));
        pageToken = page.nextPageToken ?? undefined;
      } while (pageToken !== undefined);
      const kept = ['paged p4', 'paged p3', 'paged p2', 'paged P5'];
      expect(seen).toEqual(kept.flatMap((name) => [`${name}/1`, `${name}/2`]));
      await registry.describeVersion({ model: 'paged p3', ordinal: 1 }, 'touched');
      const [latest] = (await registry.searchVersions({ filter, limit: 1 })).items;
      expect(latest).toMatchObject({ model: 'paged p3', ordinal: 1, description: 'touched' });
      for (const limit of [0, -1, 1001]) {
        await expect(registry.searchModels({ limit })).rejects.toEqual(code('REGISTRY_BAD_VALUE'));
      }
      await expect(registry.searchVersions({ limit: 200_001 })).rejects.toEqual(code('REGISTRY_BAD_VALUE'));
    });

    test('another name takes everything along', async () => {
      await withVersions('before', 2);
      await registry.createModel({ name: 'taken' });
      await registry.setVersionTag({ model: 'before', ordinal: 1 }, { key: 'a', value: '1' });
      await registry.pointAlias({ model: 'before', ordinal: 1 }, 'champion');
      await expect(registry.renameModel('before', 'taken')).rejects.toEqual(code('REGISTRY_MODEL_EXISTS', 'taken'));
      expect((await registry.renameModel('before', 'after')).aliases).toEqual([{ alias: 'champion', ordinal: 1 }]);
      expect((await registry.versionByAlias('after', 'champion')).tags.length).toBe(2);
      await expect(registry.getModel('before')).rejects.toEqual(code('REGISTRY_MODEL_UNKNOWN'));
      await registry.deleteModel('after');
      for (const table of ['model_versions', 'model_version_tags', 'model_aliases'])
        expect(await database.all(`select * from ${table} where model in ('before', 'after')`)).toEqual([]);
    });

    test('a protected alias moves by no client, and what would take it away is refused', async () => {
      await withVersions('kept', 2);
      const [first, second] = [1, 2].map((ordinal) => ({ model: 'kept', ordinal })) as [VersionKey, VersionKey];
      await registry.pointAlias(first, 'production');
      await registry.protectAlias({ model: 'kept', alias: 'production', approvals: 2, by: 'key-1' });
      const refused = code('REGISTRY_ALIAS_PROTECTED', "'production' of model 'kept' is protected");
      for (const call of [
        () => registry.pointAlias(second, 'production'),
        () => registry.setAlias('kept', 'production', 'latest'),
        () => registry.removeAlias('kept', 'production'),
        () => registry.deleteVersion(first),
        () => registry.renameModel('kept', 'other'),
        () => registry.deleteModel('kept'),
      ])
        await expect(call()).rejects.toEqual(refused);
      await expect(registry.pointAlias(second, 'production')).rejects.toEqual(
        code('REGISTRY_ALIAS_PROTECTED', 'mlspec approve kept/1.0.1 --alias production'),
      );
      await registry.pointAlias(first, 'production');
      await registry.pointAlias(second, 'champion');
      expect([await registry.approvalsFor('kept', 'production'), await registry.approvalsFor('kept', 'x')]).toEqual([
        2, 0,
      ]);

      await registry.noteApproval({ ...second, alias: 'production', by: 'key-2', counts: false });
      await registry.promoteVersion(second, { alias: 'production', by: 'key-3' });
      expect((await registry.versionByAlias('kept', 'production')).ordinal).toBe(2);
      await registry.deleteVersion(first);
      await registry.protectAlias({ model: 'kept', alias: 'production', approvals: 0, by: 'key-1' });
      await registry.removeAlias('kept', 'production');
      await registry.deleteModel('kept');
      const told = (await registry.listDecisions('kept')).map(({ kind, ordinal, approvals, by, counts }) => {
        return [kind, ordinal, approvals, by, counts];
      });
      expect(told).toEqual([
        ['protect', null, 2, 'key-1', true],
        ['approve', 2, null, 'key-2', false],
        ['move', 2, null, 'key-3', true],
        ['protect', null, 0, 'key-1', true],
      ]);
      for (const sql of ["update alias_decisions set decided_by = 'x'", 'delete from alias_decisions'])
        await database.run(sql).catch(() => 0);
      expect((await registry.listDecisions('kept')).map(({ by }) => by)).toEqual(['key-1', 'key-2', 'key-3', 'key-1']);
      const wrong = { model: 'raced', alias: 'a', by: 'key-1' };
      await registry.createModel({ name: 'raced' });
      await expect(registry.protectAlias({ ...wrong, approvals: 1.5 })).rejects.toEqual(code('REGISTRY_BAD_VALUE'));
      await expect(registry.protectAlias({ ...wrong, approvals: -1 })).rejects.toEqual(code('REGISTRY_BAD_VALUE'));
      await expect(registry.protectAlias({ ...wrong, alias: 'latest', approvals: 1 })).rejects.toEqual(
        code('REGISTRY_BAD_NAME'),
      );
      await expect(registry.protectAlias({ ...wrong, model: 'none', approvals: 1 })).rejects.toEqual(
        code('REGISTRY_MODEL_UNKNOWN'),
      );
      await registry.deleteModel('raced');
    });

    test('fifty who register versions of one model at once get fifty ordinals', async () => {
      await registry.createModel({ name: 'raced' });
      const others = await Promise.all(Array.from({ length: 5 }, () => place.open()));
      const registries = await Promise.all(others.map(openRegistry));
      const made = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          registries[index % registries.length]!.createVersion({ model: 'raced', source: `s3://b/${index}` }),
        ),
      );
      const ordinals = made.map(({ ordinal }) => ordinal).sort((a, b) => a - b);
      expect(ordinals).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
      expect(new Set(made.map(({ version }) => version)).size).toBe(50);
      for (const other of others) await other.close();
    });
  });

  test.skipIf(kind === 'postgres' && !withPostgres)(
    `a registry of version 1 is brought up to date on ${kind}`,
    async () => {
      const place = await create();
      const database = await place.open();
      try {
        await migrate(database, { ...registrySchema, migrations: registrySchema.migrations.slice(0, 1) });
        await database.run("insert into registered_models values ('old', 'said', 1, 2)");
        const digest = digestOf('package');
        const row = ['old', 1, 1, 2, 3, digest, 'art_1', 'run_1', '{"inputs":"[]"}', '{"identity":"x"}', 5];
        await database.run(`insert into model_versions values (${row.map(() => '?').join(', ')})`, row);
        await database.run("insert into model_aliases values ('old', 'production', 1, 7)");
        const registry = await openRegistry(database);
        expect(await registry.resolveModel('old', 'production')).toMatchObject({
          ...{ version: '1.2.3', ordinal: 1, packageDigest: digest, artifactId: 'art_1', runId: 'run_1' },
          ...{ signature: { inputs: '[]' }, properties: { identity: 'x' }, aliases: ['production'] },
          ...{ stage: 'None', status: 'READY', createdAtMs: 5, updatedAtMs: 5, source: null, user: null },
          tags: [{ key: 'mlspec.version', value: '1.2.3' }],
        });
        expect((await registry.renameModel('old', 'new')).description).toBe('said');
        expect((await registry.resolveModel('new')).aliases).toEqual(['production']);
      } finally {
        await database.close();
        await place.dispose();
      }
    },
  );
}
