/*
 * The stock client behind a gateway that fails after it has passed requests on: an upload in parts that it completes again,
 * because it does not know that it did, is complete. Parts it does not send again, whatever the answer.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startUnreliableProxy } from '../s3/unreliable-proxy.ts';
import { startServerProcess } from './server-process.ts';
import { toldBy } from './stock-program.ts';

const partBytes = 5 << 20;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lossy-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a completion whose answer is swallowed or lost is asked for again by the stock client, and done once', async () => {
  const server = await startServerProcess(join(folder, 'tracker'), folder);
  const proxy = await startUnreliableProxy(server.url);
  let count = 0;
  proxy.trouble = (_method, path) =>
    path.includes('/mpu/complete') && count++ % 3 < 2
      ? [{ instead: 503 } as const, { lose: 'answer' } as const][(count - 1) % 3]
      : undefined;
  try {
    await mkdir(join(folder, 'tree', 'sub'), { recursive: true });
    await writeFile(join(folder, 'large.bin'), Buffer.alloc(4 * partBytes + 99, 'lossy'));
    await writeFile(join(folder, 'tree', 'sub', 'b.csv'), 'x,y\n1,2\n');
    const found = await toldBy<object>(join(import.meta.dirname, 'artifact_client.py'), {
      ...{ url: proxy.url, home: folder, arguments: [folder] },
      variables: {
        MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: '1',
        MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: 'true',
        MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: '1000000',
        MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE: String(partBytes),
      },
    });
    expect(found).toMatchObject({
      equal: [true, true],
      'tree equal': [true, [], []],
      one: 'x,y\n1,2\n',
      missing: true,
    });
    // Two files, each with an answer swallowed, one lost, and one that comes through.
    expect(count).toBe(6);
    expect(server.answered.filter(({ status }) => status >= 500)).toEqual([]);
  } finally {
    await proxy.close();
    expect(await server.stop()).toBe(0);
  }
});
