import { expect, test } from 'vitest';
import { queryEngineContract } from '../../../test/contract/query-engine.ts';
import { createDuckDb } from '../index.ts';

queryEngineContract('DuckDB in this process', createDuckDb);

test('no extension is fetched or loaded behind the back', async () => {
  const engine = await createDuckDb();
  await expect(engine.rows("SELECT * FROM 'https://localhost:1/a.parquet'")).rejects.toThrow();
  const loaded = await engine.rows('SELECT extension_name AS name FROM duckdb_extensions() WHERE loaded ORDER BY 1');
  expect(loaded.map((row) => row['name'])).toEqual(['autocomplete', 'core_functions', 'icu', 'json', 'parquet']);
  await engine.close();
});

test('what was read of a file is not kept: the file may be written anew within the same moment', async () => {
  const engine = await createDuckDb();
  const [cache] = await engine.rows("SELECT value FROM duckdb_settings() WHERE name = 'enable_external_file_cache'");
  expect(cache).toEqual({ value: 'false' });
  await engine.close();
});
