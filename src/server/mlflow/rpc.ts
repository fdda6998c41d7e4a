/* Serving a table of endpoints: what belongs to all of them, in one place. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { wrongContentType } from './errors.ts';
import { parseJson } from './json.ts';
import { bodyLimitOf } from './limits.ts';
import { badValue } from './message.ts';
import { type MessageLimits, readMessages } from './read-message.ts';
import type { Call, Route } from './route.ts';

const jsonType = /^application\/json\s*(;|$)/i;

/** Serves endpoints below `/api` and `/ajax-api`. */
export function serveRoutes(
  app: FastifyInstance,
  routes: readonly Route[],
  {
    callOf,
    limits,
  }: { readonly callOf: (request: FastifyRequest) => Call; readonly limits?: MessageLimits | undefined },
): void {
  app.register(async (scope) => {
    readMessages(scope, limits);
    for (const route of routes) {
      for (const root of ['/api', '/ajax-api']) {
        scope.route({
          method: route.method,
          url: `${root}/${route.version}.0${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
          bodyLimit: bodyLimitOf(route),
          exposeHeadRoute: false,
          handler: async (request, reply) => {
            const found = await route.answer(readFields(request, route), callOf(request));
            return reply.type('application/json').send(JSON.stringify(found));
          },
        });
      }
    }
  });
}

/** The fields of a request: of its query or its body, and the parts of its path. */
function readFields(request: FastifyRequest, route: Route): object {
  const body = request.body as Buffer | undefined;
  const hasBody = body !== undefined && body.length > 0;
  if (route.method === 'POST') requireJson(request.headers['content-type']);
  const isQuery = route.method === 'GET' || (route.method === 'DELETE' && !hasBody);
  const given = isQuery ? readQuery(request.query as QueryFields, route.lists) : readBody(body);
  return { ...given, ...(request.params as object) };
}

/** @throws PlatformError TRACKING_BAD_VALUE for a body that is said to be something else */
export function requireJson(type: string | undefined): void {
  if (type === undefined || jsonType.test(type)) return;
  throw badValue(wrongContentType);
}

type QueryFields = Readonly<Record<string, string | readonly string[]>>;

function readQuery(query: QueryFields, lists: readonly string[]): object {
  const isList = new Set(lists);
  // In a query a field has only the name that it is documented with.
  const given = Object.entries(query).filter(([name]) => !/[A-Z]/.test(name));
  return Object.fromEntries(
    given.map(([name, value]) => {
      const values = Array.isArray(value) ? value : [value];
      return [name, isList.has(name) ? values : values[0]];
    }),
  );
}

/** The object in a body; nothing is an empty one, and a text that holds JSON is read once more. */
export function readBody(body: Buffer | undefined): object {
  if (body === undefined || body.length === 0) return {};
  let value = parse(body.toString('utf8').replace(/^\uFEFF/, ''));
  if (typeof value === 'string') value = parse(value);
  if (value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value;
  throw badValue(`Invalid request: expected a JSON object as the body, found ${JSON.stringify(value).slice(0, 100)}`);
}

function parse(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return parseJson(text);
  } catch (error) {
    throw badValue(`Invalid request: the body is not valid JSON: ${(error as Error).message}`);
  }
}
