/* Endpoints that are no messages: how the server is, and files. */
import { listOf, named, object } from './answers.ts';

const mistake = { $ref: '#/components/responses/Mistake' };
const unknown = { $ref: '#/components/responses/Unknown' };
const overloaded = { $ref: '#/components/responses/Overloaded' };

const says = (summary: string, operationId: string, type: string, schema: object): object => ({
  get: {
    operationId,
    summary,
    tags: ['server'],
    responses: { '200': { description: summary, content: { [type]: { schema } } }, '503': overloaded },
  },
});
const text = { type: 'string' };
const count = { type: 'integer' };
const bytes = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };
const done = { description: 'Done.', content: { 'application/json': { schema: named('Nothing') } } };
const path = {
  name: 'path',
  in: 'path',
  required: true,
  description: 'The path of a file; slashes stand in it as they are.',
  schema: { type: 'string', minLength: 1 },
};

/** By path. */
export const otherPaths: Readonly<Record<string, object>> = {
  '/ok': says('`ok`, as long as the server answers.', 'ok', 'text/plain', { const: 'ok\n' }),
  '/health': says('`OK`, as MLflow says it.', 'health', 'text/plain', { const: 'OK' }),
  '/version': says('The version of MLflow whose API is met.', 'version', 'text/plain', text),
  '/metrics': says('The metrics of the server for Prometheus.', 'metrics', 'text/plain', text),
  '/varz': says(
    'The server in one document.',
    'varz',
    'application/json',
    object(
      { version: text, mlflowApiVersion: text, node: text, pid: count, memoryBytes: count },
      { startedAtMs: count, uptimeMs: count, requestsInFlight: count },
    ),
  ),
  '/api/3.0/mlflow/server-info': says(
    'What clients ask before they choose an endpoint.',
    'serverInfo',
    'application/json',
    object({
      ...{ store_type: text, workspaces_enabled: { type: 'boolean' } },
      features_enabled: object({ gateway: { type: 'boolean' } }),
    }),
  ),
  '/api/2.0/mlflow-artifacts/artifacts': {
    get: {
      operationId: 'listArtifacts',
      summary: 'What lies in a folder.',
      tags: ['artifacts'],
      parameters: [{ name: 'path', in: 'query', required: false, schema: text }],
      responses: {
        '200': {
          description: 'Files and folders.',
          content: { 'application/json': { schema: object({ files: listOf(named('File')) }) } },
        },
        '400': mistake,
        '404': unknown,
        '503': overloaded,
      },
    },
  },
  '/api/2.0/mlflow-artifacts/artifacts/{path}': {
    parameters: [path],
    get: {
      operationId: 'getArtifact',
      summary: 'A file, whole or in ranges of bytes.',
      tags: ['artifacts'],
      responses: {
        '200': { description: 'The file.', content: { '*/*': { schema: { type: 'string', format: 'binary' } } } },
        '206': { description: 'A part of it.', content: { '*/*': { schema: { type: 'string', format: 'binary' } } } },
        '304': { description: 'Whoever asked has it already.' },
        '400': mistake,
        '404': unknown,
        '416': { description: 'It has no such part.', content: { 'application/json': { schema: named('Error') } } },
        '503': overloaded,
      },
    },
    put: {
      operationId: 'putArtifact',
      summary: 'Keeps a file; one that is there is replaced.',
      tags: ['artifacts'],
      requestBody: { required: true, content: bytes },
      responses: { '200': done, '400': mistake, '503': overloaded },
    },
    delete: {
      operationId: 'deleteArtifact',
      summary: 'Removes a file, or a folder with what lies in it.',
      tags: ['artifacts'],
      responses: { '200': done, '400': mistake, '404': unknown, '503': overloaded },
    },
  },
};
