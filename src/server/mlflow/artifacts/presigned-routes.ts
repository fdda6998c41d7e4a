/*
 * Links that carry their own permission, as clients ask for them. A file is read from the bucket in which it lies where the
 * store has such links, else from this server. A file is always sent to this server: MLflow has no call by which a client
 * says that it has sent a file elsewhere, so nobody could compare it with anything before others see it.
 */
import { finished } from 'node:stream/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type ArtifactPath, artifactRootOf, joinPath, nameOf } from '../../../tracking/index.ts';
import { badValue, integer, message, required, text } from '../message.ts';
import { readMessages } from '../read-message.ts';
import { readBody } from '../rpc.ts';
import type { Services } from '../services.ts';
import type { ArtifactServices } from './artifact-services.ts';
import { attachment, mediaTypeOf } from './media-type.ts';
import { pathOf } from './path-in-url.ts';
import { linkOf } from './transfer-links.ts';

const bodyLimitBytes = 64 * 1024;
/** For how long, where nobody says it: of the proxy's own links, and of the other two as in MLflow. */
const defaultSeconds = { proxy: 3600, download: 300, upload: 900 } as const;
const longestSeconds = 604_800;

const wantedUpload = message({ run_id: text, model_id: text, path: required(text), expiration: integer });
const wantedDownload = message({ run_id: required(text), path: required(text), expiration: integer });

/** Serves links below some roots. */
export function servePresigned(app: FastifyInstance, services: ArtifactServices, roots: readonly string[]): void {
  app.register(async (scope) => {
    readMessages(scope, services.limits);
    const limited = { bodyLimit: bodyLimitBytes };
    for (const root of roots) {
      scope.get(`${root}/mlflow-artifacts/presigned/*`, async (request) => {
        const place = { path: pathOf(request), seconds: defaultSeconds.proxy };
        const { url, sizeBytes } = await linkToFile(request, services, place);
        return { url, headers: {}, file_size: sizeBytes };
      });
      scope.post(`${root}/mlflow/artifacts/presigned-download-url`, limited, (request) => download(request, services));
      scope.post(`${root}/mlflow/artifacts/presigned-upload-url`, limited, (request) => upload(request, services));
    }
  });
}

async function download(request: FastifyRequest, services: ArtifactServices): Promise<object> {
  const fields = wantedDownload(readBody(request.body as Buffer | undefined), '')!;
  const seconds = secondsOf(fields.expiration ?? defaultSeconds.download);
  const run = await services.servicesFor(request).tracking.getRun(fields.run_id);
  const path = joinPath(artifactRootOf(run.info.artifactUri), fields.path);
  const { url, sizeBytes } = await linkToFile(request, services, { path, seconds });
  return { presigned_url: url, headers: {}, file_size: sizeBytes };
}

async function upload(request: FastifyRequest, services: ArtifactServices): Promise<object> {
  const fields = wantedUpload(readBody(request.body as Buffer | undefined), '')!;
  const seconds = secondsOf(fields.expiration ?? defaultSeconds.upload);
  const path = joinPath(artifactRootOf(await artifactUriOf(fields, services.servicesFor(request))), fields.path);
  await services.servicesFor(request).artifacts.paths.requireFree(path);
  const url = linkOf(request, `upload?${services.links.toWrite(path, seconds * 1000)}`);
  return { presigned_url: url, headers: {} };
}

interface Owner {
  readonly run_id?: string | undefined;
  readonly model_id?: string | undefined;
}

async function artifactUriOf(owner: Owner, { tracking }: Services): Promise<string> {
  const { run_id: runId, model_id: modelId } = owner;
  if (runId && !modelId) return (await tracking.getRun(runId)).info.artifactUri;
  if (modelId && !runId) return (await tracking.getLoggedModel(modelId)).artifactUri;
  throw badValue('Exactly one of run_id and model_id must be provided.');
}

/** A link to a file, which is compared with its digest before the link is given: no part of it has to wait for that. */
async function linkToFile(
  request: FastifyRequest,
  { servicesFor, links }: ArtifactServices,
  { path, seconds }: { readonly path: ArtifactPath; readonly seconds: number },
): Promise<{ readonly url: string; readonly sizeBytes: number }> {
  const { paths } = servicesFor(request).artifacts;
  const file = await paths.find(path);
  const [name, { sizeBytes }] = [nameOf(path), file];
  const look = { mediaType: mediaTypeOf(name), disposition: attachment(name) };
  const direct = await paths.linkTo(file.digest, { ...look, expiresInS: seconds });
  if (direct !== null) return { url: direct, sizeBytes };
  await finished(paths.open(file.digest, { start: 0, end: 0 }).resume());
  return { url: linkOf(request, `file?${links.toRead({ ...file, name }, seconds * 1000)}`), sizeBytes };
}

function secondsOf(expiration: number): number {
  if (expiration >= 1 && expiration <= longestSeconds) return expiration;
  throw badValue(`expiration must be between 1 and ${longestSeconds} seconds (got ${expiration}).`);
}
