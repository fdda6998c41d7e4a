import { createCipheriv, generateKeyPairSync } from 'node:crypto';
import { mkdir, open, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monotonicMs } from '../src/encoding/index.ts';
import { hashParts, listFolder } from '../src/provenance/model-signing/index.ts';
import { testPython } from '../tools/python-env.ts';
import type { Bench, BenchOptions, BenchResult, Figure } from './frame/bench.ts';
import { inTurn, runProcess } from './frame/processes.ts';
import { projectAt } from './frame/project.ts';
import { spreadOf } from './frame/spread.ts';

/** Signing and verifying a large folder (OpenSSF Model Signing), beside the reference tool on the same folder. */
export const signingBench: Bench = { name: 'signing', title: 'Signing a large folder', run: measure };

const sizes = {
  full: { files: 200, mebibytes: 10, rounds: 5 },
  small: { files: 3, mebibytes: 1, rounds: 1 },
} as const;
const least = { atLeast: 1 } as const;

/** Prints how many seconds hashing took, once everything was loaded. */
const hashTheirs = `
import sys, time
from model_signing import hashing
started = time.perf_counter()
hashing.Config().hash(sys.argv[1])
print(time.perf_counter() - started)
`;

async function measure({ extent, folder, say }: BenchOptions): Promise<BenchResult> {
  const { files, mebibytes, rounds } = sizes[extent];
  const python = testPython();
  const model = join(folder, 'model');
  await makeFolder(model, files, mebibytes);
  const project = projectAt(join(folder, 'project'), { 'mlspec.yaml': declaration(model), 'rows.csv': 'x,y\n1,2\n' });
  await project.mlspec('run', '--until', 'steps');
  say('the folder is made, and in the store');
  const [key, publicKey] = await makeKey(folder);
  const [ours, theirs, stored] = ['ours', 'theirs', 'stored'].map((name) => join(folder, `${name}.sig`)) as [
    string,
    string,
    string,
  ];
  const tool = (...args: readonly string[]): ReturnType<typeof runProcess> =>
    runProcess([python, '-m', 'model_signing', ...args]);
  const times = await inTurn(
    {
      theirSign: () => tool('sign', 'key', model, '--signature', theirs, '--private_key', key),
      sign: () => project.mlspec('sign', model, '--out', ours),
      stored: () => project.mlspec('sign', 'latest/copy/out', '--out', stored),
      theirVerify: () => tool('verify', 'key', model, '--signature', theirs, '--public_key', publicKey),
      verify: () => project.mlspec('verify', model, '--signature', ours),
      theirHash: async () => ({
        wallMs: 1000 * Number((await runProcess([python, '-c', hashTheirs, model])).stdout),
      }),
      hash: async () => await hashOurs(model),
    },
    rounds,
  );
  const gigabytes = (files * mebibytes * (1 << 20)) / 1e9;
  const rate = (what: string, wallMs: readonly number[]): Figure => ({
    ...{ what, unit: 'GB/s' },
    spread: spreadOf(wallMs.map((ms) => (gigabytes * 1000) / ms)),
  });
  const share = (what: string, own: readonly number[], other: readonly number[]): Figure => ({
    ...{ what: `${what}: times the rate of \`model_signing\``, unit: 'times' },
    spread: spreadOf(own.map((ms, round) => other[round]! / ms)),
  });
  return {
    figures: [
      { ...share('signing a folder', times.sign, times.theirSign), limit: least },
      { ...share('verifying a folder', times.verify, times.theirVerify), limit: least },
      share('hashing alone', times.hash, times.theirHash),
      rate('`mlspec sign FOLDER`', times.sign),
      rate('`model_signing sign key FOLDER`', times.theirSign),
      rate('`mlspec verify FOLDER`', times.verify),
      rate('`model_signing verify key FOLDER`', times.theirVerify),
      rate('hashing alone, ours', times.hash),
      rate('hashing alone, `model_signing`', times.theirHash),
      { what: '`mlspec sign RUN/STEP/PORT`, from the store', unit: 'ms', spread: spreadOf(times.stored) },
    ],
    notes: [
      `${files} files of ${mebibytes} MiB in the page cache, the same bytes each time; whole files, SHA-256, ECDSA P-256; contenders in turn, shares round by round.`,
      'Programs from the start of their process to its end; hashing alone without the start of the program, both with as many threads as they choose.',
      'From the store nothing is hashed: its digests are signed.',
    ],
    versions: { 'model-signing': (await tool('--version')).stdout.trim().split(' ').at(-1)! },
  };
}

async function hashOurs(model: string): Promise<{ readonly wallMs: number }> {
  const startedMs = monotonicMs();
  const { files } = await listFolder(model, new Set());
  const parts = await Promise.all(
    [...files].map(async (file) => {
      const path = join(model, file);
      return { path, from: 0, to: null, sizeBytes: (await stat(path)).size };
    }),
  );
  await hashParts(parts);
  return { wallMs: monotonicMs() - startedMs };
}

/** The same bytes on every machine: what AES makes of zeros, with the number of the file. */
async function makeFolder(root: string, files: number, mebibytes: number): Promise<void> {
  const zeros = Buffer.alloc(1 << 20);
  for (let file = 0; file < files; file++) {
    const parent = join(root, `layer-${file % 10}`);
    await mkdir(parent, { recursive: true });
    const start = Buffer.alloc(16);
    start.writeUInt32BE(file);
    const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16), start);
    await using target = await open(join(parent, `${file}.bin`), 'w');
    for (let done = 0; done < mebibytes; done++) await target.write(stream.update(zeros));
  }
}

async function makeKey(folder: string): Promise<[secret: string, publicKey: string]> {
  const [secret, publicKey] = [join(folder, 'key.pem'), join(folder, 'key.pub')];
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(secret, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(publicKey, pair.publicKey.export({ type: 'spki', format: 'pem' }));
  return [secret, publicKey];
}

function declaration(model: string): string {
  return `mlspec: 1
name: signing
task: {kind: regression, label: y}
ingestion: {sources: {rows: {csv: rows.csv}}}
steps:
  copy: {command: [cp, -r, ${JSON.stringify(model)}, '{outputs.out}'], outputs: {out: Any}}
`;
}
