/* MLflow's own client, unchanged, with a registry of ours: a live `mlspec server`. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createLocalArtifacts } from '../../src/artifacts/index.ts';
import { openDatabase } from '../../src/database/index.ts';
import { openRegistry } from '../../src/registry/index.ts';
import { describeChecks } from './client-checks.ts';

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

describeChecks({ script: 'registry_client.py', checks, prepare: registerRelease });

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
