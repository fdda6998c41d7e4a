/* MLflow's own client, the newest minor and the two before it, with a live `mlspec server`: what mlflow_client.py does. */
import { clientPython } from '../../tools/python-env.ts';
import { describeStockProgram } from './stock-client.ts';

const script = 'mlflow_client.py';
const requests = 1000;
const ofTests = (): string => process.env['MLSPEC_TEST_PYTHON'] ?? 'python3';

describeStockProgram({ script, requests, version: '3.17.2', python: ofTests });
describeStockProgram({ script, requests, version: '3.16.1', python: () => clientPython('3.16') });
describeStockProgram({ script, requests, version: '3.15.2', python: () => clientPython('3.15') });
