/* Event files that are broken or made to do harm. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readEventRun } from '../../src/app/import/tensorboard/read-run.ts';
import { longestRecord } from '../../src/app/import/tensorboard/record-file.ts';
import { shortestFloat } from '../../src/app/import/tensorboard/tensor.ts';
import { maskedCrc32c, seededRandom } from '../../src/encoding/index.ts';
import type { SourcePosition } from '../../src/tracking/index.ts';
import { newSqlite } from '../contract/databases.ts';
import { isFull } from '../full.ts';
import { frame, image, scalar, start, texts, version } from './event-writer.ts';
import { openImportFixture } from './import-fixture.ts';
import { runFrom } from './mlflow-answers.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'events-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const name = 'events.out.tfevents.1750000000.host';
const read = async (bytes: Uint8Array): Promise<{ steps: number[]; left: string[] }> => {
  writeFileSync(join(folder, name), bytes);
  const steps: number[] = [];
  const left: string[] = [];
  const parts = readEventRun({ folder, names: [name] }, new Map(), {
    leave: (what, why) => left.push(`${what}: ${why}`),
    leaveKind: () => undefined,
    onBytes: () => undefined,
  });
  for await (const { metrics = [] } of parts) steps.push(...metrics.map(({ step }) => Number(step)));
  return { steps, left };
};
const some = (count: number): Buffer[] => Array.from({ length: count }, (_, step) => scalar('loss', step, step / 7));
const whole = (): Buffer => Buffer.concat([version(), ...some(20), image('picture', 3, Buffer.from('png')), start(30)]);

test('whoever goes on behind any record finds what one finds who reads all at once', async () => {
  const records = [
    version(),
    ...[texts('shown', 0, ['1', '1', 'png zero'], 'images'), texts('said', 0, ['first'], 'text'), scalar('loss', 0, 1)],
    ...[texts('odd one', 0, ['?'], 'own plugin % "1"'), texts('shown', 1, ['1', '1', 'png one'])],
    ...[texts('said', 1, ['second']), texts('odd one', 1, ['?']), scalar('loss', 1, 2)],
  ];
  const kinds: string[] = [];
  const readFrom = async (bytes: Uint8Array, from: Map<string, SourcePosition>): Promise<string[]> => {
    writeFileSync(join(folder, name), bytes);
    const found: string[] = [];
    const listener = {
      leave: () => undefined,
      leaveKind: (kind: string) => kinds.push(kind),
      onBytes: () => undefined,
    };
    for await (const part of readEventRun({ folder, names: [name] }, from, listener)) {
      if (part.position !== undefined) from.set(part.position.source, part.position);
      for (const { key, step } of part.metrics ?? []) found.push(`${key} ${step}`);
      for (const file of part.files ?? [])
        if (file.kind === 'bytes') found.push(`${file.path} ${Buffer.from(file.bytes).toString()}`);
    }
    return found;
  };
  const whole = await readFrom(Buffer.concat(records), new Map());
  expect(whole.toSorted()).toEqual([
    'images/shown/0.bin png zero',
    'images/shown/1.bin png one',
    'loss 0',
    'loss 1',
    'text/said/0.md first\n',
    'text/said/1.md second\n',
  ]);
  expect(kinds.splice(0)).toEqual(['own plugin % "1"', 'own plugin % "1"']);
  for (let count = 1; count < records.length; count++) {
    const from = new Map<string, SourcePosition>();
    const before = await readFrom(Buffer.concat(records.slice(0, count)), from);
    expect([...before, ...(await readFrom(Buffer.concat(records), from))].toSorted()).toEqual(whole.toSorted());
    expect(kinds.splice(0)).toEqual(['own plugin % "1"', 'own plugin % "1"']);
  }
});

describe('broken event files', () => {
  test('cut at every byte: what is whole is read, and the place of the rest is named', async () => {
    const records = [version(), ...some(3)];
    const bytes = Buffer.concat(records);
    const ends = records.map((_, index) => Buffer.concat(records.slice(0, index + 1)).length);
    for (let length = 0; length <= bytes.length; length++) {
      const { steps, left } = await read(bytes.subarray(0, length));
      const wholeOnes = ends.filter((end) => end <= length).length;
      expect(steps).toEqual(Array.from({ length: Math.max(wholeOnes - 1, 0) }, (_, step) => step));
      const at = [0, ...ends].findLast((end) => end <= length)!;
      expect(left).toEqual(at === length ? [] : [expect.stringContaining(`${name}: byte ${at}: expected a record`)]);
    }
  });

  test('a wrong checksum in the middle costs its record alone; at the end it is waited for', async () => {
    const records = [version(), ...some(3)];
    const broken = Buffer.from(records[2]!);
    broken.writeUInt8(broken.readUInt8(15) ^ 1, 15);
    const at = records[0]!.length + records[1]!.length;
    const middle = await read(Buffer.concat([records[0]!, records[1]!, broken, records[3]!]));
    expect(middle).toEqual({ steps: [0, 2], left: [expect.stringContaining(`byte ${at}: a record of`)] });
    const last = await read(Buffer.concat([records[0]!, records[1]!, broken]));
    expect(last).toEqual({ steps: [0], left: [expect.stringContaining(`byte ${at}: the last record`)] });
  });

  test('a length that does not hold ends the file', async () => {
    const bytes = Buffer.concat([version(), ...some(2)]);
    bytes.writeUInt8(99, version().length);
    const { steps, left } = await read(bytes);
    expect([steps, left]).toEqual([[], [expect.stringContaining(`byte ${version().length}: no record begins here`)]]);
  });

  test('lengths beyond memory are not believed, and a record that is too long is stepped over', async () => {
    const head = (size: bigint): Buffer => {
      const bytes = Buffer.alloc(12);
      bytes.writeBigUInt64LE(size);
      bytes.writeUInt32LE(maskedCrc32c(bytes.subarray(0, 8)), 8);
      return bytes;
    };
    for (const size of [2n ** 40n, 2n ** 53n - 1n, 2n ** 64n - 1n]) {
      const { steps, left } = await read(Buffer.concat([version(), head(size), ...some(2)]));
      expect([steps, left.length]).toEqual([[], 1]);
    }
    const before = process.memoryUsage().rss;
    const sparse = await open(join(folder, name), 'w');
    await sparse.write(Buffer.concat([version(), head(BigInt(longestRecord + 1))]));
    const behind = version().length + 12 + longestRecord + 1 + 4;
    await sparse.write(scalar('loss', 9, 9), 0, null, behind);
    await sparse.close();
    const steps: number[] = [];
    const left: string[] = [];
    const parts = readEventRun({ folder, names: [name] }, new Map(), {
      leave: (what) => left.push(what),
      leaveKind: () => undefined,
      onBytes: () => undefined,
    });
    for await (const { metrics = [] } of parts) steps.push(...metrics.map(({ step }) => Number(step)));
    expect([steps, left]).toEqual([[9], [`${name}: byte ${version().length}`]]);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  test('random damage never stops the reader', { timeout: 120_000 }, async () => {
    const random = seededRandom('tensorboard-fuzz');
    const original = whole();
    const below = (limit: number): number => Math.floor(random() * limit);
    for (let round = 0; round < (isFull ? 10_000 : 1500); round++) {
      let bytes = Buffer.from(original);
      for (let change = 0; change <= below(4); change++) {
        const at = below(bytes.length);
        const kind = below(4);
        if (kind === 0) bytes.writeUInt8(below(256), at);
        else if (kind === 1) bytes = bytes.subarray(0, at + 1);
        else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(below(bytes.length))]);
        else bytes = Buffer.concat([bytes, frame(Buffer.from(Array.from({ length: below(40) }, () => below(256))))]);
      }
      const { left } = await read(bytes);
      for (const one of left) expect(one).toMatch(/^events\S+: (byte \d+|hyperparameters): ./);
    }
  });
});

describe('event files that would do harm', () => {
  test('tags are no paths, links are not followed', async () => {
    const logs = join(folder, 'logs');
    mkdirSync(logs);
    const secret = join(folder, 'secret');
    mkdirSync(secret);
    writeFileSync(join(secret, name), Buffer.concat([version(), scalar('stolen', 1, 1)]));
    symlinkSync(secret, join(logs, 'link'));
    symlinkSync(join(secret, name), join(logs, `${name}.link`));
    const tags = ['../../escape', '/etc/passwd', 'a/../../b', 'nul\0byte', 'a\\b', ''];
    const bytes = [version(), ...tags.flatMap((tag) => [image(tag, 1, Buffer.from('x')), scalar(tag, 1, 1)])];
    writeFileSync(join(logs, name), Buffer.concat([...bytes, scalar('x@1', 1, 1), scalar('x#1', 1, 2)]));
    const fixture = await openImportFixture(newSqlite);
    try {
      const report = await fixture.runs(logs);
      const rows = await fixture.database.all<{ run_id: string }>('select run_id from tracked_runs');
      expect(rows).toHaveLength(1);
      const run = await runFrom(fixture.url, rows[0]!.run_id);
      for (const file of Object.keys(run.files)) expect(file).toMatch(/^images\/[^.][^\\]*\/1\.bin$/);
      expect(run.metrics).toMatchObject({ x_1: '1' });
      expect(run.metrics).not.toHaveProperty('stolen');
      const left = report.left.map(({ what, why }) => `${what}: ${why}`);
      expect(left).toContain('link: a link');
      expect(left.some((one) => one.includes('x@1') && one.includes('x_1'))).toBe(true);
      expect(left.some((one) => one.includes('whose key another tag has'))).toBe(true);
    } finally {
      await fixture.close();
    }
  });

  test('a shortest float names its float, and none is longer than nine digits', () => {
    const random = seededRandom('floats');
    const view = new DataView(new ArrayBuffer(4));
    for (let round = 0; round < 20_000; round++) {
      view.setUint32(0, Math.floor(random() * 2 ** 32));
      const value = view.getFloat32(0);
      if (Number.isNaN(value)) continue;
      const short = shortestFloat(value);
      expect(Math.fround(short)).toBe(value);
      if (Number.isFinite(value) && !Number.isInteger(value))
        expect(String(short).replace(/e.*$/, '').replace(/[-.]/g, '').replace(/^0+/, '').length).toBeLessThanOrEqual(9);
    }
  });
});
