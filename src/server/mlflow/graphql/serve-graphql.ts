/* `/graphql`, which MLflow's web interface asks for runs and experiments. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { message, required, text } from '../message.ts';
import { type MessageLimits, readMessages } from '../read-message.ts';
import { readBody, requireJson } from '../rpc.ts';
import type { Ask } from './query-context.ts';

const bodyLimitBytes = 1024 * 1024;

/** What a query of one request is answered with. */
export interface GraphqlOptions {
  readonly limits?: MessageLimits | undefined;
  readonly askFor: (request: FastifyRequest) => Ask;
  readonly onError: (error: unknown, request: FastifyRequest) => void;
}

const question = message({ query: required(text), operationName: text });

/**
 * Serves queries. The library behind them is loaded with the first one: servers that no web interface asks go without its
 * memory.
 */
export function serveGraphql(app: FastifyInstance, { askFor, limits, onError }: GraphqlOptions): void {
  app.register(async (scope) => {
    readMessages(scope, limits);
    scope.post('/graphql', { bodyLimit: bodyLimitBytes }, async (request, reply) => {
      requireJson(request.headers['content-type']);
      const body = readBody(request.body as Buffer | undefined);
      const { query, operationName = null } = question(body, '')!;
      const { answerQuery } = await import('./answer-query.ts');
      const answer = await answerQuery(
        { query, operationName, variables: variablesOf(body) },
        { ask: askFor(request), onError: (error) => onError(error, request) },
      );
      return await reply.type('application/json').send(JSON.stringify(answer));
    });
  });
}

/** Absent, null or not an object: none. */
function variablesOf(body: object): object | null {
  const { variables } = body as { readonly variables?: unknown };
  return typeof variables === 'object' && !Array.isArray(variables) ? variables : null;
}
