import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestHex, digestOf } from '../encoding/index.ts';
import { type Ledger, openLedger, shareRows, sketchSize, type UseRequest } from './index.ts';

let folder = '';
let ledger: Ledger;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shared-rows-'));
  ledger = await openLedger(join(folder, 'ledger.db'), { useLogs: join(folder, 'uses') });
});
afterEach(async () => {
  await ledger.close();
  await rm(folder, { recursive: true, force: true });
});

/** The sketch of rows with these keys. */
function sketchOf(keys: readonly (string | number)[]): string {
  const hashes = keys.map((key) => digestHex(digestOf(String(key))).slice(0, 16));
  return [...new Set(hashes)].sort().slice(0, sketchSize).join('');
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function use(part: string, model: string, changes: Partial<UseRequest> = {}): UseRequest {
  const gate = { gate: 'promotion', gateDigest: digestOf('gate'), commitment: digestOf('committed') };
  return { part: digestOf(part), ...gate, model: digestOf(model), uses: 3, feedback: 'full', ...changes };
}

async function spend(request: UseRequest, keys: readonly number[]) {
  await ledger.tellRows(request.part, async () => sketchOf(keys));
  return await ledger.spend(request);
}

describe('sketches', () => {
  test('of small parts tell exactly whether they share a row', () => {
    const keys = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 30 });
    fc.assert(
      fc.property(keys, keys, (left, right) => {
        expect(shareRows(sketchOf(left), sketchOf(right))).toBe(left.some((key) => right.includes(key)));
      }),
    );
  });

  test('of large parts find one percent of shared rows, and none where none is shared', () => {
    const rows = sketchOf(range(0, 50_000));
    expect(rows).toHaveLength(16 * sketchSize);
    expect(shareRows(rows, sketchOf(range(49_000, 99_000)))).toBe(true);
    expect(shareRows(rows, sketchOf(range(50_000, 100_000)))).toBe(false);
    expect(shareRows(rows, sketchOf(range(100, 200)))).toBe(true);
    expect(shareRows(rows, '')).toBe(false);
  });
});

describe('a part that was made anew from nearly the same rows', () => {
  test('has no use left where the old one has none; new rows have', async () => {
    for (const model of ['a', 'b', 'c']) await spend(use('part', model), range(0, 1000));
    await expect(spend(use('without one row', 'd'), range(1, 1000))).rejects.toMatchObject({
      code: 'GATE_USED_UP',
      message: expect.stringContaining('3 of 3 uses of its part are spent, 3 of them on parts that share rows with it'),
    });
    await expect(spend(use('sample', 'd'), range(300, 320))).rejects.toMatchObject({ code: 'GATE_USED_UP' });
    expect(await spend(use('fresh', 'd'), range(1000, 2000))).toMatchObject({ place: 1, usesLeft: 2, onSharing: 0 });
  });

  test('answers again for the same model only where its own rows were asked', async () => {
    await spend(use('part', 'a'), range(0, 1000));
    await ledger.settle(use('part', 'a'), 'pass');
    const again = await spend(use('with one more', 'a'), range(0, 1001));
    expect(again).toMatchObject({ kind: 'spent', place: 1, usesLeft: 1, onSharing: 1 });
    expect(await ledger.entries(digestOf('with one more'))).toHaveLength(2);
    // The old part now counts the use of the new one.
    expect(await spend(use('part', 'b'), range(0, 1000))).toMatchObject({ place: 2, usesLeft: 0, onSharing: 1 });
  });

  test('may tell no more than the old one, and is retired with it', async () => {
    await spend(use('part', 'a'), range(0, 1000));
    await ledger.settle(use('part', 'a'), 'fail');
    const silent = use('new part', 'b', { feedback: 'none', gateDigest: digestOf('silent') });
    await expect(spend(silent, range(500, 1500))).rejects.toMatchObject({ code: 'GATE_FEEDBACK_SPENT' });
    await ledger.retire(digestOf('part'));
    await expect(spend(use('new part', 'b'), range(500, 1500))).rejects.toMatchObject({
      code: 'GATE_RETIRED',
      message: expect.stringContaining('a part that shares rows with its part was retired'),
    });
    expect(await ledger.isRetired(digestOf('new part'))).toBe(false);
  });

  test('is known through the use log too, by another project', async () => {
    for (const model of ['a', 'b', 'c']) await spend(use('part', model), range(0, 1000));
    await ledger.close();
    ledger = await openLedger(join(folder, 'another.db'), { useLogs: join(folder, 'uses') });
    await expect(spend(use('without one row', 'd'), range(1, 1000))).rejects.toMatchObject({ code: 'GATE_USED_UP' });
  });

  test('keeps the rows that were told first', async () => {
    await spend(use('part', 'a', { uses: 1 }), range(0, 1000));
    await ledger.tellRows(digestOf('part'), async () => sketchOf(range(5000, 6000)));
    await expect(spend(use('other', 'b', { uses: 1 }), range(999, 2000))).rejects.toMatchObject({
      code: 'GATE_USED_UP',
    });
  });
});
