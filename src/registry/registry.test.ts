import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, newPostgres, newSqlite, type TestDatabase } from '../../test/contract/databases.ts';
import type { Database } from '../database/index.ts';
import { digestOf } from '../encoding/index.ts';
import {
  deriveVersion,
  formatVersion,
  type ModelRegistry,
  type ModelVersionNumber,
  type NewPackage,
  openRegistry,
  type VersionFacts,
} from './index.ts';

const code = (expected: string): object => expect.objectContaining({ code: expected });
const withPostgres = await hasPostgres();
const same: VersionFacts = { schemaIncompatible: false, gatePassedComparison: false };
const better: VersionFacts = { ...same, gatePassedComparison: true };
const different: VersionFacts = { ...same, schemaIncompatible: true };

describe('deriveVersion', () => {
  const from = (previous: ModelVersionNumber | null, facts: VersionFacts): string =>
    formatVersion(deriveVersion(previous, facts));
  const old = { major: 2, minor: 3, pipeline: 4 };
  test.each([
    [null, same, '1.0.0'],
    [null, different, '1.0.0'],
    [null, better, '1.0.0'],
    [old, same, '2.3.5'],
    [old, better, '2.4.0'],
    [old, different, '3.0.0'],
    [old, { schemaIncompatible: true, gatePassedComparison: true }, '3.0.0'],
  ])('%j and %j give %s', (previous, facts, expected) => {
    expect(from(previous, facts)).toBe(expected);
  });
});

for (const [name, create] of [
  ['sqlite', newSqlite],
  ['postgres', newPostgres],
] as const) {
  describe.skipIf(name === 'postgres' && !withPostgres)(`registry on ${name}`, () => {
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

    const columns = '[{"name":"distance","type":"double"}]';
    const newVersion = (model: string, content: string, inputs = columns): NewPackage => ({
      model,
      packageDigest: digestOf(content),
      artifactId: `art_${content}`,
      runId: 'run_1',
      signature: { inputs, outputs: null },
      properties: { accuracy: 0.9 },
      passedComparison: () => content.endsWith('better'),
    });

    test('versions follow from the facts, latest and prefixes name the highest', async () => {
      for (const [content, inputs, expected] of [
        ['a', columns, '1.0.0'],
        ['b', columns, '1.0.1'],
        ['c better', columns.replaceAll(',', ', '), '1.1.0'],
        ['d', '[]', '2.0.0'],
        ['e', '[]', '2.0.1'],
      ] as const) {
        const { version, isNew } = await registry.registerPackage(newVersion('flights', content, inputs));
        expect([version.version, isNew, version.packageDigest]).toEqual([expected, true, digestOf(content)]);
      }
      const versionOf = async (selector?: string): Promise<string> =>
        (await registry.resolveModel('flights', selector)).version;
      expect(await versionOf()).toBe('2.0.1');
      expect(await versionOf('latest')).toBe('2.0.1');
      expect(await versionOf('1')).toBe('1.1.0');
      expect(await versionOf('1.0')).toBe('1.0.1');
      expect(await versionOf('v1.0.0')).toBe('1.0.0');
      expect((await registry.listVersions('flights')).map((found) => found.ordinal)).toEqual([5, 4, 3, 2, 1]);
      await expect(registry.resolveModel('flights', '3')).rejects.toEqual(code('REGISTRY_VERSION_UNKNOWN'));
      await expect(registry.resolveModel('flights', 'nobody')).rejects.toEqual(code('REGISTRY_VERSION_UNKNOWN'));
      await expect(registry.resolveModel('other')).rejects.toEqual(code('REGISTRY_MODEL_UNKNOWN'));
      expect(await registry.findModel('other', 'production')).toBe(null);
    });

    test('the same package again registers nothing, also when it is not the latest', async () => {
      await registry.registerPackage(newVersion('idem', 'x'));
      await registry.registerPackage(newVersion('idem', 'y'));
      const again = await registry.registerPackage(newVersion('idem', 'x', '[]'));
      expect([again.version.version, again.isNew]).toEqual(['1.0.0', false]);
      expect((await registry.listVersions('idem')).length).toBe(2);
      expect((await registry.versionsOfPackage(digestOf('x'))).map((found) => found.model)).toEqual(['idem']);
      expect(await registry.packageDigests()).toContain(digestOf('y'));
    });

    test('the comparison is made with the latest version as it is when registering', async () => {
      const seen: (string | null)[] = [];
      for (const content of ['1', '2', '3']) {
        await registry.registerPackage({
          ...newVersion('compared', content),
          passedComparison: (latest) => {
            seen.push(latest?.version ?? null);
            return false;
          },
        });
      }
      expect(seen).toEqual([null, '1.0.0', '1.0.1']);
    });

    test('an alias points at one version, moves, and goes', async () => {
      await registry.registerPackage(newVersion('aliased', 'p'));
      await registry.registerPackage(newVersion('aliased', 'q'));
      expect((await registry.setAlias('aliased', 'production', '1.0.0')).aliases).toEqual(['production']);
      expect((await registry.setAlias('aliased', 'production', 'latest')).version).toBe('1.0.1');
      await registry.setAlias('aliased', 'champion', 'production');
      expect((await registry.resolveModel('aliased', 'champion')).aliases).toEqual(['champion', 'production']);
      expect((await registry.resolveModel('aliased', '1.0.0')).aliases).toEqual([]);
      expect(await registry.removeAlias('aliased', 'production')).toBe(true);
      expect(await registry.removeAlias('aliased', 'production')).toBe(false);
      expect(await registry.findModel('aliased', 'production')).toBe(null);
      for (const wrong of ['latest', '1.2', 'v1', '7', '', 'a b', 'x'.repeat(201)]) {
        await expect(registry.setAlias('aliased', wrong, 'latest')).rejects.toEqual(code('REGISTRY_BAD_NAME'));
      }
      await expect(registry.setAlias('aliased', 'ok', '9.9.9')).rejects.toEqual(code('REGISTRY_VERSION_UNKNOWN'));
    });

    test('names are checked, descriptions kept', async () => {
      for (const wrong of ['', ' a', 'a ', '../x', 'a/b', 'a\0b', 'x'.repeat(201)]) {
        await expect(registry.registerPackage(newVersion(wrong, 'n'))).rejects.toEqual(code('REGISTRY_BAD_NAME'));
      }
      await registry.registerPackage(newVersion('Flüge 2', 'n'));
      expect((await registry.describeModel('Flüge 2', 'late or not')).description).toBe('late or not');
      expect((await registry.listModels()).find((model) => model.name === 'Flüge 2')?.description).toBe('late or not');
      await expect(registry.describeModel('none', 'x')).rejects.toEqual(code('REGISTRY_MODEL_UNKNOWN'));
    });

    test('many who register at once get different versions, and equal packages one', async () => {
      const others = await Promise.all([1, 2, 3, 4].map(async () => place.open()));
      const registries = await Promise.all(others.map(openRegistry));
      const made = await Promise.all(
        registries.flatMap((each, index) => [
          each.registerPackage(newVersion('raced', `own ${index}`)),
          each.registerPackage(newVersion('raced', 'shared')),
        ]),
      );
      expect(new Set(made.map(({ version }) => version.version)).size).toBe(5);
      expect(made.filter(({ isNew }) => isNew).length).toBe(5);
      for (const other of others) await other.close();
    });
  });
}
