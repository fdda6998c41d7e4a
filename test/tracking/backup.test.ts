/*
 * Backups of a server that eight clients write to: what comes back is what was there at one moment, on either database, and
 * nothing but a whole backup comes back at all.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, cp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { recordSchemas } from '../../src/app/backup/schemas.ts';
import { openDatabase, schemaVersions } from '../../src/database/index.ts';
import { digestJson, digestOf, newId } from '../../src/encoding/index.ts';
import { program } from '../program.ts';
import { useBackupPlaces, ways } from './backup-places.ts';
import type { ServerProcess } from './server-process.ts';

const places = useBackupPlaces();
const { newStore, start, mlspec } = places;
const writers = 8;
async function call<Answer>(server: ServerProcess, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json' },
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

interface RunAnswer {
  readonly run: {
    readonly info: { readonly run_id: string };
    readonly data: {
      readonly metrics?: readonly { readonly key: string; readonly value: number; readonly step: number }[];
      readonly params?: readonly { readonly key: string }[];
    };
  };
}

const metricsOfBatch = 40;
const largeStep = '9223372036854775807';

/** Writes batches, each with an artifact that is named by its number, until told to stop. */
async function write(server: ServerProcess, run_id: string, until: AbortSignal): Promise<number> {
  for (let number = 0; ; number++) {
    if (until.aborted) return number;
    const path = `${server.url}/api/2.0/mlflow-artifacts/artifacts/0/${run_id}/artifacts/file-${number}`;
    const stored = await fetch(path, { method: 'PUT', body: `${run_id} ${number}` });
    expect(stored.status).toBe(200);
    const metrics = Array.from({ length: metricsOfBatch }, (_, key) => ({
      ...{ key: `m${key}`, value: number, timestamp: number, step: number },
    }));
    await call(server, 'runs/log-batch', { run_id, metrics, params: [{ key: `p${number}`, value: 'x' }] });
  }
}

/** Every batch is whole: param, all its points, and the artifact that was there before. @returns how many batches */
async function requireWhole(server: ServerProcess, run_id: string): Promise<number> {
  const { run } = await call<RunAnswer>(server, `runs/get?run_id=${run_id}`);
  const numbers = (run.data.params ?? []).map(({ key }) => Number(key.slice(1))).sort((one, other) => one - other);
  expect(numbers).toEqual(numbers.map((_, index) => index));
  for (const key of [0, metricsOfBatch - 1]) {
    const history = await call<{ metrics?: { step: number }[] }>(
      server,
      `metrics/get-history?run_id=${run_id}&metric_key=m${key}`,
    );
    expect((history.metrics ?? []).map(({ step }) => step)).toEqual(numbers);
  }
  for (const number of numbers) {
    const path = `${server.url}/api/2.0/mlflow-artifacts/artifacts/0/${run_id}/artifacts/file-${number}`;
    expect(digestOf(Buffer.from(await (await fetch(path)).arrayBuffer()))).toBe(digestOf(`${run_id} ${number}`));
  }
  return numbers.length;
}

describe.each(ways)('from $from to $to', ({ from, to }) => {
  test('eight write meanwhile; what is restored is of one moment', { timeout: 180_000 }, async () => {
    const server = await start(await newStore(from));
    const store = sourceOf(server);
    await call(server, 'experiments/create', { name: 'große "Größen"\n', tags: [{ key: 'k', value: '🙂 \\ null' }] });
    const runs = await Promise.all(
      Array.from({ length: writers }, async () => {
        const { run } = await call<RunAnswer>(server, 'runs/create', { experiment_id: '0' });
        return run.info.run_id;
      }),
    );
    const exact = { run_id: runs[0]!, key: 'exact', value: 0.1 + 0.2, timestamp: 1, step: largeStep };
    await call(server, 'runs/log-metric', exact);
    const stop = new AbortController();
    const writing = runs.map((run) => write(server, run, stop.signal));
    const backups = join(places.home, 'backups');
    const first = await mlspec(['backup', backups, '--json'], store);
    const second = await mlspec(['backup', backups, '--json'], store);
    stop.abort();
    const written = await Promise.all(writing);
    expect([first.code, second.code], first.stderr + second.stderr).toEqual([0, 0]);
    const [one, two] = [first, second].map(
      ({ stdout }) => JSON.parse(stdout) as { itemCount: number; newItemCount: number },
    );
    expect(one!.newItemCount).toBe(one!.itemCount);
    expect(two!.itemCount).toBeGreaterThanOrEqual(one!.itemCount);
    expect(two!.newItemCount).toBe(two!.itemCount - one!.itemCount);
    const target = await newStore(to);
    const restored = await mlspec(['restore', backups], target);
    expect(restored.code, restored.stderr).toBe(0);
    expect((await mlspec(['restore', backups], target)).stderr).toContain('BACKUP_TARGET_TAKEN');
    await server.kill();
    const again = await start(target);
    let batches = 0;
    for (const [index, run] of runs.entries()) {
      const count = await requireWhole(again, run);
      expect(count).toBeLessThanOrEqual(written[index]!);
      batches += count;
    }
    expect(batches).toBeGreaterThan(0);
    const history = `metrics/get-history?run_id=${runs[0]}&metric_key=exact`;
    const text = await (await fetch(`${again.url}/api/2.0/mlflow/${history}`)).text();
    expect(text).toContain('0.30000000000000004');
    expect(text).toContain(largeStep);
    // The index of texts is filled again.
    const found = `${again.url}/api/2.0/mlspec/search?q=${encodeURIComponent('größen')}`;
    expect(((await (await fetch(found)).json()) as { matches: object[] }).matches).toHaveLength(1);
    // New rows get keys of their own.
    const made = await call<{ experiment_id: string }>(again, 'experiments/create', { name: 'after' });
    expect(made.experiment_id).toBe('2');
    const { run } = await call<RunAnswer>(again, 'runs/create', { experiment_id: '2' });
    await call(again, 'runs/log-metric', { run_id: run.info.run_id, key: 'a', value: 1, timestamp: 1 });
  });
});

/** The store that a server was started with, as its own command line says. */
function sourceOf(server: ServerProcess): string {
  return server.child.spawnargs[server.child.spawnargs.indexOf('--store') + 1]!;
}

describe('a backup', () => {
  let backups: string;
  let backup: string;
  let store: string;
  beforeEach(async () => {
    store = await newStore('sqlite');
    backups = join(places.home, 'backups');
    const server = await start(store);
    const { run } = await call<RunAnswer>(server, 'runs/create', { experiment_id: '0' });
    const path = `${server.url}/api/2.0/mlflow-artifacts/artifacts/0/${run.info.run_id}/artifacts/file`;
    await fetch(path, { method: 'PUT', body: 'content' });
    const made = await mlspec(['backup', backups], store);
    expect(made.code, made.stderr).toBe(0);
    backup = made.stdout.trim();
  });

  const files = async (): Promise<string[]> => {
    const entries = await readdir(backups, { recursive: true, withFileTypes: true });
    return entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
  };

  test('is read by its owner alone', async () => {
    for (const path of [backup, join(backup, 'manifest.json'), join(backup, 'tables', 'tracked_runs.jsonl.gz')])
      expect((await stat(path)).mode & 0o077).toBe(0);
  });

  test('with any file cut, longer or missing is refused, and nothing is written', { timeout: 120_000 }, async () => {
    const whole = join(places.home, 'whole');
    await cp(backups, whole, { recursive: true });
    const of = (name: string): string => join(backup, name);
    const blob = (await files()).find((path) => path.includes('blobs'))!;
    const damages: [string, () => Promise<void>][] = [
      ['cut table', () => truncate(of('tables/tracked_runs.jsonl.gz'), 20)],
      ['longer table', () => appendFile(of('tables/run_tags.jsonl.gz'), 'x')],
      ['missing table', () => rm(of('tables/experiments.jsonl.gz'))],
      ['missing list', () => rm(of('artifacts.jsonl.gz'))],
      ['no JSON', () => writeFile(of('manifest.json'), '{')],
      [
        'changed manifest',
        async () =>
          writeFile(
            of('manifest.json'),
            (await readFile(of('manifest.json'), 'utf8')).replace('"rowCount": 1', '"rowCount": 2'),
          ),
      ],
      ['missing content', () => rm(blob, { force: true })],
      [
        'changed content',
        async () => {
          await rm(blob, { force: true });
          await writeFile(blob, 'c0ntent');
        },
      ],
    ];
    for (const [what, damage] of damages) {
      await damage();
      const target = join(places.home, newId('target'));
      const { code, stderr } = await mlspec(['restore', backup], target);
      expect([what, code, stderr]).toEqual([what, expect.any(Number), expect.stringContaining('BACKUP_DAMAGED')]);
      expect(code).not.toBe(0);
      expect(await readdir(target).catch(() => [])).toEqual([]);
      await rm(backups, { recursive: true, force: true });
      await cp(whole, backups, { recursive: true });
    }
  });

  test('of a newer form or with newer tables is refused', async () => {
    const path = join(backup, 'manifest.json');
    const { digest: _own, ...manifest } = JSON.parse(await readFile(path, 'utf8')) as Record<string, never>;
    const changed = async (change: object): Promise<string> => {
      const next = { ...manifest, ...change };
      await writeFile(path, JSON.stringify({ ...next, digest: digestJson(next as never) }));
      return (await mlspec(['restore', backup], join(places.home, newId('target')))).stderr;
    };
    expect(await changed({ format: 2 })).toContain('BACKUP_NEWER');
    expect(await changed({ components: { tracking: 99 } })).toContain('BACKUP_NEWER');
    expect(await changed({ components: { unheard: 1 } })).toContain('BACKUP_NEWER');
    expect((await mlspec(['restore', places.home], join(places.home, 'target'))).stderr).toContain('BACKUP_NONE');
  });

  test('that is killed leaves nothing under a name, and the next one clears up', { timeout: 60_000 }, async () => {
    for (const afterMs of [300, 450, 600]) {
      const child = spawn(program, ['backup', backups, '--store', store], { cwd: places.home, stdio: 'ignore' });
      setTimeout(() => child.kill('SIGKILL'), afterMs);
      await once(child, 'exit');
    }
    expect((await mlspec(['backup', backups], store)).code).toBe(0);
    const names = await readdir(backups);
    expect(names.filter((name) => name.startsWith('unfinished'))).toEqual([]);
    for (const name of names.filter((one) => one !== 'artifacts'))
      expect((await mlspec(['restore', join(backups, name)], join(places.home, newId('target')))).code).toBe(0);
  });

  test('is not made where the store has lost content that a path names', async () => {
    const blobs = join(store, 'artifacts', 'blobs');
    const lost = await readdir(blobs, { recursive: true, withFileTypes: true });
    for (const entry of lost) if (entry.isFile()) await rm(join(entry.parentPath, entry.name), { force: true });
    const { stderr } = await mlspec(['backup', join(places.home, 'others')], store);
    expect(stderr).toContain('BACKUP_INCOMPLETE');
    expect((await readdir(join(places.home, 'others'))).filter((name) => /^\d/.test(name))).toEqual([]);
  });

  test('is restored where a restore was killed', { timeout: 60_000 }, async () => {
    const target = join(places.home, 'target');
    for (const afterMs of [350, 500, 650]) {
      const child = spawn(program, ['restore', backups, '--store', target], { cwd: places.home, stdio: 'ignore' });
      setTimeout(() => child.kill('SIGKILL'), afterMs);
      await once(child, 'exit');
    }
    const { code, stderr } = await mlspec(['restore', backups], target);
    expect(code === 0 || stderr.includes('BACKUP_TARGET_TAKEN'), stderr).toBe(true);
    const server = await start(target);
    expect((await call<{ runs: object[] }>(server, 'runs/search', { experiment_ids: ['0'] })).runs).toHaveLength(1);
  });

  test('holds the tables of everybody: nobody is missing in the list', async () => {
    const database = await openDatabase({ kind: 'sqlite', path: join(store, 'metadata.db') });
    const versions = await schemaVersions(database, 'sqlite');
    await database.close();
    const known = recordSchemas.map(({ component }) => component);
    expect(known).toEqual(expect.arrayContaining([...versions.keys()]));
  });
});
