/* MLflow's own client, unchanged, with a registry of ours: a live `mlspec server`. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLocalArtifacts } from '../../src/artifacts/index.ts';
import { openDatabase } from '../../src/database/index.ts';
import { openRegistry } from '../../src/registry/index.ts';
import { repositoryRoot } from '../../tools/problem.ts';

const python = process.env['MLSPEC_TEST_PYTHON'] ?? 'python3';
const checks = [
  'models',
  'search_of_models',
  'versions',
  'stages',
  'aliases',
  'register_and_load',
  'registered_while_logging',
  'package_of_a_release',
  'protected_alias',
];

describe('the stock client', () => {
  let folder: string;
  let server: ChildProcess;
  let told: readonly string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'registry-client-'));
    const store = join(folder, 'state');
    await registerRelease(folder, store);
    const program = join(repositoryRoot, 'bin/mlspec');
    server = spawn(program, ['server', '--port', '0', '--store', store, '--json'], {
      cwd: folder,
      env: { ...process.env, HOME: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface(server.stdout!), 'line');
    const { url } = JSON.parse(String(line)) as { url: string };
    const script = join(import.meta.dirname, 'registry_client.py');
    const { stdout } = await promisify(execFile)(python, [script, url], { env: { ...process.env, HOME: folder } });
    told = stdout.split(/^(?=ok |FAILED )/m).map((part) => part.trim());
  }, 240_000);

  afterAll(async () => {
    server.kill('SIGTERM');
    if (server.exitCode === null) await once(server, 'exit');
    await rm(folder, { recursive: true, force: true });
  });

  test.each(checks)('%s', (name) => {
    const said = told.find((part) => part.split(/\s/)[1] === `test_${name}`);
    expect(said?.startsWith('ok') ? '' : said).toBe('');
  });
});

/** Makes a package with the client's own library and registers it as a release does. */
async function registerRelease(folder: string, store: string): Promise<void> {
  const save = `
import sys, numpy as np, mlflow
from sklearn.linear_model import LinearRegression
rows = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]])
mlflow.sklearn.save_model(LinearRegression().fit(rows, [1.0, 2.0, 3.0]), sys.argv[1], pip_requirements=["scikit-learn"], serialization_format="cloudpickle")`;
  await promisify(execFile)(python, ['-c', save, join(folder, 'package')], { env: { ...process.env, HOME: folder } });
  const artifacts = createLocalArtifacts({ root: join(store, 'artifacts') });
  const { digest } = await artifacts.put(join(folder, 'package'));
  const database = await openDatabase({ kind: 'sqlite', path: join(store, 'metadata.db') });
  const registry = await openRegistry(database);
  await registry.registerPackage({
    ...{ model: 'released', packageDigest: digest, artifactId: 'art_1', runId: 'run_1' },
    ...{ signature: {}, passedComparison: () => false },
  });
  await registry.setAlias('released', 'production', 'latest');
  await registry.protectAlias({ model: 'released', alias: 'production', approvals: 1, by: 'key' });
  await database.close();
}
