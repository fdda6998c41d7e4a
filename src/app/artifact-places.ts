/**
 * Which places hold the content of a record. The record of a team may be in one database while several servers and engines
 * store content in places of their own; whoever removes content by what the database names has to look at one of these, or
 * it would take everything of somebody else for garbage.
 */
import { join } from 'node:path';
import { parseS3Location } from '../artifacts/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { MetadataStore } from '../metadata/index.ts';
import { readAwsProfile } from './aws-profile.ts';
import type { Config } from './config.ts';

/** Where a configuration stores content, in words that tell places apart; null where it lies beside its SQLite file. */
export async function artifactPlace(config: Config): Promise<string | null> {
  const { artifactsUrl, metadataUrl, stateDir, host, env } = config;
  if (artifactsUrl === null) return metadataUrl === null ? null : `${join(stateDir, 'artifacts')} on ${host}`;
  if (!artifactsUrl.startsWith('s3:')) return `${artifactsUrl} on ${host}`;
  const { bucket, prefix } = parseS3Location(artifactsUrl, 'the place for artifacts');
  const { endpoint } = await readAwsProfile(env);
  const address = `s3://${[bucket, prefix].filter((part) => part !== '').join('/')}`;
  return endpoint === null ? address : `${address} at ${endpoint.split('@').at(-1)}`;
}

/** Remembers that content of a record is stored where the configuration says. */
export async function noteArtifactPlace(metadata: MetadataStore, config: Config): Promise<void> {
  const place = await artifactPlace(config);
  if (place !== null && !(await metadata.artifactPlaces()).includes(place)) await metadata.noteArtifactPlace(place);
}

/** Which place is asked to be cleaned. */
export interface PlaceRequest {
  /** A store or a place for artifacts was named, so that they may not belong together. */
  readonly isNamed: boolean;
}

/**
 * Holds the place that a configuration names to those where content of the record was stored.
 * @returns the other ones
 * @throws PlatformError ARTIFACTS_ELSEWHERE
 */
export async function requireArtifactPlace(
  metadata: MetadataStore,
  config: Config,
  { isNamed }: PlaceRequest,
): Promise<readonly string[]> {
  const place = await artifactPlace(config);
  const known = await metadata.artifactPlaces();
  // Older programs remembered none; what a project's own settings say was theirs then.
  const isKnown = place === null || known.includes(place) || (!isNamed && known.length === 0);
  if (isKnown) return known.filter((one) => one !== place);
  const found = known.length === 0 ? 'none that is known' : known.join('; ');
  throw new PlatformError('ARTIFACTS_ELSEWHERE', {
    message: `expected a place where content of ${metadata.database.location} was stored: ${found}; found ${place}`,
    details: { place, known },
  });
}
