/*
 * Imports die by SIGKILL at chance moments and are begun again: in the end the tracker has, row by row and file by file, what an import
 * that nothing disturbed brings.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TrackerImport } from '../../src/app/index.ts';
import { createLocalArtifacts } from '../../src/artifacts/index.ts';
import { type Digest, now, secureRandomBytes } from '../../src/encoding/index.ts';
import { newSqlite } from '../contract/databases.ts';
import { isFull } from '../full.ts';
import { program } from '../program.ts';
import { type ImportFixture, openImportFixture } from './import-fixture.ts';
import { archiveOf } from './mlflow-answers.ts';

const deaths = isFull ? 20 : 3;
const timeout = deaths * 60_000;
const golden = join(import.meta.dirname, '../golden/import');

let home: string;
let startedAtMs: number;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'import-kill-'));
  startedAtMs = now();
});
afterEach(() => rmSync(home, { recursive: true }));

describe.each([
  ['a database of MLflow', archiveOf('mlflow-3.17.2'), 'mlflow.db', []],
  ['a folder mlruns', archiveOf('mlruns-3.17.2'), 'mlruns', []],
  ['offline runs of W&B', join(golden, 'wandb-0.31.0.tar.gz'), '.', ['--artifacts', '.']],
  ["Neptune's export", join(golden, 'neptune-export.tar.gz'), 'exports', []],
] as const)('%s', (_, archive, path, more) => {
  test(`is whole after ${deaths} deaths of its import`, { timeout }, async () => {
    execFileSync('tar', ['xzf', archive, '-C', home]);
    const args = ['import', path, ...more];
    await ended(start(args, 'undisturbed'));
    const wanted = await contentOf('undisturbed');
    expect(Object.keys(wanted.files).length).toBeGreaterThan(3);
    for (const table of ['tracked_runs', 'run_params', 'run_tags', 'metric_points'])
      expect(wanted.tables[table], table).not.toEqual([]);
    let store = 'killed-0';
    let amount = 0;
    const seen: number[] = [];
    while (seen.length < deaths) {
      // Somewhere in what is still to be written; the first one before anything is.
      const rest = rowCount('undisturbed') - amount;
      const reached = seen.length === 0 ? 0 : amount + Math.floor((rest * secureRandomBytes(1)[0]!) / 256);
      const child = start(args, store);
      if (await killAt(child, store, reached)) {
        amount = rowCount(store);
        seen.push(amount);
      }
      if (child.signalCode === null || amount === rowCount('undisturbed')) {
        // It came to its end first: what it made is looked at, and the next one begins anew.
        await ended(start(args, store));
        expect(await contentOf(store)).toEqual(wanted);
        store = `killed-${seen.length}-${secureRandomBytes(4).toString('hex')}`;
        amount = 0;
      }
    }
    await ended(start(args, store));
    expect(await contentOf(store)).toEqual(wanted);
    const again = await ended(start(args, store));
    expect(again.runs).toMatchObject({ new: 0, more: 0 });
    expect([again.modelVersions, again.artifacts.files]).toEqual([0, 0]);
    expect(await contentOf(store)).toEqual(wanted);
  });
});

describe.each([
  ['offline runs of W&B', join(golden, 'wandb-0.31.0.tar.gz'), '.'],
  ["Neptune's export", join(golden, 'neptune-export.tar.gz'), 'exports'],
  ['event files of TensorBoard', join(golden, 'tensorboard-2.21.0.tar.gz'), 'logs'],
])('%s', (_, archive, path) => {
  test('end as they did, also where the import died when it was about to write that', { timeout }, async () => {
    execFileSync('tar', ['xzf', archive, '-C', home]);
    const [undisturbed, killed] = [await openImportFixture(newSqlite), await openImportFixture(newSqlite)];
    const endsOf = ({ database }: ImportFixture) =>
      database.all('select run_id, status, ended_at_ms from tracked_runs order by run_id');
    try {
      await undisturbed.runs(join(home, path));
      const wanted = await endsOf(undisturbed);
      for (let ends = 0; ends < wanted.length; ends++) {
        const dies = `create trigger dies before update of status on tracked_runs
          when (select count(*) from tracked_runs where status <> 'RUNNING') = ${ends}
          begin select raise(abort, 'killed'); end`;
        await killed.database.run(dies);
        await expect(killed.runs(join(home, path))).rejects.toThrow('killed');
        await killed.database.run('drop trigger dies');
      }
      await killed.runs(join(home, path));
      expect(await endsOf(killed)).toEqual(wanted);
    } finally {
      await undisturbed.close();
      await killed.close();
    }
  });
});

function start(args: readonly string[], store: string): ChildProcess {
  return spawn(program, [...args, '--store', join(home, store), '--json'], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The report of an import that nothing disturbs. */
async function ended(child: ChildProcess): Promise<TrackerImport> {
  let [stdout, stderr] = ['', ''];
  child.stdout!.on('data', (piece: Buffer) => (stdout += piece.toString()));
  child.stderr!.on('data', (piece: Buffer) => (stderr += piece.toString()));
  const [code] = await once(child, 'close');
  expect(code, stderr + stdout).toBe(0);
  return JSON.parse(stdout) as TrackerImport;
}

/** Kills an import as soon as a store has so many rows. @returns whether it died of that */
async function killAt(child: ChildProcess, store: string, rows: number): Promise<boolean> {
  const exit = once(child, 'exit');
  child.stdout!.resume();
  child.stderr!.resume();
  while (child.exitCode === null && rowCount(store) < rows) await setTimeout(1);
  child.kill('SIGKILL');
  await exit;
  return child.signalCode === 'SIGKILL';
}

/** How many rows an import has written; -1 where there is no table yet. */
function rowCount(store: string): number {
  const tables = ['tracked_runs', 'run_params', 'run_tags', 'metric_points', 'artifact_paths', 'model_versions'];
  try {
    return tables.reduce((sum, table) => sum + Number(rowsOf(store, `select count(*) as n from ${table}`)[0]!['n']), 0);
  } catch {
    return -1;
  }
}

function rowsOf(store: string, sql: string): Record<string, SQLOutputValue>[] {
  const database = new DatabaseSync(join(home, store, 'metadata.db'), { readOnly: true });
  try {
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    return statement.all();
  } finally {
    database.close();
  }
}

/** How points were summed up, which depends on how many came at once, is no content. */
const summaries = { tables: ['metric_blocks'], columns: ['tail_points', 'blocked_until_ms'] };

interface Content {
  /** Rows by table, without the times at which they were written. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** What each file's bytes are, by its path. */
  readonly files: Readonly<Record<string, string>>;
}

async function contentOf(store: string): Promise<Content> {
  const names = rowsOf(store, "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
    .map(({ name }) => String(name))
    .filter((name) => !summaries.tables.includes(name));
  const tables = Object.fromEntries(
    names.map((name) => [name, rowsOf(store, `select * from "${name}"`).map(shownRow).sort()]),
  );
  const artifacts = createLocalArtifacts({ root: join(home, store, 'artifacts') });
  const files: Record<string, string> = {};
  for (const { path, digest } of rowsOf(store, 'select path, digest from artifact_paths')) {
    files[String(path)] = `${digest} ${await artifacts.verify(digest as Digest)}`;
  }
  expect(Object.values(files).every((file) => file.endsWith(' ok'))).toBe(true);
  return { tables, files };
}

function shownRow(row: Record<string, SQLOutputValue>): string {
  const cells = Object.entries(row).filter(([column]) => !summaries.columns.includes(column));
  return cells
    .map(([column, value]) => {
      const isNow = column.endsWith('_at_ms') && typeof value === 'bigint' && value >= BigInt(startedAtMs);
      return `${column}=${isNow ? 'now' : value}`;
    })
    .join(' ');
}
