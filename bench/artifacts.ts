import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalArtifacts } from '../src/artifacts/index.ts';
import { digestFile, monotonicMs, secureRandomBytes } from '../src/encoding/index.ts';
import type { Bench, BenchOptions, BenchResult, Figure } from './frame/bench.ts';
import { inTurn, runProcess } from './frame/processes.ts';
import { spreadOf } from './frame/spread.ts';

/** Hashing and storing a file, beside `openssl dgst -sha256` on the same file, which only hashes it. */
export const artifactsBench: Bench = { name: 'artifacts', title: 'Hashing and storing artifacts', run: measure };

const sizes = { full: { mebibytes: 512, rounds: 7 }, small: { mebibytes: 3, rounds: 1 } } as const;
const least = { atLeast: 0.8 } as const;

async function measure({ extent, folder }: BenchOptions): Promise<BenchResult> {
  const { mebibytes, rounds } = sizes[extent];
  const file = join(folder, 'source');
  await makeFile(file, mebibytes);
  const inFolder = async (work: (root: string) => Promise<unknown>): Promise<{ readonly wallMs: number }> => {
    const root = mkdtempSync(join(folder, 'round-'));
    try {
      return await timed(() => work(root));
    } finally {
      rmSync(root, { recursive: true });
    }
  };
  const times = await inTurn(
    {
      openssl: () => runProcess(['openssl', 'dgst', '-sha256', file]),
      hash: () => timed(() => digestFile(file)),
      copied: async () => {
        // What the rounds before left to be written is written before the time begins.
        await runProcess(['sync']);
        return await inFolder((root) => createLocalArtifacts({ root: join(root, 'store') }).put(file));
      },
      consumed: async () => {
        const root = mkdtempSync(join(folder, 'round-'));
        const own = join(root, 'output');
        await runProcess(['cp', '--reflink=never', file, own]);
        await runProcess(['sync']);
        const store = createLocalArtifacts({ root: join(root, 'store') });
        const result = await timed(() => store.put(own, { source: 'consume' }));
        rmSync(root, { recursive: true });
        return result;
      },
    },
    rounds,
  );
  const rate = (what: string, wallMs: readonly number[]): Figure => ({
    what,
    unit: 'GB/s',
    spread: spreadOf(wallMs.map((ms) => (mebibytes * 1.048576) / ms)),
  });
  const share = (what: string, wallMs: readonly number[]): Figure => ({
    what: `${what}: share of the rate of openssl`,
    unit: 'times',
    spread: spreadOf(wallMs.map((ms, round) => times.openssl[round]! / ms)),
    limit: least,
  });
  return {
    figures: [
      share('taken into the store (moved)', times.consumed),
      share('copied into the store', times.copied),
      rate('`openssl dgst -sha256`', times.openssl),
      rate('hashed only', times.hash),
      rate('hashed and moved into the store, flushed', times.consumed),
      rate('hashed and copied into the store, flushed', times.copied),
    ],
    notes: [
      `A file of ${mebibytes} MiB of random bytes in the page cache, in the folder for temporary files; contenders in turn, shares round by round.`,
      'openssl only reads and hashes. Storing ends when the content is on the disk under its digest; what is moved was on the disk before, as the output of a step is not always.',
    ],
  };
}

async function timed(work: () => Promise<unknown>): Promise<{ readonly wallMs: number }> {
  const startedMs = monotonicMs();
  await work();
  return { wallMs: monotonicMs() - startedMs };
}

async function makeFile(path: string, mebibytes: number): Promise<void> {
  await using target = await open(path, 'w');
  for (let done = 0; done < mebibytes; done++) await target.write(secureRandomBytes(1 << 20));
  await target.sync();
}
