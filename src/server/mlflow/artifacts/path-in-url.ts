import type { FastifyRequest } from 'fastify';
import { type ArtifactPath, parseArtifactPath } from '../../../tracking/index.ts';
import { badValue } from '../message.ts';

/** The path in a URL. The router has decoded it once; what comes behind `#` it has thrown away. */
export function pathOf(request: FastifyRequest): ArtifactPath {
  if (request.raw.url!.includes('#')) throw badValue('Invalid path: a # in the name of a file has to be sent as %23.');
  return parseArtifactPath((request.params as { readonly '*': string })['*']);
}
