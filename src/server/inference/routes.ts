import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { infer, resolveModel, type Service } from '../../serving/index.ts';
import { describeModel, readOpenInference, writeOpenInference } from './open-inference.ts';
import { wrong } from './reading.ts';
import { readScoring, writeScoring } from './scoring.ts';

interface ModelParams {
  readonly model: string;
  readonly version?: string;
}

/** The paths of the Open Inference Protocol, version 2, over REST. @see open_inference_rest.yaml */
export function openInferenceRoutes(app: FastifyInstance, service: Service, programVersion: string): void {
  const isReady = (): boolean => service.keeper.current() !== null;
  const server = (): object => ({ name: 'mlspec', version: programVersion, extensions: [] });
  app.get('/v2', server);
  app.get('/v2/', server);
  app.get('/v2/health/live', () => ({ live: true }));
  app.get('/v2/health/ready', (_request, reply) => sayReady(reply, isReady(), {}));
  for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    app.get(path, (request) => {
      requireModel(service, request);
      return describeModel(service);
    });
    app.get(`${path}/ready`, (request, reply) => {
      requireModel(service, request);
      return sayReady(reply, isReady(), { name: service.name });
    });
    app.post(`${path}/infer`, async (request) => {
      requireModel(service, request);
      if (request.headers['inference-header-content-length'] !== undefined)
        throw wrong('the binary form is not supported; send JSON');
      const read = readOpenInference(request.body, service.facts);
      const { model, version } = request.params as ModelParams;
      const asked = { route: 'v2', model, version: version ?? null, rows: read.rows, columns: read.columns };
      return writeOpenInference(service, read, await infer(service, asked));
    });
  }
}

function sayReady(reply: FastifyReply, ready: boolean, more: object): object {
  reply.code(ready ? 200 : 503);
  return { ...more, ready };
}

function requireModel(service: Service, request: FastifyRequest): void {
  const { model, version } = request.params as ModelParams;
  resolveModel(service, { model, version: version ?? null });
}

/** MLflow's scoring protocol. */
export function scoringRoutes(app: FastifyInstance, service: Service, programVersion: string): void {
  app.post('/invocations', async (request) => {
    const { rows, columns } = readScoring(request.body);
    return writeScoring(await infer(service, { route: 'invocations', model: null, version: null, rows, columns }));
  });
  app.get('/version', (_request, reply) => reply.type('text/plain').send(programVersion));
  for (const path of ['/ping', '/health'])
    app.get(path, (_request, reply) => reply.code(service.keeper.current() === null ? 503 : 200).send());
}
