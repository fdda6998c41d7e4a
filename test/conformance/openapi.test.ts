/*
 * The document of the tracking server's endpoints: valid OpenAPI, the one that is committed, and true. schemathesis makes requests of it,
 * right ones and wrong ones, and holds every answer against it; a sample in an ordinary run, all of it in `npm run test:full`.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApiPython } from '../../tools/python-env.ts';
import { isFull } from '../full.ts';
import { type ServerProcess, startServerProcess } from '../tracking/server-process.ts';

const file = join(import.meta.dirname, '../../schemas/openapi.json');
const run = promisify(execFile);

interface Operation {
  readonly operationId: string;
  readonly summary: string;
}
const document = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};
const operations = Object.values(document.paths).flatMap((path) =>
  Object.values(path).filter((one) => 'operationId' in one),
);

describe('the OpenAPI document', () => {
  let home: string;
  let server: ServerProcess;
  let python: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'openapi-'));
    server = await startServerProcess(join(home, 'state'), home);
    python = openApiPython();
  }, 600_000);
  afterAll(async () => {
    await server.kill();
    await rm(home, { recursive: true, force: true });
  });

  test('is valid, and the one that the server tells', async () => {
    const check =
      'import json, sys, openapi_spec_validator as v; v.validate(json.load(open(sys.argv[1]))); print("valid")';
    expect((await run(python, ['-c', check, file])).stdout).toBe('valid\n');
    expect(await (await fetch(`${server.url}/openapi.json`)).json()).toEqual(document);
  });

  test('says of every endpoint what it is for, under a name of its own', () => {
    expect(operations.length).toBeGreaterThan(70);
    // What has no note in src/server/mlflow/openapi/endpoints.ts has its method and path for a summary.
    expect(operations.filter(({ summary }) => !/^[^/]+\.$/.test(summary)).map(({ summary }) => summary)).toEqual([]);
    const ids = operations.map(({ operationId }) => operationId);
    expect(ids.length).toBe(new Set(ids).size);
  });

  test('is true of every answer to what schemathesis asks', { timeout: 3_600_000 }, async () => {
    const checks = 'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance';
    const phases = isFull ? ['examples,coverage,fuzzing,stateful', '-n', '40'] : ['examples,fuzzing', '-n', '2'];
    const schemathesis = join(dirname(python), 'st');
    const { stdout } = await run(
      schemathesis,
      [
        ...['run', `${server.url}/openapi.json`, '--checks', checks, '--phases', ...phases, '--seed', '1'],
        // Sends something to whatever address was made up.
        ...['--exclude-path-regex', 'webhooks/.*/test', '--continue-on-failure', '--suppress-health-check', 'all'],
      ],
      { cwd: home, env: { PATH: process.env['PATH'], HOME: home, NO_COLOR: '1' }, maxBuffer: 1 << 26 },
    ).catch((error: { readonly stdout?: string }) => ({ stdout: `FAILED ${error.stdout}` }));
    expect(stdout.startsWith('FAILED') ? stdout : '').toBe('');
    expect(server.answered.length).toBeGreaterThan(100);
    expect(server.answered.filter(({ status }) => status >= 500)).toEqual([]);
    expect(server.child.exitCode).toBeNull();
  });
});
