/* MLflow's own client, the newest minor and the two before it, with a live `mlspec server`: what mlflow_client.py does. */
import { clientPython } from '../../tools/python-env.ts';
import { hasPostgres } from '../contract/databases.ts';
import { isFull } from '../full.ts';
import { describeStockProgram } from './stock-client.ts';

const withPostgres = await hasPostgres();
const ofTests = (): string => process.env['MLSPEC_TEST_PYTHON'] ?? 'python3';
const clients = [
  { version: '3.17.2', python: ofTests, first: 'PostgreSQL and S3' },
  { version: '3.16.1', python: () => clientPython('3.16'), first: 'folder' },
  { version: '3.15.2', python: () => clientPython('3.15'), first: 'PostgreSQL and S3' },
] as const;

// Each with either store in the full tests; else they take turns.
for (const { first, ...client } of clients)
  for (const place of ['folder', 'PostgreSQL and S3'] as const)
    if ((isFull || place === first) && (withPostgres || place === 'folder'))
      describeStockProgram({ ...client, place, script: 'mlflow_client.py', requests: 1000 });
