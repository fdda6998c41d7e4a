import pg from 'pg';
import { newId } from '../../src/encoding/index.ts';
import { postgresUrl } from '../contract/databases.ts';

/** Makes a schema of its own, fills it with statements in which `$SCHEMA` stands for its name, and drops it afterwards. */
export async function withPostgresSchema(statements: string, use: (schema: string) => Promise<void>): Promise<void> {
  const schema = newId('data').toLowerCase();
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query(`CREATE SCHEMA ${schema}; ${statements.replaceAll('$SCHEMA', schema)}`);
    await use(schema);
  } finally {
    await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await client.end();
  }
}
