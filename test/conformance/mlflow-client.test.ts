/* MLflow's own client, unchanged, with a live `mlspec server`: what mlflow_client.py does, one test for each of its tests. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServerProcess, startServerProcess } from '../tracking/server-process.ts';

const python = process.env['MLSPEC_TEST_PYTHON'] ?? 'python3';
const script = join(import.meta.dirname, 'mlflow_client.py');
const names = [...readFileSync(script, 'utf8').matchAll(/^def test_(\w+)/gm)].map(([, name]) => name!);
/** Statuses after which the client asks again. */
const asksAgain = new Set([408, 429, 500, 502, 503, 504]);

let folder: string;
let server: ServerProcess;
let told: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlflow-client-'));
  server = await startServerProcess(join(folder, 'state'), folder);
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    MLFLOW_TRACKING_URI: server.url,
    MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0',
    MLFLOW_DISABLE_TELEMETRY: 'true',
    // Not what models need, which the client finds out by loading them in a process of their own.
    MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT: '1',
  };
  const { stdout } = await promisify(execFile)(python, [script], { env, maxBuffer: 1 << 24 });
  told = stdout.split(/^(?=ok |FAILED )/m).map((part) => part.trim());
}, 600_000);

afterAll(async () => {
  await server.kill();
  await rm(folder, { recursive: true, force: true });
});

describe('the stock client', () => {
  test.each(names)('%s', (name) => {
    const said = told.find((part) => part.split(/\s/)[1] === `test_${name}`);
    expect(said === undefined ? 'was not run' : said.replace(/^ok .*/s, '')).toBe('');
  });

  test('had no reason to ask again', () => {
    expect(server.answered.length).toBeGreaterThan(1000);
    expect(server.answered.filter(({ status }) => asksAgain.has(status))).toEqual([]);
  });

  test('the server ends when it is interrupted', async () => {
    expect(await server.stop()).toBe(0);
  });
});
