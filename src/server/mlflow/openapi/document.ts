/**
 * The endpoints as an OpenAPI 3.1 document: paths and requests from the table that serves them, answers from
 * `answers.ts`. What clients may send is wider than what stands there, because JSON of protocol buffers is.
 */
import type { JsonSchema } from '../message.ts';
import type { Route } from '../route.ts';
import { named, schemas } from './answers.ts';
import { type EndpointNote, endpointNotes } from './endpoints.ts';
import { otherPaths } from './other-paths.ts';
import { traceSchemas } from './trace-answers.ts';

/** What the document tells besides. */
export interface DocumentFacts {
  readonly programVersion: string;
  /** The version of MLflow's API that is met. */
  readonly apiVersion: string;
}

const description = `Experiments, runs, metrics, models and artifacts, for clients of MLflow and for whoever speaks HTTP.
Every path stands below \`/ajax-api\` too. Bodies are JSON; numbers may come as texts, \`null\` is absent, unknown fields are ignored.
A mistake of whoever asks is answered with 4xx, and never with a status after which clients of MLflow ask again.`;

/** The whole document. */
export function openApiDocument(routes: readonly Route[], { programVersion, apiVersion }: DocumentFacts): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = `/api/${route.version}.0${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'mlspec server',
      version: programVersion,
      summary: `The tracking server of MLSpec; it meets the API of MLflow ${apiVersion}.`,
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: { ...paths, ...otherPaths },
    components: { schemas: { ...schemas, ...traceSchemas }, responses },
  };
}

const errorContent = { 'application/json': { schema: named('Error') } };
const retry = { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } };

const responses = {
  Mistake: {
    description: 'A value, a filter or a state that does not fit; the message says which.',
    content: errorContent,
  },
  Unauthenticated: { description: 'Nobody is signed in.', content: errorContent },
  Forbidden: { description: 'Whoever asks may not do this.', content: errorContent },
  Unknown: { description: 'What was named is not there.', content: errorContent },
  Conflict: { description: 'Something else stands in the way.', content: errorContent },
  TooLarge: { description: 'The body is larger than the endpoint takes.', content: errorContent },
  Overloaded: { description: 'Too much at once; try again in a moment.', headers: retry, content: errorContent },
};

const mistakes = {
  '400': { $ref: '#/components/responses/Mistake' },
  '401': { $ref: '#/components/responses/Unauthenticated' },
  '403': { $ref: '#/components/responses/Forbidden' },
  '404': { $ref: '#/components/responses/Unknown' },
  '409': { $ref: '#/components/responses/Conflict' },
  '413': { $ref: '#/components/responses/TooLarge' },
  '503': { $ref: '#/components/responses/Overloaded' },
};

function operation(route: Route): object {
  const name = `${route.method} ${route.path}`;
  const { says, answers, example }: EndpointNote = endpointNotes[name] ?? { says: name, answers: { type: 'object' } };
  const [, tag = '', family = ''] = route.path.split('/');
  return {
    operationId: operationId(route),
    summary: says,
    tags: [tag === 'mlflow' ? family : tag],
    ...requestOf(route, example),
    responses: {
      '200': { description: says, content: { 'application/json': { schema: answers } } },
      ...mistakes,
    },
  };
}

function operationId({ method, path, version }: Route): string {
  const words = `${version === 3 ? 'v3 ' : ''}${method} ${path}`.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.map((word, index) => (index === 0 ? word : word[0]!.toUpperCase() + word.slice(1))).join('');
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
}

/** The fields of a message: those of the path, and the others in the query or the body. */
function requestOf({ method, path, schema }: Route, example: object | undefined): object {
  const { properties = {}, required = [] } = schema as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  const inPath = new Set([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!));
  const others = Object.keys(properties).filter((name) => !inPath.has(name));
  const isQuery = method === 'GET';
  const parameter = (name: string, place: Parameter['in']): object => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: properties[name] ?? { type: 'string' },
    ...(example !== undefined && name in example ? { example: (example as JsonSchema)[name] } : {}),
  });
  const parameters = [
    ...[...inPath].map((name) => parameter(name, 'path')),
    ...(isQuery ? others.map((name) => parameter(name, 'query')) : []),
  ];
  return {
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(isQuery || others.length === 0 ? {} : { requestBody: bodyOf({ properties, required }, others, example) }),
  };
}

interface MessageSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
}

function bodyOf(
  { properties, required }: MessageSchema,
  names: readonly string[],
  example: object | undefined,
): object {
  const needed = names.filter((name) => required.includes(name));
  const schema = {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, properties[name]])),
    ...(needed.length === 0 ? {} : { required: needed }),
  };
  return {
    required: needed.length > 0,
    content: { 'application/json': { schema, ...(example === undefined ? {} : { example }) } },
  };
}
