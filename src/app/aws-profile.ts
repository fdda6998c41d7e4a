/**
 * What the variables and shared files of AWS say: who signs in, in which region, at which endpoint. A variable wins over
 * a file, and both over what a container or a machine gives. Not asked: single sign-on, roles, and programs that print
 * credentials; `aws configure export-credentials` turns each of them into variables.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { S3Credentials } from '../artifacts/index.ts';
import { PlatformError } from '../errors/index.ts';
import { containerCredentials, instanceCredentials } from './aws-metadata.ts';

type Variables = Readonly<Record<string, string | undefined>>;
type Section = Readonly<Record<string, string>>;

/** What is set of the profile that is in force. */
export interface AwsProfile {
  readonly name: string;
  /** Null where none is named. */
  readonly region: string | null;
  /** The address of another store than Amazon's; null for Amazon's. */
  readonly endpoint: string | null;
  /** A file of certificates by which the endpoint is known, in place of those of Node; null for those. */
  readonly certificatesFile: string | null;
  /** @throws PlatformError CONFIG_BAD_VALUE where there are none */
  readonly credentials: () => Promise<S3Credentials>;
}

/** Reads the variables and files. Credentials are read when they are asked for, so that new ones are found. */
export async function readAwsProfile(env: Variables): Promise<AwsProfile> {
  const name = env['AWS_PROFILE'] || env['AWS_DEFAULT_PROFILE'] || 'default';
  const { config } = await readSections(env, name);
  const endpoints = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL', 'MLFLOW_S3_ENDPOINT_URL'].map((one) => env[one]);
  const endpoint = endpoints.find(Boolean) ?? config['endpoint_url'] ?? null;
  // The role of a machine of Amazon's is of no use at another store.
  const isAmazon = endpoint === null || Boolean(env['AWS_EC2_METADATA_SERVICE_ENDPOINT']);
  return {
    name,
    region: env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || config['region'] || null,
    endpoint,
    certificatesFile: env['AWS_CA_BUNDLE'] || config['ca_bundle'] || null,
    credentials: async () => {
      const found = inEnvironment(env) ?? (await inFiles(env, name)) ?? (await containerCredentials(env));
      return found ?? (isAmazon ? await instanceCredentials(env) : null) ?? missing(name);
    },
  };
}

function inEnvironment(env: Variables): S3Credentials | null {
  const [accessKeyId, secretAccessKey] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']];
  if (!accessKeyId || !secretAccessKey) return null;
  return { accessKeyId, secretAccessKey, sessionToken: env['AWS_SESSION_TOKEN'] || null };
}

async function inFiles(env: Variables, name: string): Promise<S3Credentials | null> {
  const { config, credentials } = await readSections(env, name);
  const found = { ...config, ...credentials };
  const [accessKeyId, secretAccessKey] = [found['aws_access_key_id'], found['aws_secret_access_key']];
  if (accessKeyId && secretAccessKey)
    return { accessKeyId, secretAccessKey, sessionToken: found['aws_session_token'] || null };
  const other = ['sso_session', 'sso_start_url', 'role_arn', 'credential_process'].find((key) => key in found);
  if (other === undefined) return null;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `${expected(name)}, found ${other} in that profile`,
    hint: `Turn what the profile says into variables: eval "$(aws configure export-credentials --profile ${name} --format env)"`,
  });
}

function missing(name: string): never {
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `${expected(name)}, found none`,
    hint: 'Set both variables, or name a profile of the shared credentials file with AWS_PROFILE.',
  });
}

function expected(name: string): string {
  return `expected credentials for S3 in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or in the profile ${name}`;
}

async function readSections(env: Variables, name: string): Promise<{ config: Section; credentials: Section }> {
  const folder = join(env['HOME'] || homedir(), '.aws');
  const [config, credentials] = await Promise.all([
    readIni(env['AWS_CONFIG_FILE'] || join(folder, 'config')),
    readIni(env['AWS_SHARED_CREDENTIALS_FILE'] || join(folder, 'credentials')),
  ]);
  return {
    config: config.get(name === 'default' ? name : `profile ${name}`) ?? {},
    credentials: credentials.get(name) ?? {},
  };
}

/** Sections of `name = value` lines; an absent file has none. Lines that are indented belong to a value and are not read. */
async function readIni(path: string): Promise<ReadonlyMap<string, Section>> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const sections = new Map<string, Record<string, string>>();
  let current: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\[\s*([^\]]*?)\s*\]/.exec(line);
    if (heading !== null) {
      current = sections.get(heading[1]!.replaceAll(/\s+/g, ' ')) ?? {};
      sections.set(heading[1]!.replaceAll(/\s+/g, ' '), current);
    }
    const setting = /^([A-Za-z0-9_]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (setting !== null) current[setting[1]!.toLowerCase()] = setting[2]!.replace(/\s+[#;].*$/, '');
  }
  return sections;
}
