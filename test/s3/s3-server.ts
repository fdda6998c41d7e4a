/* A server that speaks S3 and checks signatures, for tests: moto, in an environment of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { S3Credentials, S3Settings } from '../../src/artifacts/index.ts';
import { newId } from '../../src/encoding/index.ts';
import { objectStorePython } from '../../tools/python-env.ts';

/** A server that runs. */
export interface S3Server {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** May do everything. */
  readonly writer: S3Credentials;
  /** Is known, and may do nothing. */
  readonly stranger: S3Credentials;
  /** The settings of a store below a prefix that nobody else uses. */
  settings(): S3Settings;
  /** Lets every request pass from now on: this server checks signatures in headers only, and fails at links. */
  letAllPass(): Promise<void>;
  /** Checks the signature of every request, as it does in the beginning. */
  checkSignatures(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one with an empty bucket. */
export async function startS3Server(): Promise<S3Server> {
  const script = join(import.meta.dirname, 's3_server.py');
  const child = spawn(objectStorePython(), [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const facts = JSON.parse(await firstLine(child)) as Omit<
    S3Server,
    'settings' | 'letAllPass' | 'checkSignatures' | 'close'
  >;
  const ended = once(child, 'exit');
  const unchecked = async (count: string): Promise<void> => {
    await fetch(`${facts.endpoint}/moto-api/reset-auth`, { method: 'POST', body: count });
  };
  return {
    ...facts,
    settings: () => ({
      ...{ bucket: facts.bucket, region: facts.region, endpoint: facts.endpoint, prefix: newId('store') },
      addressing: 'path',
      credentials: async () => facts.writer,
      stagingFolder: join(tmpdir(), newId('staging')),
    }),
    letAllPass: () => unchecked('inf'),
    checkSignatures: () => unchecked('0'),
    close: async () => {
      child.stdin.end();
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
