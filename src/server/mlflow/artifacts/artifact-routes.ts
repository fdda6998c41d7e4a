/* The artifact proxy: MLflow clients list, get, put and delete files by paths that mean nothing to the server's disk. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ByteStream } from '../../../artifacts/index.ts';
import {
  type ArtifactPath,
  artifactRootOf,
  joinPath,
  nameOf,
  parseArtifactPath,
  parseFolderPath,
} from '../../../tracking/index.ts';
import { badValue } from '../message.ts';
import { downloadUri, ordinalOf } from '../version-message.ts';
import type { ArtifactServices } from './artifact-services.ts';
import { pathOf } from './path-in-url.ts';
import { servePresigned } from './presigned-routes.ts';
import { type Exchange, sendArtifact } from './send-artifact.ts';
import { type LinkQuery, signedRoot } from './transfer-links.ts';
import { serveUploads } from './upload-routes.ts';

/** The largest body of `upload-artifact`, by which the user interface sends files. */
const smallUploadBytes = 10 * 1024 * 1024;
const roots = ['/api/2.0', '/ajax-api/2.0'];

/** Serves the routes of artifacts that are not plain messages: whose path is a file's or whose body is bytes. */
export function serveArtifacts(app: FastifyInstance, services: ArtifactServices): void {
  app.register(async (scope) => {
    // A body is bytes, whatever it is said to be, and nobody reads it before its handler does.
    scope.addHook('onRequest', async (request) => {
      delete request.headers['content-type'];
    });
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, done) => done(null));
    for (const root of roots) {
      serveFiles(scope, `${root}/mlflow-artifacts`, services);
      scope.post(`${root}/mlflow/upload-artifact`, (request) => uploadSmall(request, services));
    }
    serveSigned(scope, services);
    read(scope, '/get-artifact', async (request, reply) => {
      return await sendAt({ request, reply }, await pathInRun(request, services), services);
    });
    read(scope, '/model-versions/get-artifact', async (request, reply) => {
      return await sendAt({ request, reply }, await pathInVersion(request, services), services);
    });
    for (const version of ['2.0', '3.0']) {
      read(scope, `/ajax-api/${version}/mlflow/get-trace-artifact`, async (request, reply) => {
        return await sendTrace({ request, reply }, services);
      });
    }
    read(scope, '/ajax-api/2.0/mlflow/logged-models/:model/artifacts/files', async (request, reply) => {
      return await sendAt({ request, reply }, await pathInModel(request, services), services);
    });
  });
  serveUploads(app, services, roots);
  servePresigned(app, services, roots);
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** A route for GET and HEAD: the same answer, the second without its bytes. */
function read(scope: FastifyInstance, url: string, handler: Handler): void {
  scope.route({ method: ['GET', 'HEAD'], url, exposeHeadRoute: false, handler });
}

function serveFiles(scope: FastifyInstance, root: string, services: ArtifactServices): void {
  const pathsFor = (request: FastifyRequest) => services.servicesFor(request).artifacts.paths;
  scope.get(`${root}/artifacts`, async (request) => {
    const folder = parseFolderPath(textOf(request, 'path') ?? '');
    const entries = await pathsFor(request).list(folder);
    return { files: entries.map(({ name, sizeBytes }) => writeFile(name, sizeBytes)) };
  });
  read(scope, `${root}/artifacts/*`, async (request, reply) => {
    return await sendAt({ request, reply }, pathOf(request), services);
  });
  scope.put(`${root}/artifacts/*`, async (request, reply) => {
    await pathsFor(request).put(exactPathOf(request), bodyOf(request, services));
    return await reply.send({});
  });
  scope.delete(`${root}/artifacts/*`, async (request, reply) => {
    await pathsFor(request).remove(exactPathOf(request));
    return await reply.send({});
  });
}

/** Where links lead. They carry their own permission. */
function serveSigned(scope: FastifyInstance, services: ArtifactServices): void {
  const { links, linked } = services;
  const { paths, uploads } = linked;
  read(scope, `${signedRoot}/file`, async (request, reply) => {
    return await sendArtifact({ request, reply }, links.readFile(request.query as LinkQuery), paths);
  });
  scope.put(`${signedRoot}/upload`, async (request, reply) => {
    await paths.put(links.readPath(request.query as LinkQuery), bodyOf(request, services));
    return await reply.send({});
  });
  scope.put(`${signedRoot}/part`, async (request, reply) => {
    const { uploadId, part } = links.readPart(request.query as LinkQuery);
    const { digest } = await uploads.putPart(uploadId, part, bodyOf(request, services));
    return await reply.header('etag', `"${digest}"`).send({});
  });
}

async function sendAt(exchange: Exchange, path: ArtifactPath, services: ArtifactServices): Promise<unknown> {
  const { paths } = services.servicesFor(exchange.request).artifacts;
  return await sendArtifact(exchange, { ...(await paths.find(path)), name: nameOf(path) }, paths);
}

/** The spans of a trace as the file `traces.json` has them, which is sent where no spans are kept; or a file that was attached to it. */
async function sendTrace(exchange: Exchange, services: ArtifactServices): Promise<unknown> {
  const { request, reply } = exchange;
  const attached = textOf(request, 'path');
  const trace = await services.servicesFor(request).traces.get(requiredOf(request, 'request_id'));
  if (attached === null && trace.spans.length > 0) {
    const body = `{"spans": [${trace.spans.join(', ')}]}`;
    return await reply.header('x-content-type-options', 'nosniff').type('application/json').send(body);
  }
  const location = trace.info.tags.find(({ key }) => key === 'mlflow.artifactLocation')?.value ?? '';
  const path = parseArtifactPath(attached === null ? 'traces.json' : `attachments/${attached}`);
  return await sendAt(exchange, joinPath(artifactRootOf(location), path), services);
}

async function uploadSmall(request: FastifyRequest, services: ArtifactServices): Promise<object> {
  const path = await pathInRun(request, services);
  await services.servicesFor(request).artifacts.paths.put(path, limited(bodyOf(request, services)));
  return {};
}

async function pathInRun(request: FastifyRequest, { servicesFor }: ArtifactServices): Promise<ArtifactPath> {
  const runId = textOf(request, 'run_id') ?? textOf(request, 'run_uuid');
  if (runId === null) throw badValue('Request must specify run_uuid.');
  const path = parseArtifactPath(requiredOf(request, 'path'));
  const run = await servicesFor(request).tracking.getRun(runId);
  return joinPath(artifactRootOf(run.info.artifactUri), path);
}

async function pathInVersion(request: FastifyRequest, { servicesFor }: ArtifactServices): Promise<ArtifactPath> {
  const path = parseArtifactPath(requiredOf(request, 'path'));
  const [model, version] = [requiredOf(request, 'name'), requiredOf(request, 'version')];
  const found = await servicesFor(request).registry.getVersion({ model, ordinal: ordinalOf(version) });
  return joinPath(artifactRootOf(downloadUri(found)), path);
}

async function pathInModel(request: FastifyRequest, { servicesFor }: ArtifactServices): Promise<ArtifactPath> {
  const below = textOf(request, 'artifact_file_path');
  if (below === null) throw badValue('Request must include the "artifact_file_path" query parameter.');
  const path = parseArtifactPath(below);
  const model = await servicesFor(request).tracking.getLoggedModel(
    (request.params as { readonly model: string }).model,
  );
  return joinPath(artifactRootOf(model.artifactUri), path);
}

async function* limited(source: ByteStream): ByteStream {
  let sizeBytes = 0;
  for await (const piece of source) {
    sizeBytes += piece.length;
    if (sizeBytes > smallUploadBytes) throw badValue('Artifact size is too large. Max size is 10MB.');
    yield piece;
  }
  if (sizeBytes === 0) throw badValue('Request must specify data.');
}

/** One file or folder of a listing, as MLflow writes it. */
export function writeFile(path: string, sizeBytes: number | null): object {
  return sizeBytes === null ? { path, is_dir: true } : { path, is_dir: false, file_size: sizeBytes };
}

/** The same where a name that was cut at a question mark would change another file. */
function exactPathOf(request: FastifyRequest): ArtifactPath {
  if (!request.raw.url!.includes('?')) return pathOf(request);
  throw badValue('Invalid path: a ? in the name of a file has to be sent as %3F; nothing else may follow the path.');
}

/**
 * The body. Where it is not wanted any more the rest is received and dropped: clients read no answer before they have sent
 * all, and a connection that is closed under them looks like a failure of the network, after which they try again. A
 * sender that has silently gone away is given up after a while.
 */
async function* bodyOf(request: FastifyRequest, { uploadIdleMs }: ArtifactServices): ByteStream {
  request.raw.setTimeout(uploadIdleMs);
  try {
    yield* request.raw.iterator({ destroyOnReturn: false });
    request.raw.setTimeout(0);
  } finally {
    request.raw.resume();
  }
}

/** A field of the query, the last one of its name; null where it is absent or empty. */
function textOf(request: FastifyRequest, name: string): string | null {
  const given = (request.query as Readonly<Record<string, string | readonly string[]>>)[name];
  const value = typeof given === 'string' ? given : given?.at(-1);
  return value === undefined || value === '' ? null : value;
}

function requiredOf(request: FastifyRequest, name: string): string {
  const value = textOf(request, name);
  if (value === null) throw badValue(`Request must specify ${name}.`);
  return value;
}
