/*
 * Uploads in parts, as MLflow clients make them that were told to: create, PUT each part to its link, complete. And what
 * MLflow does not have: `GET mpu/status`, which says what was received and gives links to what was not.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Digest } from '../../../encoding/index.ts';
import {
  type ArtifactPath,
  type ArtifactUpload,
  joinPath,
  parseArtifactPath,
  parseFolderPath,
} from '../../../tracking/index.ts';
import { type Fields, integer, list, message, required, text } from '../message.ts';
import { readMessages } from '../read-message.ts';
import { readBody } from '../rpc.ts';
import type { ArtifactServices } from './artifact-services.ts';
import { linkOf } from './transfer-links.ts';

/** Ten thousand parts, each with its link. */
const bodyLimitBytes = 16 * 1024 * 1024;

const created = message({ path: required(text), num_parts: integer });
const named = message({ path: required(text), upload_id: required(text) });
const completed = message({
  path: required(text),
  upload_id: required(text),
  parts: list(message({ part_number: required(integer), etag: required(text) })),
});

/** Serves uploads in parts below some roots. */
export function serveUploads(app: FastifyInstance, services: ArtifactServices, roots: readonly string[]): void {
  app.register(async (scope) => {
    readMessages(scope, services.limits);
    const limited = { bodyLimit: bodyLimitBytes };
    for (const root of roots) {
      for (const end of ['', '/*']) {
        const url = (verb: string): string => `${root}/mlflow-artifacts/mpu/${verb}${end}`;
        scope.post(url('create'), limited, (request) => create(request, services));
        scope.post(url('complete'), limited, (request) => complete(request, services));
        scope.post(url('abort'), limited, (request) => abort(request, services));
      }
      scope.get(`${root}/mlflow-artifacts/mpu/status/*`, (request) => status(request, services));
    }
  });
}

async function create(request: FastifyRequest, services: ArtifactServices): Promise<object> {
  const fields = created(bodyOf(request), '')!;
  const upload = await services
    .servicesFor(request)
    .artifacts.uploads.begin(pathOf(request, fields), fields.num_parts ?? 1);
  return { upload_id: upload.id, credentials: credentialsOf(request, upload, services) };
}

async function complete(request: FastifyRequest, { servicesFor }: ArtifactServices): Promise<object> {
  const fields = completed(bodyOf(request), '')!;
  const parts = fields.parts.map(({ part_number, etag }) => ({ part: part_number, digest: digestIn(etag) }));
  await servicesFor(request).artifacts.uploads.complete({ id: fields.upload_id, path: pathOf(request, fields) }, parts);
  return {};
}

async function abort(request: FastifyRequest, { servicesFor }: ArtifactServices): Promise<object> {
  const fields = named(bodyOf(request), '')!;
  await servicesFor(request).artifacts.uploads.abort({ id: fields.upload_id, path: pathOf(request, fields) });
  return {};
}

async function status(request: FastifyRequest, services: ArtifactServices): Promise<object> {
  const { upload_id } = message({ upload_id: required(text) })(request.query, '')!;
  const path = parseArtifactPath((request.params as { readonly '*': string })['*']);
  const upload = await services.servicesFor(request).artifacts.uploads.find({ id: upload_id, path });
  return {
    upload_id: upload.id,
    num_parts: upload.partCount,
    parts: upload.parts.map(({ part, digest, sizeBytes }) => ({
      part_number: part,
      etag: `"${digest}"`,
      size: sizeBytes,
    })),
    credentials: credentialsOf(request, upload, services),
  };
}

/** Links to the parts that were not received yet. */
function credentialsOf(
  request: FastifyRequest,
  upload: ArtifactUpload,
  { links }: ArtifactServices,
): readonly object[] {
  const received = new Set(upload.parts.map(({ part }) => part));
  const missing = Array.from({ length: upload.partCount }, (_, index) => index + 1).filter(
    (part) => !received.has(part),
  );
  return missing.map((part) => ({
    url: linkOf(request, `part?${links.toSend({ uploadId: upload.id, part })}`),
    part_number: part,
    headers: {},
  }));
}

/** The folder is in the URL; of the client's own path only the name counts, whichever system it is of. */
function pathOf(request: FastifyRequest, { path }: Pick<Fields<typeof named.table>, 'path'>): ArtifactPath {
  const folder = parseFolderPath((request.params as { readonly '*'?: string })['*'] ?? '');
  return joinPath(folder, path.split(/[/\\]/).at(-1)!);
}

function bodyOf(request: FastifyRequest): object {
  return readBody(request.body as Buffer | undefined);
}

/** The digest in an ETag, with its quotation marks or without. */
function digestIn(etag: string): Digest {
  return etag.replaceAll('"', '') as Digest;
}
