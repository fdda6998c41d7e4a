/*
 * A process dies at each write of a log: of the record's transactions, of bundles, tiles and checkpoint, before each and in the
 * middle of each content. What it had acknowledged is there, the files that it left prove their own checkpoint, and the next one
 * goes on from it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/database/index.ts';
import { type MetadataStore, openMetadata } from '../../src/metadata/index.ts';
import { openLocalSigner, type Signer } from '../../src/provenance/index.ts';
import {
  type Checkpoint,
  consistencyProof,
  extendLog,
  hashLeaf,
  inclusionProof,
  noteKeyOf,
  openCheckpoint,
  readCheckpoint,
  readEntries,
  rootHash,
  tileReader,
  verifyConsistency,
  verifyInclusion,
} from '../../src/provenance/log/index.ts';
import { sampleRun, sampleStatement } from '../contract/metadata-records.ts';

const program = join(import.meta.dirname, 'log-kill-program.ts');
const origin = 'example.com/log';
/** So that the first turn fills a tile, begins another one and one of the next level, and the second adds to these. */
const [begun, turns] = [254, [3, 1]] as const;

let root: string;
let run: string;
let signer: Signer;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'log-kill-'));
  const place = join(root, 'begun');
  signer = await openLocalSigner(join(place, 'keys'), 'log', { kind: 'ed25519' });
  await withStore(place, async (store) => {
    run = (await store.createRun(sampleRun())).id;
    const about = { runId: run, predicateType: 'urn:first' };
    for (let one = 0; one < begun; one++) await store.putRunStatement(about, sampleStatement(`{"first":${one}}`));
    await publish(place, store);
  });
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function withStore(place: string, use: (store: MetadataStore) => Promise<void>): Promise<void> {
  const store = await openMetadata(await openDatabase({ kind: 'sqlite', path: join(place, 'metadata.db') }));
  try {
    await use(store);
  } finally {
    await store.close();
  }
}

async function publish(place: string, store: MetadataStore): Promise<void> {
  const read = async (from: number, to: number): Promise<Buffer[]> =>
    (await store.logEntries(from, to)).map((entry) => Buffer.from(entry));
  await extendLog(join(place, 'log'), { size: await store.logSize(), read, signer, origin });
}

interface Ended {
  readonly signal: NodeJS.Signals | null;
  /** Places and sizes that it had acknowledged. */
  readonly entries: readonly number[];
  readonly sizes: readonly number[];
  /** Of which kind each write was, where it came to its end. */
  readonly writes: readonly string[];
}

async function goOn(place: string, death: { readonly nth: number; readonly isMiddle: boolean }): Promise<Ended> {
  const asked = JSON.stringify({ place, run, origin, turns, ...death });
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, asked], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  expect([0, null]).toContain(code);
  const lines = Buffer.concat(said).toString().trimEnd().split('\n');
  const told = (word: string): string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  return { signal, entries: told('entry').map(Number), sizes: told('log').map(Number), writes: told('write') };
}

/** The checkpoint that lies there, with every entry of which it speaks proved from the files alone. */
async function prove(place: string): Promise<{ readonly checkpoint: Checkpoint; readonly entries: readonly Buffer[] }> {
  const folder = join(place, 'log');
  const checkpoint = openCheckpoint((await readCheckpoint(folder))!, { log: noteKeyOf(signer, origin, 'ed25519') })!;
  const { size, root: top } = checkpoint;
  const reader = tileReader(folder, size);
  expect(rootHash(size, reader)).toEqual(top);
  const entries = await readEntries(folder, { from: 0, to: size, size });
  for (const [index, entry] of entries.entries()) {
    const proof = { proof: inclusionProof(index, size, reader), root: top };
    expect(verifyInclusion(hashLeaf(entry), { index, size }, proof), `entry ${index} of ${size}`).toBe(true);
  }
  return { checkpoint, entries };
}

test('a log goes on after a death at each of its writes', { timeout: 600_000 }, async () => {
  const before = (await prove(join(root, 'begun'))).checkpoint;
  const whole = join(root, 'whole');
  await cp(join(root, 'begun'), whole, { recursive: true });
  const undisturbed = await goOn(whole, { nth: 0, isMiddle: false });
  expect(undisturbed).toMatchObject({ signal: null, entries: [254, 255, 256, 257], sizes: [257, 258] });
  const { writes } = undisturbed;
  for (const [kind, most] of Object.entries({ content: 7, name: 20, sql: 12 }))
    expect(writes.filter((one) => one === kind).length, kind).toBeGreaterThanOrEqual(most);
  const deaths = writes.flatMap((kind, index) => [
    { nth: index + 1, isMiddle: false },
    ...(kind === 'content' ? [{ nth: index + 1, isMiddle: true }] : []),
  ]);
  for (const death of deaths) {
    const place = join(root, 'dying');
    await cp(join(root, 'begun'), place, { recursive: true });
    const ended = await goOn(place, death);
    expect(ended.signal).toBe('SIGKILL');
    await lookAt(place, before, ended);
    await rm(place, { recursive: true });
  }
});

async function lookAt(place: string, before: Checkpoint, { entries, sizes }: Ended): Promise<void> {
  // As it was left, by whoever only reads.
  const left = await prove(place);
  expect(left.checkpoint.size).toBeGreaterThanOrEqual(Math.max(begun, ...sizes));
  await withStore(place, async (store) => {
    const size = await store.logSize();
    expect(size).toBeGreaterThanOrEqual(begun + entries.length);
    await publish(place, store);
    const after = await prove(place);
    expect(after.checkpoint.size).toBe(size);
    const recorded = await store.logEntries(0, size);
    expect(after.entries.map(String)).toEqual(recorded);
    for (const one of entries) expect(recorded[one]).toBe(sampleStatement(`{"later":${one}}`).logEntry);
    for (const old of [before, left.checkpoint]) {
      const step = { oldSize: old.size, newSize: size, oldRoot: old.root, newRoot: after.checkpoint.root };
      const proof = consistencyProof(old.size, size, tileReader(join(place, 'log'), size));
      expect(verifyConsistency(step, proof), `${old.size} to ${size}`).toBe(true);
    }
  });
}
