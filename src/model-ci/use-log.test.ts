import { appendFile, copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../encoding/index.ts';
import { type BitSeal, type Ledger, openLedger, type UseAnswer, type UseRequest } from './index.ts';

let folder = '';
let path = '';
let useLogs = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'use-log-'));
  path = join(folder, 'project', 'ledger.db');
  useLogs = join(folder, 'keys', 'uses');
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const part = digestOf('part');

function use(model: string, changes: Partial<UseRequest> = {}): UseRequest {
  const gate = { gate: 'promotion', gateDigest: digestOf('gate'), commitment: digestOf('committed') };
  return { part, ...gate, model: digestOf(model), uses: 2, feedback: 'full', ...changes };
}

/** A seal that no test needs to be hard to open; two secrets do not open each other's bits. */
function sealOf(secret: string): BitSeal {
  const close: BitSeal['close'] = (closed, bit) => digestOf(`${secret} ${closed.model} ${bit}`).slice(7);
  const bits = ['pass', 'fail'] as const;
  return { close, open: (closed, text) => bits.find((bit) => close(closed, bit) === text) ?? null };
}

async function withLedger<T>(work: (ledger: Ledger) => Promise<T>, seal: BitSeal = sealOf('mine')): Promise<T> {
  const ledger = await openLedger(path, { useLogs, seal });
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

async function tested(request: UseRequest, bit: 'pass' | 'fail'): Promise<UseAnswer> {
  return await withLedger(async (ledger) => {
    const answer = await ledger.spend(request);
    if (answer.kind === 'spent') await ledger.settle(request, bit);
    return answer;
  });
}

async function logText(): Promise<string> {
  return await readFile(join(useLogs, (await readdir(useLogs))[0]!), 'utf8');
}

describe('a ledger with a use log', () => {
  test('that was deleted gets its uses back, with their bits', async () => {
    await tested(use('a'), 'fail');
    await tested(use('b'), 'pass');
    await rm(join(folder, 'project'), { recursive: true });
    await expect(tested(use('c'), 'pass')).rejects.toMatchObject({ code: 'GATE_USED_UP' });
    expect(await tested(use('a'), 'pass')).toEqual({
      kind: 'known',
      bit: 'fail',
      usesLeft: 0,
      fromLog: 2,
      onSharing: 0,
    });
    expect(await tested(use('b'), 'fail')).toEqual({
      kind: 'known',
      bit: 'pass',
      usesLeft: 0,
      fromLog: 2,
      onSharing: 0,
    });
  });

  test('that was put back as it was before gets what it lacks', async () => {
    await tested(use('a'), 'fail');
    await copyFile(path, join(folder, 'kept'));
    await tested(use('b'), 'fail');
    for (const ending of ['', '-wal', '-shm']) await rm(`${path}${ending}`, { force: true });
    await copyFile(join(folder, 'kept'), path);
    await expect(tested(use('c'), 'pass')).rejects.toMatchObject({ code: 'GATE_USED_UP' });
    expect((await withLedger((ledger) => ledger.entries(part))).map((entry) => entry.bit)).toEqual(['fail', 'fail']);
  });

  test('gives a log that was deleted what it knows', async () => {
    await tested(use('a'), 'fail');
    const before = (await logText()).split('\n').filter((line) => line !== '');
    await rm(useLogs, { recursive: true });
    await tested(use('a'), 'fail');
    expect((await logText()).split('\n').filter((line) => line !== '')).toEqual(before);
    await rm(path);
    await tested(use('b'), 'fail');
    await expect(tested(use('c'), 'pass')).rejects.toMatchObject({ code: 'GATE_USED_UP' });
  });

  test('counts the uses of the same rows by another project of the same user', async () => {
    await tested(use('a'), 'fail');
    path = join(folder, 'another', 'ledger.db');
    expect(await tested(use('b'), 'fail')).toMatchObject({ kind: 'spent', place: 2, fromLog: 1, onSharing: 0 });
    await expect(tested(use('c'), 'fail')).rejects.toMatchObject({ code: 'GATE_USED_UP' });
    expect(await tested(use('c', { part: digestOf('other rows') }), 'fail')).toMatchObject({ kind: 'spent', place: 1 });
  });

  test('stays retired when it is deleted', async () => {
    await withLedger((ledger) => ledger.retire(part));
    await rm(join(folder, 'project'), { recursive: true });
    await expect(tested(use('a'), 'pass')).rejects.toMatchObject({ code: 'GATE_RETIRED' });
    await rm(useLogs, { recursive: true });
    expect(await withLedger((ledger) => ledger.isRetired(part))).toBe(true);
    expect(await logText()).toContain('retired');
  });

  test('whose bit was turned is decided again', async () => {
    await tested(use('a'), 'fail');
    const database = new DatabaseSync(path);
    database.exec("update gate_uses set bit = 'pass'");
    database.close();
    expect(await tested(use('a'), 'fail')).toMatchObject({ kind: 'spent', place: 1 });
    expect(await tested(use('a'), 'pass')).toMatchObject({ kind: 'known', bit: 'fail' });
    const text = await logText();
    await appendFile(
      join(useLogs, (await readdir(useLogs))[0]!),
      `${text
        .split('\n')
        .findLast((line) => line.includes('settled'))!
        .replace('"fail"', '"pass"')}\n`,
    );
    expect(await tested(use('a'), 'fail')).toMatchObject({ kind: 'spent', place: 1 });
    expect(await tested(use('a'), 'pass')).toMatchObject({ kind: 'known', bit: 'fail' });
  });

  test('passes over a line that a crash cut short, and goes on behind it', async () => {
    await tested(use('a'), 'fail');
    const file = join(useLogs, (await readdir(useLogs))[0]!);
    await appendFile(file, '{"what":"spent","gateDi');
    await tested(use('b'), 'fail');
    await rm(join(folder, 'project'), { recursive: true });
    expect(await withLedger((ledger) => ledger.entries(part))).toHaveLength(2);
    await writeFile(file, 'no line of a log at all');
    expect(await withLedger((ledger) => ledger.entries(part))).toHaveLength(2);
  });

  test('keeps its log from other users', async () => {
    await tested(use('a'), 'fail');
    const [file] = await readdir(useLogs);
    expect([(await stat(useLogs)).mode & 0o777, (await stat(join(useLogs, file!))).mode & 0o777]).toEqual([
      0o700, 0o600,
    ]);
  });
});

describe('a bit that is told to nobody', () => {
  const silent = use('a', { feedback: 'none' });

  test('is written in clear nowhere, and known to who can open it', async () => {
    await tested(silent, 'pass');
    const [entry] = await withLedger((ledger) => ledger.entries(part));
    expect(entry).toMatchObject({ bit: null, closedBit: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await logText()).not.toMatch(/pass|fail/);
    expect(await tested(silent, 'fail')).toMatchObject({ kind: 'known', bit: 'pass' });
  });

  test('that was closed with another key is decided again, and the use is not spent again', async () => {
    await tested(silent, 'pass');
    const answer = await withLedger((ledger) => ledger.spend(silent), sealOf('of another'));
    expect(answer).toMatchObject({ kind: 'spent', place: 1, usesLeft: 1 });
  });
});
