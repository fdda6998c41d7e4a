import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { queryEngineContract } from '../../../../test/contract/query-engine.ts';
import type { EngineOptions, QueryEngine } from '../../query-engine.ts';
import { createDuckDbProcess } from './engine-process.ts';

queryEngineContract('DuckDB in a process of its own', createDuckDbProcess);

const long = 'SELECT count(*) AS n FROM range(100_000_000_000) AS r(i) WHERE hash(i) % 7 = 3';

/** The processes that this one started and that are still there. */
function children(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => {
      try {
        const [state, parent] = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
        return Number(parent) === process.pid && state !== 'Z';
      } catch {
        return false;
      }
    });
}

async function open(options: EngineOptions = {}, graceMs = 5_000): Promise<{ engine: QueryEngine; id: number }> {
  const before = new Set(children());
  const engine = await createDuckDbProcess(options, graceMs);
  const [id, ...more] = children().filter((one) => !before.has(one));
  expect([id !== undefined, more]).toEqual([true, []]);
  return { engine, id: id! };
}

test('an engine that is closed leaves no process', async () => {
  const { engine, id } = await open();
  expect(await engine.rows('SELECT 1 AS a')).toEqual([{ a: 1 }]);
  await engine.close();
  expect(children()).not.toContain(id);
});

test('a process that is killed is an error that says so, for what is under way and for all that comes', async () => {
  const { engine, id } = await open();
  const under = [engine.rows(long), Array.fromAsync(engine.batches(`${long} UNION ALL ${long}`))];
  const told = Promise.all(under.map((one) => expect(one).rejects.toMatchObject({ code: 'TABLE_ENGINE_ENDED' })));
  await wait(200);
  process.kill(id, 'SIGKILL');
  await told;
  await expect(engine.rows('SELECT 1')).rejects.toThrow(/ended by SIGKILL/);
  await engine.close();
});

test('a process that does not react to a signal is ended', async () => {
  const { engine, id } = await open({}, 300);
  const canceled = engine.rows(long, { signal: AbortSignal.timeout(200) });
  process.kill(id, 'SIGSTOP');
  await expect(canceled).rejects.toMatchObject({ code: 'CANCELED' });
  await expect(engine.execute('SELECT 1')).rejects.toMatchObject({ code: 'CANCELED' });
  await engine.close();
  expect(children()).not.toContain(id);
});

test("the engine's own signal ends queries that were given none, and the engine stays for what comes after another's", async () => {
  const abort = new AbortController();
  const { engine } = await open({ signal: abort.signal });
  await expect(engine.rows(long, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({ code: 'CANCELED' });
  expect(await engine.rows('SELECT 1 AS a')).toEqual([{ a: 1 }]);
  const under = engine.execute(`CREATE TABLE t AS ${long}`);
  setTimeout(() => abort.abort(), 100);
  await expect(under).rejects.toMatchObject({ code: 'CANCELED' });
  await engine.close();
});

test('how far a query is is told while it runs', async () => {
  const shares: (number | null)[] = [];
  const { engine } = await open({ threads: 1, onProgress: (share) => shares.push(share) });
  await engine.execute('CREATE TABLE t AS SELECT i FROM range(3_000_000) AS r(i)');
  await engine.rows('SELECT sum(length(md5(md5(md5(i::VARCHAR))))) AS a FROM t');
  await engine.close();
  const known = shares.filter((share) => share !== null);
  expect(known.length).toBeGreaterThan(0);
  expect(known.every((share) => share > 0 && share <= 1)).toBe(true);
  expect(known).toEqual([...known].sort((a, b) => a - b));
});
