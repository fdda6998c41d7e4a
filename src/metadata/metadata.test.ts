import { describe, test } from 'vitest';
import { hasPostgres, newPostgres, newSqlite } from '../../test/contract/databases.ts';
import { metadataStoreContract } from '../../test/contract/metadata-store.ts';

metadataStoreContract('sqlite', newSqlite);
if (await hasPostgres()) metadataStoreContract('postgres', newPostgres);
else describe.skip('MetadataStore contract: postgres (no server answers)', () => test('skipped', () => undefined));
