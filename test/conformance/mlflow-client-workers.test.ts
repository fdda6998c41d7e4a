/* MLflow's own client with a live `mlspec server --workers 2`: what mlflow_workers.py does. */
import { describeStockProgram } from './stock-client.ts';

describeStockProgram({
  script: 'mlflow_workers.py',
  requests: 200,
  version: '3.17.2',
  python: () => process.env['MLSPEC_TEST_PYTHON'] ?? 'python3',
  options: ['--workers', '2'],
});
