import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArtifactStore, createLocalArtifacts, parseS3Location, type S3Settings } from '../artifacts/index.ts';
import { PlatformError } from '../errors/index.ts';
import { readAwsProfile } from './aws-profile.ts';
import { type Config, httpAddress } from './config.ts';

const defaultRegion = 'us-east-1';

/** The artifact store of a project. @throws PlatformError CONFIG_BAD_VALUE */
export async function openArtifactStore(config: Config): Promise<ArtifactStore> {
  const { artifactsUrl: address } = config;
  if (address === null) return createLocalArtifacts({ root: join(config.stateDir, 'artifacts') });
  if (address.startsWith('s3:')) {
    // It speaks HTTP, whose modules of Node take longer to load than many commands last.
    const { createS3Artifacts } = await import('../artifacts/s3/index.ts');
    return createS3Artifacts(await s3Settings(config, address));
  }
  return createLocalArtifacts({ root: address });
}

async function s3Settings(config: Config, address: string): Promise<S3Settings> {
  const profile = await readAwsProfile(config.env);
  const region = profile.region ?? defaultRegion;
  const location = parseS3Location(address, 'the place for artifacts');
  const own = profile.endpoint === null ? null : httpAddress(profile.endpoint, 'AWS_ENDPOINT_URL_S3').href;
  // The certificate of Amazon's endpoint covers one name before the region, so a bucket with a dot goes into the path.
  const isInPath = own !== null || location.bucket.includes('.');
  return {
    ...location,
    region,
    endpoint: own ?? `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`,
    addressing: isInPath ? 'path' : 'host',
    credentials: profile.credentials,
    stagingFolder: join(config.stateDir, 'staging'),
    ...(profile.certificatesFile === null ? {} : { certificates: await readCertificates(profile.certificatesFile) }),
  };
}

async function readCertificates(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: Error) => error);
  if (typeof text === 'string' && text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected AWS_CA_BUNDLE, or ca_bundle of the profile, to name a file of certificates (PEM), found ${typeof text === 'string' ? `${path} without any` : text.message}`,
  });
}
