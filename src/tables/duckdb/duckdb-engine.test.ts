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
