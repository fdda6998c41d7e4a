/* All of MLflow beside logging, and PyTorch Lightning, with a live `mlspec server`: what mlflow_workflow.py does. */
import { clientPython } from '../../tools/python-env.ts';
import { describeStockProgram } from './stock-client.ts';

describeStockProgram({
  script: 'mlflow_workflow.py',
  version: '3.17.2',
  python: () => clientPython('full'),
  requests: 200,
});
