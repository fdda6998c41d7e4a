/**
 * Hashing and storing a file, against `openssl dgst -sha256` on the same file, which only hashes it. One run, one
 * machine, the file in the page cache, alternating; the median of the rounds is compared.
 *
 * node bench/artifacts.ts [sizeMiB=512] [rounds=5] [folder]   prints a table on stderr and JSON on stdout
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalArtifacts } from '../src/artifacts/index.ts';
import { digestFile, monotonicMs, secureRandomBytes } from '../src/encoding/index.ts';

const sizeMiB = Number(process.argv[2] ?? 512);
const rounds = Number(process.argv[3] ?? 5);
const folder = await mkdtemp(join(process.argv[4] ?? tmpdir(), 'bench-artifacts-'));
const file = join(folder, 'source');

const contenders: Record<string, (round: number) => Promise<unknown>> = {
  'openssl dgst -sha256': async () => execFileSync('openssl', ['dgst', '-sha256', file]),
  'hash only (digestFile)': () => digestFile(file),
  'hash and store, copy, flushed': (round) => createLocalArtifacts({ root: join(folder, `copy-${round}`) }).put(file),
  'hash and store, consume, flushed': async (round) => {
    await createLocalArtifacts({ root: join(folder, `take-${round}`) }).put(`${file}-${round}`, { source: 'consume' });
  },
  'verify and copy out': async (round) => {
    const store = createLocalArtifacts({ root: join(folder, `copy-${round}`) });
    for await (const item of store.list()) await store.materialize(item.digest, join(folder, `out-${round}`));
  },
};

try {
  await makeFile(file);
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    execFileSync('cp', [file, `${file}-${round}`]);
    execFileSync('sync');
    for (const [name, run] of Object.entries(contenders)) {
      const start = monotonicMs();
      await run(round);
      times[name]!.push(monotonicMs() - start);
    }
    for (const name of [`copy-${round}`, `take-${round}`, `out-${round}`])
      await rm(join(folder, name), { recursive: true, force: true });
  }
  report(times);
} finally {
  await rm(folder, { recursive: true, force: true });
}

function report(times: Record<string, readonly number[]>): void {
  const rate = (name: string): number => (sizeMiB * 1.048576) / median(times[name]!);
  const reference = rate('openssl dgst -sha256');
  const rows = Object.keys(times).map((name) => ({
    name,
    gigabytesPerSecond: Number(rate(name).toFixed(3)),
    shareOfOpenssl: Number((rate(name) / reference).toFixed(3)),
  }));
  for (const row of rows) {
    const columns = [row.name.padEnd(36), row.gigabytesPerSecond.toFixed(2).padStart(6), 'GB/s'];
    process.stderr.write(`${columns.join(' ')}  ${(row.shareOfOpenssl * 100).toFixed(0).padStart(4)} %\n`);
  }
  const openssl = execFileSync('openssl', ['version'], { encoding: 'utf8' }).trim();
  const machine = { cpu: cpus()[0]?.model ?? '', cores: cpus().length, node: process.version, openssl };
  process.stdout.write(`${JSON.stringify({ bench: 'artifacts', sizeMiB, rounds, machine, rows })}\n`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function makeFile(path: string): Promise<void> {
  await using target = await open(path, 'w');
  for (let done = 0; done < sizeMiB; done++) await target.write(secureRandomBytes(1 << 20));
}
