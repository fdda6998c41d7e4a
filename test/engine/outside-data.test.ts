import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasPostgres, postgresUrl } from '../contract/databases.ts';
import { withPostgresSchema } from '../steps/postgres-schema.ts';
import { createProject, type Project } from './project.ts';

const isPostgresHere = await hasPostgres();
let project: Project;

beforeEach(async () => {
  project = await createProject();
});

afterEach(async () => await project.remove());

const declare = async (source: string): Promise<void> =>
  await project.write(
    'mlspec.yaml',
    `mlspec: 1\nname: tiny\ntask: {kind: regression, label: y}\nsecrets: [DB]\ningestion: {sources: {s: ${source}}}\n`,
  );

async function ingest(): Promise<string> {
  const ended = await project.mlspec(['run', '--json', '--until', 'ingestion'], { DB: postgresUrl });
  expect(ended.code, ended.stdout).toBe(0);
  return ended.states['ingestion']!;
}

const why = async (): Promise<string> => (await project.mlspec(['why', 'ingestion'])).stdout;

describe('the identity of outside data', () => {
  it('of a file is its bytes', async () => {
    await declare('{csv: "*.csv"}');
    expect([await ingest(), await ingest()]).toEqual(['complete', 'cached']);
    await project.write('d.csv', 'x,y\n1,3\n');
    expect(await ingest()).toBe('complete');
    expect(await why()).toContain('  - file d.csv changed\n');
    await project.write('e.csv', 'x,y\n1,4\n');
    expect(await ingest()).toBe('complete');
    expect(await why()).toContain('  - file e.csv is new\n');
    await project.write('d.csv', 'x,y\n1,2\n');
    await project.write('e.csv', 'x,y\n1,3\n');
    expect(await ingest()).toBe('complete');
    expect(await why()).toMatch(/ {2}- file d.csv changed\n {2}- file e.csv changed\n/);
  });

  it('of a database in a file, too', async () => {
    const write = (sql: string): void => {
      const database = new DatabaseSync(join(project.root, 'shop.db'));
      database.exec(sql);
      database.close();
    };
    write('create table orders (x integer, y integer); insert into orders values (1, 2)');
    await declare('{sqlite: shop.db, table: orders}');
    expect([await ingest(), await ingest()]).toEqual(['complete', 'cached']);
    write('update orders set y = 3');
    expect(await ingest()).toBe('complete');
    expect(await why()).toContain('  - file shop.db changed\n');
  });

  it.runIf(isPostgresHere)('of a table is its declared version; without one it has none', async () => {
    const tables = 'create table $SCHEMA.orders (x int, y int); insert into $SCHEMA.orders values (1, 2)';
    await withPostgresSchema(tables, async (schema) => {
      const version = async (text: string): Promise<void> =>
        await declare(`{postgres: DB, table: ${schema}.orders${text}}`);
      await version(', version: monday');
      expect([await ingest(), await ingest()]).toEqual(['complete', 'cached']);
      await version(', version: tuesday');
      expect(await ingest()).toBe('complete');
      expect(await why()).toContain('  - source s changed\n');
      await version(', version: monday');
      expect(await ingest()).toBe('cached');
      await version('');
      expect([await ingest(), await ingest()]).toEqual(['complete', 'complete']);
    });
  });
});
