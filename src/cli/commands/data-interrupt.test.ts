/* A long query of `mlspec data`: Ctrl-C ends it, and so does the death of the program, with the process of the query engine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { program } from '../../../test/program.ts';
import { createDataFolder } from '../../../test/steps/data-folder.ts';

const { folder } = createDataFolder();
const long = 'SELECT count(*) AS n FROM range(100_000_000_000) AS r(i) WHERE hash(i) % 7 = 3';

/** So much that it is written to the disk. */
const spilling = 'SELECT hash(i) AS a FROM range(1_000_000_000) AS r(i) ORDER BY a';

interface Started {
  readonly child: ChildProcess;
  readonly said: () => string;
  /** The process of its query engine, once that works. */
  readonly engine: number;
}

async function start(...args: readonly string[]): Promise<Started> {
  const env = { ...process.env, NO_COLOR: '1', TMPDIR: folder };
  const child = spawn(program, ['data', ...args], { cwd: folder, env });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 50) {
    const engine = childrenOf(child.pid!).find((id) => processorMs(id) > 1_000);
    if (engine !== undefined) return { child, said: () => said, engine };
    await wait(50);
  }
  throw new Error(`no query engine worked: ${said}`);
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => fieldsOf(id)?.[1] === String(parent));
}

function fieldsOf(id: number): string[] | null {
  try {
    const fields = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return fields[0] === 'Z' ? null : fields;
  } catch {
    return null;
  }
}

/** Processor time so far, at a hundred ticks a second. */
function processorMs(id: number): number {
  const fields = fieldsOf(id);
  return fields === null ? 0 : (Number(fields[11]) + Number(fields[12])) * 10;
}

/** What lies in the folder for temporary files. */
function leftBehind(): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('mlspec-'));
}

async function until(holds: () => boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < 30_000 && !holds(); waitedMs += 50) await wait(50);
  expect(holds()).toBe(true);
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends a query that would take hours, and says so', async (signal) => {
  const { child, said, engine } = await start('profile', long);
  const ended = once(child, 'exit');
  child.kill(signal);
  expect(await ended).toEqual([130, null]);
  expect(said()).toContain('error[CANCELED]');
  expect(fieldsOf(engine)).toBeNull();
  expect(leftBehind()).toEqual([]);
});

test('a check that looks at every pair of rows is ended too', async () => {
  writeFileSync(
    join(folder, 'many.csv'),
    ['a,b', ...Array.from({ length: 60_000 }, (_, i) => `${i},x${i}`)].join('\n'),
  );
  writeFileSync(join(folder, 'checks.yaml'), 'checks: ["row_count() > 0"]\n');
  const { child, engine } = await start(
    'check',
    "SELECT a.a FROM 'many.csv' AS a, 'many.csv' AS b WHERE levenshtein(a.b, b.b) > 100",
    '--checks',
    'checks.yaml',
  );
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  expect(fieldsOf(engine)).toBeNull();
});

test('a program that is killed leaves no query behind', async () => {
  const { child, engine } = await start('infer', spilling, '--memory', '100 MB');
  await until(() => readdirSync(join(folder, leftBehind()[0]!)).length > 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await until(() => fieldsOf(engine) === null);
  expect(leftBehind()).toEqual([]);
});

test('a query engine that is killed is an error that says what to do', async () => {
  const { child, said, engine } = await start('profile', long);
  const ended = once(child, 'exit');
  process.kill(engine, 'SIGKILL');
  expect(await ended).toEqual([1, null]);
  expect(said()).toMatch(/error\[TABLE_ENGINE_ENDED\] .*ended by SIGKILL[\s\S]*--memory/);
});
