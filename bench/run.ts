/*
 * `npm run bench [-- NAME …]`: measures everything but what runs only where it is named, or the benches named, one after the other, and writes
 * bench/results/results.json and bench/results/README.md. What is measured and how: bench/README.md.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonicMs, now } from '../src/encoding/index.ts';
import { benches } from './benches.ts';
import type { Bench } from './frame/bench.ts';
import { describeMachine } from './frame/machine.ts';
import { type KeptResult, resultsPage } from './frame/page.ts';
import { removeBuiltProgram } from './frame/program.ts';

const resultsFolder = join(import.meta.dirname, 'results');
const jsonPath = join(resultsFolder, 'results.json');
const say = (text: string): void => void process.stderr.write(`bench: ${text}\n`);

async function main(): Promise<number> {
  const named = process.argv.slice(2);
  const unknown = named.filter((name) => !benches.some((bench) => bench.name === name));
  if (unknown.length > 0) {
    say(`there is no bench "${unknown[0]}"; there are ${benches.map(({ name }) => name).join(', ')}.`);
    return 2;
  }
  const wanted = benches.filter(({ name, onlyNamed }) =>
    named.length === 0 ? onlyNamed !== true : named.includes(name),
  );
  const results: Record<string, KeptResult> = {};
  try {
    for (const bench of wanted) results[bench.name] = await measure(bench);
  } finally {
    await removeBuiltProgram();
  }
  keep(results);
  return 0;
}

async function measure(bench: Bench): Promise<KeptResult> {
  const folder = mkdtempSync(join(tmpdir(), `bench-${bench.name}-`));
  const machine = describeMachine();
  const atMs = now();
  const startedMs = monotonicMs();
  say(`${bench.title} …`);
  try {
    const tell = (text: string): void => say(`  ${Math.round((monotonicMs() - startedMs) / 1000)} s: ${text}`);
    const result = await bench.run({ extent: 'full', folder, say: tell });
    const seconds = (monotonicMs() - startedMs) / 1000;
    return { title: bench.title, measuredAt: new Date(atMs).toISOString(), seconds, machine, ...result };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes what was measured now, beside what other benches left earlier. */
function keep(measured: Readonly<Record<string, KeptResult>>): void {
  const before = existsSync(jsonPath) ? (JSON.parse(readFileSync(jsonPath, 'utf8')) as Record<string, KeptResult>) : {};
  const all = { ...before, ...measured };
  const results = Object.fromEntries(benches.flatMap(({ name }) => (all[name] ? [[name, all[name]]] : [])));
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(jsonPath, `${JSON.stringify(results, null, 2)}\n`);
  const page = resultsPage(results);
  writeFileSync(join(resultsFolder, 'README.md'), page);
  process.stdout.write(page);
}

process.exitCode = await main();
