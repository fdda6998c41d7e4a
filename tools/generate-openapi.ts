/* Writes schemas/openapi.json: the endpoints of the tracking server, as it serves them itself at /openapi.json. */
import { programVersion } from '../src/app/index.ts';
import { apiVersion, mlflowRoutes } from '../src/server/mlflow/index.ts';
import { openApiDocument } from '../src/server/mlflow/openapi/document.ts';
import { writeOrCheck } from './generated.ts';

const document = openApiDocument(mlflowRoutes, { programVersion, apiVersion });
writeOrCheck(
  'tools/generate-openapi.ts',
  new Map([['schemas/openapi.json', `${JSON.stringify(document, null, 2)}\n`]]),
);
