/* Event files that are being written, followed by the command as users start it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/database/index.ts';
import { program } from '../program.ts';
import { scalar, start, version } from './event-writer.ts';

let folder: string;
let logs: string;
const followers: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'follow-'));
  logs = join(folder, 'logs');
  mkdirSync(join(logs, 'train'), { recursive: true });
});
afterEach(async () => {
  for (const child of followers.splice(0)) await end(child, 'SIGKILL');
  rmSync(folder, { recursive: true });
});

const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, 'exit');
  }
  return child.exitCode;
};

const follow = (): ChildProcess & { said: string } => {
  const child = spawn(program, ['import', logs, '--follow', '--store', join(folder, 'store'), '--json'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  followers.push(child);
  const following = Object.assign(child, { said: '' });
  child.stdout!.on('data', (text) => {
    following.said += text;
  });
  return following;
};

/** What the tracker has of a metric, read beside the one who writes. */
const points = async (key = 'loss'): Promise<[number, number][]> => {
  const path = join(folder, 'store', 'metadata.db');
  try {
    const database = await openDatabase({ kind: 'sqlite', path, access: 'read' });
    try {
      const rows = await database.all<{ step: number; value: number }>(
        `select p.step, p.value from metric_points p join metric_series s on s.id = p.series where s.key = '${key}'
          order by p.step, p.timestamp_ms, p.value`,
      );
      return rows.map(({ step, value }) => [step, value]);
    } finally {
      await database.close();
    }
  } catch {
    return [];
  }
};
const until = async (wanted: [number, number][], withinMs = 10_000): Promise<number> => {
  const begun = performance.now();
  for (let found = await points(); ; found = await points()) {
    if (JSON.stringify(found) === JSON.stringify(wanted)) return performance.now() - begun;
    if (performance.now() - begun > withinMs) expect(found).toEqual(wanted);
    await wait(50);
  }
};
const file = (name = '1750000000.host'): string => join(logs, 'train', `events.out.tfevents.${name}`);
const steps = (from: number, to: number, plus = 0): [number, number][] =>
  Array.from({ length: to - from }, (_, index) => [from + index, plus + from + index]);

describe('following', () => {
  test('what is appended appears within a second or so, also half of a record and another file', async () => {
    const child = follow();
    writeFileSync(file(), version());
    appendFileSync(file(), scalar('loss', 0, 0));
    await until(steps(0, 1));
    appendFileSync(file(), scalar('loss', 1, 1));
    expect(await until(steps(0, 2))).toBeLessThan(3000);
    const record = scalar('loss', 2, 2);
    appendFileSync(file(), record.subarray(0, 20));
    await wait(700);
    appendFileSync(file(), record.subarray(20));
    await until(steps(0, 3));
    writeFileSync(file('1750000001.host'), Buffer.concat([version(), scalar('loss', 3, 3)]));
    await until(steps(0, 4));
    // Writers that are still at the first file are read on.
    appendFileSync(file(), scalar('loss', 4, 4));
    await until(steps(0, 5));
    expect(await end(child, 'SIGINT')).toBe(0);
    const report = JSON.parse(child.said);
    expect([report.ok, report.metricPoints, report.isInterrupted]).toEqual([true, 5, false]);
  });

  test('a restart of the training purges, live', async () => {
    follow();
    writeFileSync(file(), Buffer.concat([version(), ...steps(0, 6).map(([step]) => scalar('loss', step, step))]));
    await until(steps(0, 6));
    writeFileSync(file('1750000001.host'), Buffer.concat([version(), start(3), scalar('loss', 3, 103)]));
    await until([...steps(0, 3), [3, 103]]);
  });

  test('a file that is cut and written again is read from its beginning', async () => {
    follow();
    writeFileSync(file(), Buffer.concat([version(), scalar('loss', 0, 0), scalar('loss', 1, 1)]));
    await until(steps(0, 2));
    truncateSync(file(), version().length + 10);
    await wait(700);
    writeFileSync(file(), Buffer.concat([version(), scalar('loss', 5, 5)]));
    await until([...steps(0, 2), [5, 5]]);
  });

  test('killed again and again while it reads, it goes on without a duplicate or a gap', async () => {
    writeFileSync(file(), version());
    let written = 0;
    for (let round = 0; round < 6; round++) {
      const child = follow();
      const begun = performance.now();
      while (performance.now() - begun < 900 + round * 130) {
        appendFileSync(file(), scalar('loss', written, written));
        written += 1;
        await wait(2);
      }
      await end(child, 'SIGKILL');
    }
    follow();
    await until(steps(0, written));
  });
});
