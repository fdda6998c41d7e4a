import { expect, test } from 'vitest';
import { hasPostgres, newPostgres, newSqlite } from '../../test/contract/databases.ts';
import { type ImportedVersion, openRegistry, openRegistryImport, type VersionKey } from './index.ts';

const code = (expected: string, message = ''): object =>
  expect.objectContaining({ code: expected, message: expect.stringContaining(message) });
const withPostgres = await hasPostgres();

for (const [kind, create] of [
  ['sqlite', newSqlite],
  ['postgres', newPostgres],
] as const) {
  test.skipIf(kind === 'postgres' && !withPostgres)(
    `a protected alias that is called as a stage protects the stage, in both directions, on ${kind}`,
    async () => {
      const place = await create();
      const database = await place.open();
      const registry = await openRegistry(database);
      await registry.createModel({ name: 'flights' });
      for (let made = 0; made < 3; made++) await registry.createVersion({ model: 'flights', source: `s3://b/${made}` });
      const [first, second, third] = [1, 2, 3].map((ordinal) => ({ model: 'flights', ordinal })) as [
        VersionKey,
        VersionKey,
        VersionKey,
      ];
      const move = (key: VersionKey, stage: string, archiveOthers = false) =>
        registry.moveVersion({ ...key, stage, archiveOthers });
      const refused = code('REGISTRY_ALIAS_PROTECTED', "stage 'Production' of model 'flights' is protected");
      await move(first, 'Production');
      for (const alias of ['champion', 'production'])
        await registry.protectAlias({ model: 'flights', alias, approvals: 1, by: 'key-1' });
      // Nobody has the alias yet: what stood in the stage before stays, and nothing comes.
      for (const call of [
        () => move(first, 'Archived'),
        () => move(first, 'Staging', true),
        () => move(second, 'Production'),
        () => move(second, 'PRODUCTION', true),
        () => registry.deleteVersion(first),
      ])
        await expect(call()).rejects.toEqual(refused);
      expect((await registry.latestVersions('flights', ['Production'])).map(({ ordinal }) => ordinal)).toEqual([1]);
      await move(first, 'Production', true);
      await move(second, 'Staging');

      await registry.promoteVersion(second, { alias: 'production', by: 'key-2' });
      await expect(move(third, 'Production')).rejects.toEqual(refused);
      await move(second, 'Production', true);
      expect((await registry.getVersion(first)).stage).toBe('Archived');
      await expect(move(second, 'None')).rejects.toEqual(refused);
      await expect(move(first, 'Production')).rejects.toEqual(refused);
      await registry.promoteVersion(third, { alias: 'production', by: 'key-2' });
      await move(second, 'None');
      await move(third, 'Production');

      const { refused: left } = await openRegistryImport(database).model({
        ...{ name: 'flights', description: '', tags: [], createdAtMs: 1, updatedAtMs: 1 },
        aliases: [{ alias: 'production', ordinal: 8 }],
        versions: ['Staging', 'Production', 'Archived'].map((stage, at) => versionIn(stage, 7 + at)),
      });
      expect(left).toEqual([
        { what: 'version 8: stage Production', why: "it is protected here, as the alias 'production' is" },
        { what: 'alias production', why: 'it is protected here' },
      ]);
      expect((await registry.listVersions('flights')).map(({ ordinal, stage }) => `${ordinal} ${stage}`)).toEqual([
        ...['9 Archived', '8 None', '7 Staging'],
        ...['3 Production', '2 None', '1 Archived'],
      ]);

      await registry.protectAlias({ model: 'flights', alias: 'production', approvals: 0, by: 'key-1' });
      await move(first, 'Production', true);
      await database.close();
      await place.dispose();
    },
  );
}

function versionIn(stage: string, ordinal: number): ImportedVersion {
  return {
    ...{ ordinal, stage, source: `s3://b/${ordinal}`, storageLocation: null },
    ...{ runId: null, runLink: null, modelId: null },
    ...{ description: null, user: null, status: 'READY', statusMessage: null, tags: [], signature: {} },
    ...{ createdAtMs: ordinal, updatedAtMs: ordinal, state: 'active' },
  };
}
