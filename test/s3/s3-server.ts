/* Servers that speak S3 and check signatures, for tests: moto, and OpenStack Swift, each in an environment of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { S3Credentials, S3Settings } from '../../src/artifacts/index.ts';
import { S3Client } from '../../src/artifacts/s3/s3-client.ts';
import { newId } from '../../src/encoding/index.ts';
import { objectStorePython, swiftPython } from '../../tools/python-env.ts';

/** A server that runs. */
export interface ObjectServer {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** May do everything. */
  readonly writer: S3Credentials;
  /** Is known, and may do nothing. */
  readonly stranger: S3Credentials;
  /** The settings of a store below a prefix that nobody else uses. */
  settings(): S3Settings;
  close(): Promise<void>;
}

/** One whose signatures need not be right. */
export interface S3Server extends ObjectServer {
  /** Lets every request pass from now on: this server checks signatures in headers only, and fails at links. */
  letAllPass(): Promise<void>;
  /** Checks the signature of every request, as it does in the beginning. */
  checkSignatures(): Promise<void>;
}

/** Starts moto with an empty bucket. */
export async function startS3Server(): Promise<S3Server> {
  const server = await startServer(objectStorePython(), 's3_server.py');
  const unchecked = async (count: string): Promise<void> => {
    await fetch(`${server.endpoint}/moto-api/reset-auth`, { method: 'POST', body: count });
  };
  return { ...server, letAllPass: () => unchecked('inf'), checkSignatures: () => unchecked('0') };
}

/** Starts Swift with an empty bucket. It compares regions, clocks and the digests of what is sent, too. */
export async function startSwiftServer(): Promise<ObjectServer> {
  const server = await startServer(swiftPython(), 'swift_server.py');
  await new S3Client(server.settings()).sendForText({ method: 'PUT', key: null });
  return server;
}

async function startServer(python: string, script: string): Promise<ObjectServer> {
  const child = spawn(python, [join(import.meta.dirname, script)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const facts = JSON.parse(await firstLine(child)) as Omit<ObjectServer, 'settings' | 'close'>;
  const ended = once(child, 'exit');
  return {
    ...facts,
    settings: () => ({
      ...{ bucket: facts.bucket, region: facts.region, endpoint: facts.endpoint, prefix: newId('store') },
      addressing: 'path',
      credentials: async () => facts.writer,
      stagingFolder: join(tmpdir(), newId('staging')),
    }),
    close: async () => {
      child.stdin!.end();
      await ended;
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  const lines = createInterface(child.stdout!);
  const died = once(child, 'exit').then(() => {
    throw new Error('the S3 server of the tests did not start');
  });
  const [line] = (await Promise.race([once(lines, 'line'), died])) as [string];
  died.catch(() => undefined);
  return line;
}
