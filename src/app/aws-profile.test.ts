import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createS3Artifacts } from '../artifacts/s3/index.ts';
import { now } from '../encoding/index.ts';
import { readAwsProfile } from './aws-profile.ts';

interface Asked {
  readonly call: string;
  readonly headers: IncomingHttpHeaders;
}

let folder: string;
let server: Server;
let origin: string;
let asked: Asked[];
let answers: Readonly<Record<string, string | (() => string)>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aws-'));
  const listener: RequestListener = (request, response) => {
    const call = `${request.method} ${request.url}`;
    asked.push({ call, headers: request.headers });
    const answer = answers[call];
    response.writeHead(answer === undefined ? 404 : 200);
    response.end(typeof answer === 'function' ? answer() : answer);
  };
  server = createServer(listener);
  origin = await listen(server);
});
afterEach(() => {
  asked = [];
  answers = {};
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});
asked = [];
answers = {};

async function listen(one: Server): Promise<string> {
  one.listen(0, '127.0.0.1');
  await once(one, 'listening');
  return `http://127.0.0.1:${(one.address() as AddressInfo).port}`;
}

/** A bucket in which nothing is. */
const emptyStore: RequestListener = (request, response) => {
  const isListing = request.url!.includes('list-type');
  response.writeHead(isListing ? 200 : 404).end(isListing ? '<ListBucketResult></ListBucketResult>' : '');
};

/** Variables of a home without files, and with a machine that gives nothing unless a test says where. */
function variables(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return { HOME: join(folder, 'nowhere'), AWS_EC2_METADATA_DISABLED: 'true', ...more };
}

async function credentialsOf(env: Readonly<Record<string, string>>): Promise<unknown> {
  return await (await readAwsProfile(env)).credentials();
}

const given = { AccessKeyId: 'ASIA1', SecretAccessKey: 'geheim', Token: 'token' };
const wanted = { accessKeyId: 'ASIA1', secretAccessKey: 'geheim', sessionToken: 'token' };

describe('what a container gives', () => {
  const path = '/v2/credentials/1';

  test('is asked for with its token, and says when it expires', async () => {
    const Expiration = '2030-01-01T00:00:00Z';
    answers = { [`GET ${path}`]: JSON.stringify({ ...given, Expiration }) };
    const env = variables({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${origin}${path}`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'let me',
    });
    expect(await credentialsOf(env)).toEqual({ ...wanted, expiresAtMs: Date.parse(Expiration) });
    expect(asked[0]!.headers.authorization).toBe('let me');
  });

  test('the token is read anew from its file', async () => {
    answers = { [`GET ${path}`]: JSON.stringify(given) };
    const file = join(folder, 'token');
    const profile = await readAwsProfile(
      variables({
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${origin}${path}`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file,
      }),
    );
    for (const token of ['first', 'second']) {
      await writeFile(file, `${token}\n`);
      expect(await profile.credentials()).toEqual(wanted);
    }
    expect(asked.map(({ headers }) => headers.authorization)).toEqual(['first', 'second']);
  });

  test.each(['http://example.com/x', 'http://169.254.170.2.example.com/x', 'ftp://127.0.0.1/x', 'x'])(
    'the token is not sent to %s',
    async (address) => {
      const env = variables({ AWS_CONTAINER_CREDENTIALS_FULL_URI: address, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'no' });
      await expect(credentialsOf(env)).rejects.toMatchObject({ code: 'CONFIG_BAD_VALUE' });
    },
  );

  test('an answer without keys, and none at all, are errors that name the place and no secret', async () => {
    const env = variables({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${origin}${path}` });
    await expect(credentialsOf(env)).rejects.toThrow(`from ${origin}, found none: it answered 404`);
    answers = { [`GET ${path}`]: JSON.stringify({ SecretAccessKey: 'geheim' }) };
    const error = await credentialsOf(env).catch((caught: Error) => caught);
    expect((error as Error).message).toContain('expected AccessKeyId and SecretAccessKey');
    expect(JSON.stringify(error)).not.toContain('geheim');
  });
});

describe('what a machine gives', () => {
  const roles = '/latest/meta-data/iam/security-credentials/';
  const machine = (): Readonly<Record<string, string>> => ({
    HOME: join(folder, 'nowhere'),
    AWS_EC2_METADATA_SERVICE_ENDPOINT: origin,
  });

  test('is asked for with a token of the service, by the name of the role', async () => {
    answers = {
      'PUT /latest/api/token': 'session',
      [`GET ${roles}`]: 'writer\n',
      [`GET ${roles}writer`]: JSON.stringify({ Code: 'Success', ...given }),
    };
    expect(await credentialsOf(machine())).toEqual(wanted);
    expect(asked.map(({ call }) => call)).toEqual(Object.keys(answers));
    expect(asked[2]!.headers['x-aws-ec2-metadata-token']).toBe('session');
  });

  test('a machine without a role has none, and the error says where credentials are looked for', async () => {
    answers = { 'PUT /latest/api/token': 'session' };
    await expect(credentialsOf(machine())).rejects.toThrow(/AWS_ACCESS_KEY_ID.*found none/);
  });

  test('is not asked for where variables say who signs in, where that is off, and for another store than Amazon’s', async () => {
    const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    expect(await credentialsOf({ ...machine(), ...keys })).toMatchObject({ accessKeyId: 'a' });
    const off = { ...machine(), AWS_EC2_METADATA_DISABLED: 'true' };
    await expect(credentialsOf(off)).rejects.toMatchObject({ code: 'CONFIG_BAD_VALUE' });
    const elsewhere = { HOME: join(folder, 'nowhere'), AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' };
    await expect(credentialsOf(elsewhere)).rejects.toMatchObject({ code: 'CONFIG_BAD_VALUE' });
    expect(asked).toEqual([]);
  });
});

test('credentials that are about to expire are asked for again before a request', async () => {
  const store = createServer(emptyStore);
  const endpoint = await listen(store);
  let count = 0;
  const bucket = createS3Artifacts({
    ...{ bucket: 'artifacts', prefix: '', region: 'eu-central-1', endpoint, addressing: 'path' },
    stagingFolder: folder,
    credentials: async () => ({ ...wanted, expiresAtMs: now() + (count++ === 0 ? 60_000 : 3_600_000) }),
  });
  const digest = `sha256:${'a'.repeat(64)}` as const;
  expect(await bucket.has(digest as never)).toBe(false);
  expect(count).toBe(2);
  store.closeAllConnections();
  store.close();
});

test('a bundle of certificates makes an endpoint known, and without it the error says what failed', async () => {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'ca.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const named = ['-subj', '/CN=store', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate];
  await promisify(execFile)('openssl', [...request, ...named]);
  const pair = { key: await readFile(key), cert: await readFile(certificate) };
  const store = createHttpsServer(pair, emptyStore);
  const endpoint = (await listen(store as unknown as Server)).replace('http:', 'https:');
  const settings = {
    ...{ bucket: 'artifacts', prefix: '', region: 'eu-central-1', endpoint, addressing: 'path' as const },
    ...{ stagingFolder: folder, credentials: async () => wanted },
  };
  const digest = `sha256:${'a'.repeat(64)}` as never;
  const { certificatesFile } = await readAwsProfile(variables({ AWS_CA_BUNDLE: certificate }));
  const certificates = await readFile(certificatesFile!, 'utf8');
  expect(await createS3Artifacts({ ...settings, certificates }).has(digest)).toBe(false);
  const unknown = createS3Artifacts(settings).has(digest);
  await expect(unknown).rejects.toMatchObject({
    code: 'ARTIFACT_STORE_IO',
    hint: expect.stringContaining('AWS_CA_BUNDLE'),
  });
  store.closeAllConnections();
  store.close();
});
