import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../encoding/index.ts';
import { type Ledger, type LedgerOptions, openLedger, type UseRequest } from './index.ts';

let folder = '';
let path = '';
const open: Ledger[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledger-'));
  path = join(folder, 'ledger.db');
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((ledger) => ledger.close()));
  await rm(folder, { recursive: true, force: true });
});

async function ledgerOf(options?: LedgerOptions): Promise<Ledger> {
  const ledger = await openLedger(path, options);
  open.push(ledger);
  return ledger;
}

function use(model: string, changes: Partial<UseRequest> = {}): UseRequest {
  return {
    part: digestOf('part'),
    gate: 'promotion',
    gateDigest: digestOf('gate'),
    commitment: digestOf('committed'),
    model: digestOf(model),
    uses: 3,
    feedback: 'full',
    ...changes,
  };
}

describe('a ledger', () => {
  test('spends one use a model, and answers the same model and gate without another', async () => {
    const ledger = await ledgerOf();
    expect(await ledger.spend(use('a'))).toEqual({ kind: 'spent', place: 1, usesLeft: 2, fromLog: 0, onSharing: 0 });
    await ledger.settle(use('a'), 'fail');
    expect(await ledger.spend(use('a'))).toEqual({ kind: 'known', bit: 'fail', usesLeft: 2, fromLog: 0, onSharing: 0 });
    expect(await ledger.spend(use('b'))).toEqual({ kind: 'spent', place: 2, usesLeft: 1, fromLog: 0, onSharing: 0 });
    await ledger.settle(use('b'), 'pass');
    await ledger.settle(use('b'), 'fail');
    expect(await ledger.spend(use('b'))).toMatchObject({ kind: 'known', bit: 'pass' });
    expect((await ledger.entries(digestOf('part'))).map((entry) => [entry.place, entry.bit])).toEqual([
      [1, 'fail'],
      [2, 'pass'],
    ]);
  });

  test('takes another use for a changed gate, and none for other rows', async () => {
    const ledger = await ledgerOf();
    await ledger.spend(use('a'));
    await ledger.settle(use('a'), 'fail');
    expect(await ledger.spend(use('a', { gateDigest: digestOf('changed') }))).toMatchObject({ place: 2 });
    expect(await ledger.spend(use('a', { part: digestOf('other') }))).toMatchObject({ place: 1 });
  });

  test('says clearly when the uses are spent, and how to go on; known bits stay known', async () => {
    const ledger = await ledgerOf();
    for (const model of ['a', 'b', 'c']) {
      await ledger.spend(use(model));
      await ledger.settle(use(model), 'fail');
    }
    await expect(ledger.spend(use('d'))).rejects.toMatchObject({
      code: 'GATE_USED_UP',
      message: expect.stringContaining('3 of 3 uses'),
      hint: expect.stringContaining('fresh data'),
    });
    expect(await ledger.spend(use('b'))).toMatchObject({ kind: 'known', bit: 'fail', usesLeft: 0 });
  });

  test('counts the uses of several gates on one part together', async () => {
    const ledger = await ledgerOf();
    await ledger.spend(use('a'));
    const other = use('a', { gate: 'final', gateDigest: digestOf('final'), uses: 1 });
    await expect(ledger.spend(other)).rejects.toMatchObject({ code: 'GATE_USED_UP' });
  });

  test('ends a part at the first pass with feedback first_change', async () => {
    const ledger = await ledgerOf();
    const quiet = { feedback: 'first_change' } as const;
    for (const [model, bit] of [
      ['a', 'fail'],
      ['b', 'pass'],
    ] as const) {
      await ledger.spend(use(model, quiet));
      await ledger.settle(use(model, quiet), bit);
    }
    await expect(ledger.spend(use('c', quiet))).rejects.toMatchObject({
      code: 'GATE_USED_UP',
      message: expect.stringContaining('first_change'),
    });
    expect(await ledger.spend(use('b', quiet))).toMatchObject({ kind: 'known', bit: 'pass' });
  });

  test('refuses a gate that is priced for silence after verdicts were told', async () => {
    const ledger = await ledgerOf();
    await ledger.spend(use('a'));
    await ledger.settle(use('a'), 'fail');
    for (const feedback of ['none', 'first_change'] as const) {
      const quiet = use('b', { feedback, gateDigest: digestOf(feedback) });
      await expect(ledger.spend(quiet)).rejects.toMatchObject({ code: 'GATE_FEEDBACK_SPENT' });
    }
    expect(await ledger.spend(use('b'))).toMatchObject({ place: 2 });
    const silent = use('a', { part: digestOf('silent'), feedback: 'none' });
    await ledger.spend(silent);
    expect(await ledger.spend({ ...silent, model: digestOf('b') })).toMatchObject({ place: 2 });
  });

  test('takes up an open use with the same model and gate alone', async () => {
    const ledger = await ledgerOf();
    await ledger.spend(use('a', { uses: 1 }));
    expect(await ledger.spend(use('a', { uses: 1 }))).toMatchObject({ kind: 'spent', place: 1, usesLeft: 0 });
    await expect(ledger.spend(use('b', { uses: 1 }))).rejects.toMatchObject({ code: 'GATE_USED_UP' });
    const changed = use('a', { uses: 1, gateDigest: digestOf('changed') });
    await expect(ledger.spend(changed)).rejects.toMatchObject({ code: 'GATE_USED_UP' });
  });

  test('certifies nothing on a retired part, and keeps what it said', async () => {
    const ledger = await ledgerOf();
    await ledger.spend(use('a'));
    await ledger.settle(use('a'), 'pass');
    expect(await ledger.isRetired(digestOf('part'))).toBe(false);
    await ledger.retire(digestOf('part'));
    await ledger.retire(digestOf('part'));
    expect(await ledger.isRetired(digestOf('part'))).toBe(true);
    await expect(ledger.spend(use('b'))).rejects.toMatchObject({ code: 'GATE_RETIRED' });
    expect(await ledger.spend(use('a'))).toMatchObject({ kind: 'known', bit: 'pass' });
  });
});

/** A process that does what a gate does, says each step on its output, and waits for a line before it goes on. */
const gateProcess = `
import { openLedger } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
import { createInterface } from 'node:readline';
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const [path, text] = process.argv.slice(2);
const request = JSON.parse(text);
const point = async (name) => { console.log(name); await lines.next(); };
const ledger = await openLedger(path);
await point('opened');
try {
  const answer = await ledger.spend(request);
  await point('spent ' + JSON.stringify(answer));
  if (answer.kind === 'spent') {
    await point('part open');
    await ledger.settle(request, 'pass');
    await point('settled');
  }
  await ledger.close();
  await point('closed');
} catch (error) {
  await point('error ' + error.code);
}
process.exit(0);
`;

async function startGate(request: UseRequest) {
  const file = join(folder, `gate-${(await readdir(folder)).length}.ts`);
  await writeFile(file, gateProcess);
  const child = spawn(process.execPath, [file, path, JSON.stringify(request)], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return {
    child,
    /** The next step that the process says it has done. */
    async point(): Promise<string> {
      while (!output.includes('\n')) await once(child.stdout, 'data');
      const [line, ...rest] = output.split('\n');
      output = rest.join('\n');
      return line!;
    },
    go: () => child.stdin.write('\n'),
    async kill(): Promise<void> {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

describe('a process that is killed', () => {
  const points = ['opened', 'spent', 'part open', 'settled', 'closed'];

  test.each(points.map((_, index) => [points[index]!, index]))(
    'after "%s" costs at most one use',
    async (_, index) => {
      const request = use('a', { uses: 2 });
      const gate = await startGate(request);
      let said = await gate.point();
      for (let step = 0; step < index; step++) {
        gate.go();
        said = await gate.point();
      }
      expect(said.startsWith(points[index]!)).toBe(true);
      await gate.kill();

      const ledger = await ledgerOf();
      const entries = await ledger.entries(digestOf('part'));
      expect(entries).toHaveLength(index === 0 ? 0 : 1);
      expect(entries.map((entry) => entry.bit)).toEqual(index === 0 ? [] : [index >= 3 ? 'pass' : null]);
      // The same model takes it up without another use; another model pays.
      expect(await ledger.spend(request)).toMatchObject(
        index >= 3 ? { kind: 'known', bit: 'pass' } : { kind: 'spent', place: 1, usesLeft: 1 },
      );
      expect(await ledger.spend(use('b', { uses: 2 }))).toMatchObject({ kind: 'spent', place: 2 });
      await expect(ledger.spend(use('c', { uses: 2 }))).rejects.toMatchObject({ code: 'GATE_USED_UP' });
    },
    300_000,
  );

  test('at any moment leaves a ledger that opens and has spent no use twice', async () => {
    for (let turn = 0; turn < 6; turn++) {
      const gate = await startGate(use(`model ${turn}`, { uses: 100 }));
      await gate.point();
      gate.go();
      await new Promise((resolve) => setTimeout(resolve, turn * 0.7));
      await gate.kill();
    }
    const ledger = await ledgerOf();
    const entries = await ledger.entries(digestOf('part'));
    expect(entries.map((entry) => entry.place)).toEqual(entries.map((__, index) => index + 1));
    expect(new Set(entries.map((entry) => entry.model)).size).toBe(entries.length);
  });
});

test('two processes never spend one use for two models', async () => {
  const gates = await Promise.all(['a', 'b'].map((model) => startGate(use(model, { uses: 1 }))));
  await Promise.all(gates.map((gate) => gate.point()));
  for (const gate of gates) gate.go();
  const said = await Promise.all(gates.map((gate) => gate.point()));
  await Promise.all(gates.map((gate) => gate.kill()));
  expect(said.map((line) => line.split(' ')[0]).sort()).toEqual(['error', 'spent']);
  expect(said.find((line) => line.startsWith('error'))).toBe('error GATE_USED_UP');
  const ledger = await ledgerOf();
  expect(await ledger.entries(digestOf('part'))).toHaveLength(1);
});

test('two processes with the same model spend one use together', async () => {
  const gates = await Promise.all([0, 1].map(() => startGate(use('a', { uses: 2 }))));
  await Promise.all(gates.map((gate) => gate.point()));
  for (const gate of gates) gate.go();
  const said = await Promise.all(gates.map((gate) => gate.point()));
  await Promise.all(gates.map((gate) => gate.kill()));
  expect(said.every((line) => line.includes('"place":1'))).toBe(true);
});
