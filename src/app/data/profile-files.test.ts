import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDuckDb } from '../../tables/index.ts';
import { profileFiles } from './profile-files.ts';

test('parts of one table may be files of several formats', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'profile-files-'));
  try {
    const engine = await createDuckDb();
    await engine.writeParquet('SELECT 100 + range AS a FROM range(50)', join(folder, 'b.parquet'));
    await engine.close();
    await writeFile(join(folder, 'a.csv'), `a\n${Array.from({ length: 20 }, (_, at) => `${at}\n`).join('')}`);
    await writeFile(join(folder, 'c.ndjson'), Array.from({ length: 5 }, (_, at) => `{"a": ${at - 5}}\n`).join(''));
    const tables = ['a.csv', 'b.parquet', 'c.ndjson'].map((name) => join(folder, name));
    const { statistics } = await profileFiles({ tables });
    expect(statistics.columns[0]).toMatchObject({
      ...{ name: 'a', rowCount: 75, distinctCount: 75 },
      numbers: { min: -5, max: 149 },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
