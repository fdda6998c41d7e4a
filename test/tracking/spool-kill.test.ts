/* Sudden deaths: of the server in the middle of being sent to, of the spool, by turns, while a client goes on logging. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { secureRandomBytes } from '../../src/encoding/index.ts';
import { peersPython } from '../../tools/python-env.ts';
import { isFull } from '../full.ts';
import { mountMemory } from '../mount.ts';
import { program } from '../program.ts';
import { call, experimentId, freePort, pointsOf, runsOf, type Served, serve, tagOf, until } from './spool-parts.ts';

const deaths = isFull ? 30 : 3;
const timeout = isFull ? 1_800_000 : 120_000;

/** A server that can be started again where it was. */
type Start = () => Promise<Pick<Served, 'url' | 'kill'>>;

test(`a server and its spool die ${deaths} times each, and every acknowledged point is there once`, {
  timeout,
}, async () => {
  await inFolder(async (home) => {
    const port = String(await freePort());
    await dieByTurns(home, () => serve(home, ['server', '--port', port, '--store', join(home, 'remote')]));
  });
});

test.skipIf(!isFull)('the same with the stock server', { timeout: 3_600_000 }, async () => {
  await inFolder(async (home) => {
    const port = await freePort();
    await dieByTurns(home, () => startStock(home, port));
  });
});

/** MLflow's own server, in a group of its own: it starts others. */
async function startStock(home: string, port: number): ReturnType<Start> {
  const mlflow = join(dirname(peersPython()), 'mlflow');
  const stores = ['--backend-store-uri', `sqlite:///${home}/stock.db`, '--artifacts-destination', `${home}/files`];
  const child = spawn(mlflow, ['server', '--port', String(port), '--workers', '1', ...stores], {
    cwd: home,
    env: { PATH: `${dirname(mlflow)}:${process.env['PATH']}`, HOME: home, MLFLOW_DISABLE_TELEMETRY: 'true' },
    stdio: 'ignore',
    detached: true,
  });
  const url = `http://127.0.0.1:${port}`;
  const isUp = async (): Promise<boolean> => (await fetch(`${url}/health`).catch(() => null))?.ok === true;
  await until('the stock server', isUp, 300_000);
  return {
    url,
    kill: async () => {
      process.kill(-child.pid!, 'SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

async function inFolder(work: (home: string) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'spool-kill-'));
  try {
    await work(home);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** What a client was told is kept: for each run of the spool the steps of its points. */
type Acknowledged = Map<string, number[]>;

async function dieByTurns(home: string, startRemote: Start): Promise<void> {
  let remote = await startRemote();
  const port = String(await freePort());
  const startSpool = (): Promise<Served> =>
    serve(home, ['spool', remote.url, '--port', port, '--store', join(home, 'spool')]);
  let spool = await startSpool();
  const acknowledged: Acknowledged = new Map();
  const stop = new AbortController();
  const logging = logOn(spool.url, { acknowledged, signal: stop.signal });
  const count = (): number => [...acknowledged.values()].reduce((sum, steps) => sum + steps.length, 0);
  try {
    for (let death = 0; death < deaths * 2; death++) {
      const reached = count() + 20 + secureRandomBytes(1)[0]!;
      await until('the client to go on', async () => count() >= reached);
      if (death % 2 === 0) {
        await remote.kill();
        // The client waits for nothing meanwhile.
        const alone = count() + 100;
        await until('the client to go on alone', async () => count() >= alone);
        remote = await startRemote();
      } else {
        await spool.kill();
        spool = await startSpool();
      }
      await Promise.race([logging, until('a delivery', async () => (await runsOf(remote.url, 'killed')).length > 0)]);
    }
  } finally {
    stop.abort();
  }
  await logging;
  await until('the rest to be sent', async () => (await waitingIn(home)) === 0, 180_000);
  await compare(acknowledged, spool.url, remote.url);
  expect(await spool.stop()).toBe(0);
  await remote.kill();
}

/** Logs points one by one, a new run every 200, and each until it is acknowledged, as MLflow's client does. */
async function logOn(
  url: string,
  { acknowledged, signal }: { readonly acknowledged: Acknowledged; readonly signal: AbortSignal },
): Promise<void> {
  const insist = async <Answer>(name: string, body: object): Promise<Answer> => {
    for (;;) {
      try {
        return await call<Answer>(url, name, body);
      } catch (error) {
        // Whatever is answered is an answer; only a connection that is gone is tried again.
        if (!(error instanceof TypeError)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  while (!signal.aborted) {
    const experiment_id = (await retried(() => experimentId(url, 'killed'))) ?? (await make(insist, url));
    const { run } = await insist<{ run: { info: { run_id: string } } }>('POST runs/create', { experiment_id });
    const runId = run.info.run_id;
    const steps: number[] = [];
    acknowledged.set(runId, steps);
    for (let step = 0; step < 200 && !signal.aborted; step++) {
      await insist('POST runs/log-metric', { run_id: runId, key: 'x', value: step / 7, timestamp: 1000 + step, step });
      steps.push(step);
    }
    await insist('POST runs/update', { run_id: runId, status: 'FINISHED', end_time: 5000 });
  }
}

async function make(insist: <Answer>(name: string, body: object) => Promise<Answer>, url: string): Promise<string> {
  try {
    return (await insist<{ experiment_id: string }>('POST experiments/create', { name: 'killed' })).experiment_id;
  } catch {
    // It was made by a call whose answer did not arrive.
    return (await retried(() => experimentId(url, 'killed')))!;
  }
}

async function retried<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function compare(acknowledged: Acknowledged, spool: string, remote: string): Promise<void> {
  const there = new Map(
    (await runsOf(remote, 'killed')).map((run) => [tagOf(run, 'mlspec.spool.run')?.split('/')[1], run]),
  );
  // A run whose making was not acknowledged may be there too; none is there twice.
  expect(there.size).toBe((await runsOf(remote, 'killed')).length);
  for (const [runId, steps] of acknowledged) {
    const run = there.get(runId)!;
    const points = await pointsOf(remote, run.info['run_id']!, 'x');
    expect(points).toEqual(await pointsOf(spool, runId, 'x'));
    expect(points).toHaveLength(new Set(points).size);
    expect(points.slice(0, steps.length)).toEqual(steps.map((step) => `${step} ${1000 + step} ${step / 7}`));
    expect(points.length - steps.length).toBeLessThanOrEqual(1);
  }
  expect([...acknowledged.values()].flat().length).toBeGreaterThan(deaths * 50);
}

async function waitingIn(home: string): Promise<number> {
  const child = spawn(program, ['spool', 'status', '--store', join(home, 'spool'), '--json'], {
    env: { PATH: process.env['PATH'], HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (piece: Buffer) => (text += piece.toString()));
  await once(child, 'close');
  const { waiting, aside } = JSON.parse(text) as { waiting: number; aside: number };
  expect(aside).toBe(0);
  return waiting;
}

test('a full disk is told to the client, and nothing that was acknowledged is lost', { timeout }, async (context) => {
  await inFolder(async (home) => {
    const mount = join(home, 'small');
    await mkdir(mount);
    if (!mountMemory(mount, 'size=8m')) return context.skip();
    try {
      const remotePort = String(await freePort());
      const address = `http://127.0.0.1:${remotePort}`;
      const spool = await serve(home, ['spool', address, '--port', '0', '--store', join(mount, 'spool')]);
      const experiment_id = '0';
      const { run } = await call<{ run: { info: { run_id: string } } }>(spool.url, 'POST runs/create', {
        experiment_id,
      });
      const runId = run.info.run_id;
      await writeFile(join(mount, 'ballast'), Buffer.alloc(5 << 20));
      const acknowledged = await fill(spool.url, runId);
      await rm(join(mount, 'ballast'));
      await call(spool.url, 'POST runs/update', { run_id: runId, status: 'FINISHED', end_time: 1 });
      const remote = await serve(home, ['server', '--port', remotePort, '--store', join(home, 'remote')]);
      await until('the rest to be sent', async () => {
        const [sent] = await runsOf(remote.url, 'Default');
        return sent?.info['status'] === 'FINISHED';
      });
      const [sent] = await runsOf(remote.url, 'Default');
      const points = await pointsOf(remote.url, sent!.info['run_id']!, 'x');
      for (const step of acknowledged) expect(points).toContain(`${step} ${step} ${step}`);
      expect(points).toHaveLength(new Set(points).size);
      expect(await spool.stop()).toBe(0);
      await remote.stop();
    } finally {
      execFileSync('umount', ['--lazy', mount]);
    }
  });
});

/** Logs batches until the disk is full. @returns the steps that were acknowledged */
async function fill(url: string, run_id: string): Promise<number[]> {
  const acknowledged: number[] = [];
  for (let first = 0; ; first += 1000) {
    const steps = Array.from({ length: 1000 }, (_, index) => first + index);
    const metrics = steps.map((step) => ({ key: 'x', value: step, timestamp: step, step }));
    try {
      await call(url, 'POST runs/log-batch', { run_id, metrics });
    } catch (error) {
      expect(String(error)).toMatch(/507 .*RESOURCE_EXHAUSTED.*(is full|no space is left)/);
      return acknowledged;
    }
    acknowledged.push(...steps);
  }
}

test('one process sends from a folder, and a second one is told so', { timeout }, async () => {
  await inFolder(async (home) => {
    const args = ['spool', 'http://127.0.0.1:9', '--port', '0', '--store', join(home, 'spool')];
    const first = await serve(home, args);
    await expect(serve(home, args)).rejects.toThrow(/SPOOL_BUSY|found that process \d+ does/);
    await first.kill();
    // The claim of a dead process counts for nothing.
    const second = await serve(home, args);
    expect(await second.stop()).toBe(0);
  });
});
