import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf, newId, now } from '../../src/encoding/index.ts';
import {
  type ArtifactRecord,
  type ExecutionRecord,
  type MetadataStore,
  openMetadata,
} from '../../src/metadata/index.ts';
import type { TestDatabase } from './databases.ts';
import {
  sampleArtifact,
  sampleCacheEntry,
  sampleEvent,
  sampleExecution,
  sampleRun,
  sampleStatement,
} from './metadata-records.ts';
import { statementsEnterTheLog } from './statement-log.ts';

const run = promisify(execFile);
const code = (expected: string): object => expect.objectContaining({ code: expected });
const worker = join(import.meta.dirname, 'metadata-worker.ts');

interface Given {
  readonly place: TestDatabase;
  readonly store: MetadataStore;
  /** Another connection to the same record. */
  readonly reopen: () => Promise<MetadataStore>;
}

/** What every adapter of `MetadataStore` promises. */
export function metadataStoreContract(name: string, create: () => Promise<TestDatabase>): void {
  describe(`MetadataStore contract: ${name}`, () => {
    let given: Given;
    beforeAll(async () => {
      const place = await create();
      const reopen = async (): Promise<MetadataStore> => openMetadata(await place.open());
      given = { place, reopen, store: await reopen() };
    });
    afterAll(async () => {
      await given.store.close();
      await given.place.dispose();
    });
    for (const [promise, check] of Object.entries(promises)) test(promise, () => check(given));
  });
}

const promises: Readonly<Record<string, (given: Given) => Promise<void>>> = {
  'changes of the states of datasets come back in their order, of one or of all': async ({ store }) => {
    const change = (dataset: string, state: 'active' | 'deprecated' | 'archived') =>
      store.addDatasetState({ dataset, state, reason: "it's so", setBy: 'ünï' });
    const made = [await change('a/x', 'deprecated'), await change('b/x', 'archived'), await change('a/x', 'active')];
    expect(await store.datasetStates()).toEqual(made);
    expect([await store.datasetStates('a/x'), await store.datasetStates('a')]).toEqual([[made[0], made[2]], []]);
  },
  'a run and an execution come back as they were written, also through another connection': async ({
    store,
    reopen,
  }) => {
    const written = await store.createRun(sampleRun({ name: 'ünï\u0000x', git: null }));
    const execution = sampleExecution(written.id, { endedAtMs: 5, startedAtMs: 3 });
    await store.openExecution(execution);
    const other = await reopen();
    expect(await other.getRun(written.id)).toEqual({ ...written, name: 'ünï\ufffdx' });
    expect(await other.executions(written.id)).toEqual([{ ...execution, state: 'RUNNING', endedAtMs: null }]);
    await other.close();
  },

  'publish writes all or nothing': async ({ store }) => {
    const { id } = await store.createRun(sampleRun());
    const execution = sampleExecution(id);
    const artifact = sampleArtifact('all or nothing');
    await store.openExecution(execution);
    const point = { executionId: execution.id, name: 'loss', step: 0, value: 1, timestampMs: 1 };
    const publication = {
      execution: { ...execution, endedAtMs: 9 },
      artifacts: [artifact],
      events: [sampleEvent(execution, artifact, 'OUTPUT')],
      metrics: [point],
      statement: sampleStatement('{"a":1}'),
      cacheEntry: sampleCacheEntry(digestOf('all'), execution, artifact),
    };
    // An event of an artifact that nobody recorded breaks the transaction at its end.
    const stray = { ...publication.events[0]!, artifactId: 'art_none', port: 'stray' };
    await expect(store.publish({ ...publication, events: [...publication.events, stray] })).rejects.toEqual(
      code('DATABASE_CONSTRAINT'),
    );
    expect((await store.getExecution(execution.id)).state).toBe('RUNNING');
    expect(await store.artifacts([artifact.id])).toEqual([]);
    expect(await store.metrics(execution.id)).toEqual([]);
    expect(await store.statements(id)).toEqual([]);
    expect(await store.findCached(digestOf('all'))).toEqual([]);
    await store.publish(publication);
    expect(await store.getExecution(execution.id)).toEqual({ ...execution, state: 'COMPLETE', endedAtMs: 9 });
    expect(await store.artifacts([artifact.id])).toEqual([artifact]);
    expect(await store.events([execution.id])).toEqual(publication.events);
    expect(await store.metrics(execution.id)).toEqual([point]);
    expect(await store.statements(id)).toEqual([
      {
        executionId: execution.id,
        runId: id,
        digest: digestOf('{"a":1}'),
        body: '{"a":1}',
        signatures: sampleStatement('{"a":1}').signatures,
        logPlace: expect.any(Number),
      },
    ]);
    expect(await store.findCached(digestOf('all'))).toEqual([publication.cacheEntry]);
  },

  'statements enter the log in the transaction that writes them, each at its own place': ({ store }) =>
    statementsEnterTheLog(store),

  'an execution ends once: a second end of any kind is refused and changes nothing': async ({ store }) => {
    const { id } = await store.createRun(sampleRun());
    for (const first of ['publish', 'publishCached', 'publishFailure', 'publishCanceled'] as const) {
      const execution = sampleExecution(id);
      await store[first]({ execution });
      const ended = await store.getExecution(execution.id);
      for (const second of ['publish', 'publishCached', 'publishFailure', 'publishCanceled'] as const) {
        const again = store[second]({ execution: { ...execution, attempt: 7 }, statement: sampleStatement('{}') });
        await expect(again).rejects.toEqual(code('METADATA_EXECUTION_ENDED'));
      }
      await expect(store.openExecution(execution)).rejects.toEqual(code('DATABASE_CONSTRAINT'));
      expect(await store.getExecution(execution.id)).toEqual(ended);
    }
    expect(await store.statements(id)).toEqual([]);
  },

  'a failure keeps its error, also a text that is not well-formed': async ({ store }) => {
    const { id } = await store.createRun(sampleRun());
    const execution = sampleExecution(id, {
      error: { code: 'PIPELINE_STEP_FAILED', message: 'bad \ud800 \u0000 text', hint: 'h' },
    });
    await store.publishFailure({ execution, statement: sampleStatement('{}') });
    expect((await store.getExecution(execution.id)).error).toEqual({
      code: 'PIPELINE_STEP_FAILED',
      message: 'bad \ufffd \u0000 text',
      hint: 'h',
    });
  },

  'a cached execution shows the metrics and shares the artifacts of the one it stands for': async ({ store }) => {
    const { id } = await store.createRun(sampleRun());
    const { execution, output } = await publishStep(store, { runId: id, step: 'measured', output: 'measured output' });
    await store.appendMetrics([{ executionId: execution.id, name: 'auc', step: 1, value: 0.8, timestampMs: 2 }]);
    const reuse = sampleExecution(id, { cachedFrom: execution.id, step: 'measured' });
    await store.publishCached({ execution: reuse, events: [sampleEvent(reuse, output, 'OUTPUT')] });
    expect((await store.getExecution(reuse.id)).state).toBe('CACHED');
    expect((await store.metrics(reuse.id)).map((point) => [point.executionId, point.value])).toEqual([[reuse.id, 0.8]]);
    expect((await store.ancestors(output.id)).executions.map((found) => found.id)).toEqual([execution.id]);
    expect((await store.previousExecutions('measured', { spec: 'flights', limit: 5 })).length).toBe(2);
  },

  'metric values keep NaN, infinities and small differences, sorted by name, step and time': async ({ store }) => {
    const { id } = await store.createRun(sampleRun());
    const execution = sampleExecution(id);
    await store.openExecution(execution);
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.1 + 0.2, -0, 5e-324];
    const points = values.map((value, step) => ({
      executionId: execution.id,
      name: 'm',
      step,
      value,
      timestampMs: 1,
    }));
    await store.appendMetrics(points.toReversed());
    await store.appendMetrics([{ executionId: execution.id, name: 'a\u0000', step: 0, value: 1, timestampMs: 1 }]);
    const found = await store.metrics(execution.id);
    expect(found.map((point) => point.name)).toEqual(['a\ufffd', ...values.map(() => 'm')]);
    expect(found.slice(1).map((point) => Math.abs(point.value))).toEqual(values.map(Math.abs));
    expect(found[3]!.value).toBe(Number.NEGATIVE_INFINITY);
  },

  'runs are found by id, prefix, name, latest and latest~n': async ({ store }) => {
    const spec = newId('spec');
    const startedAtMs = now() + 1_000_000;
    const ids = ['run_zz1', 'run_zz2', 'run_zy3'];
    for (const [index, id] of ids.entries()) {
      await store.createRun(sampleRun({ id, spec, startedAtMs: startedAtMs + index, name: 'brave' }));
    }
    const idOf = async (name: string): Promise<string> => (await store.getRun(name)).id;
    expect(await idOf('latest')).toBe('run_zy3');
    expect(await idOf('latest~0')).toBe('run_zy3');
    expect(await idOf('latest~2')).toBe('run_zz1');
    expect(await idOf('zy')).toBe('run_zy3');
    expect(await idOf('run_zz2')).toBe('run_zz2');
    expect(await idOf('brave')).toBe('run_zy3');
    await expect(store.getRun('run_zz')).rejects.toEqual(code('METADATA_RUN_AMBIGUOUS'));
    await expect(store.getRun('run_zz')).rejects.toThrow('run_zz2, run_zz1');
    for (const wrong of ['', 'run_', 'latest~99999', 'latest~x', '%', 'zz_', "'; drop table runs; --"]) {
      await expect(store.getRun(wrong)).rejects.toEqual(code('METADATA_RUN_UNKNOWN'));
    }
    await expect(store.getRun('latest~3', { spec })).rejects.toEqual(code('METADATA_RUN_UNKNOWN'));
    expect((await store.listRuns({ spec, limit: 2 })).map((found) => found.id)).toEqual(['run_zy3', 'run_zz2']);
    expect((await store.listRuns({ spec, before: 'run_zz2' })).map((found) => found.id)).toEqual(['run_zz1']);
    await store.finishRun('run_zz2', { state: 'FAILED', endedAtMs: 1 });
    const open = (await store.openRuns()).filter((found) => found.spec === spec);
    expect(open.map((found) => found.id)).toEqual(['run_zz1', 'run_zy3']);
  },

  'an engine lives while it says so': async ({ store, place }) => {
    const { id } = await store.createRun(sampleRun());
    const isLeased = async () => (await store.openRuns()).find((run) => run.id === id)?.isLeased;
    const forget = async () => {
      const database = await place.open();
      await database.run('update leases set expires_at_ms = 1 where owner = ?', [id]);
      await database.close();
    };
    expect(await isLeased()).toBe(true);
    await forget();
    expect(await isLeased()).toBe(false);
    await store.renewRun(id);
    expect(await isLeased()).toBe(true);
    await store.lease('of a step', id, 60_000);
    await store.finishRun(id, { state: 'COMPLETE', endedAtMs: 1 });
    expect(await isLeased()).toBe(undefined);
    expect((await store.lease('of a step', 'another', 60_000)).isHeld).toBe(true);
    await store.renewRun(id);
    expect(await store.recoverStale({ isAlive: (run) => run.id !== id })).toEqual([]);
  },

  'a run ends once': async ({ store }) => {
    const { id } = await store.createRun(sampleRun());
    await store.finishRun(id, { state: 'CANCELED', endedAtMs: 77 });
    await store.finishRun(id, { state: 'COMPLETE', endedAtMs: 99 });
    expect(await store.getRun(id)).toMatchObject({ state: 'CANCELED', endedAtMs: 77 });
    await expect(store.getExecution('exec_none')).rejects.toEqual(code('METADATA_EXECUTION_UNKNOWN'));
    await expect(store.finishRun('run_none', { state: 'FAILED', endedAtMs: 1 })).rejects.toEqual(
      code('METADATA_RUN_UNKNOWN'),
    );
  },

  'cached results come newest first; forgetting and collecting takes them away': async ({ store }) => {
    const key = digestOf('several');
    const { id } = await store.createRun(sampleRun());
    const made = [];
    for (const content of ['first result', 'second result']) {
      const execution = sampleExecution(id);
      const artifact = sampleArtifact(content);
      const cacheEntry = { ...sampleCacheEntry(key, execution, artifact), createdAtMs: made.length };
      const events = [sampleEvent(execution, artifact, 'OUTPUT')];
      await store.publish({ execution, artifacts: [artifact], events, cacheEntry });
      made.push({ execution, artifact });
    }
    const found = async (): Promise<string[]> => (await store.findCached(key)).map((entry) => entry.executionId);
    expect(await found()).toEqual([made[1]!.execution.id, made[0]!.execution.id]);
    await store.markDeleted([digestOf('second result')], { recordedBeforeMs: made[1]!.artifact.createdAtMs });
    expect(await found()).toHaveLength(2);
    await store.markDeleted([digestOf('second result')], { recordedBeforeMs: now() + 1 });
    expect(await found()).toEqual([made[0]!.execution.id]);
    expect((await store.artifactByDigest(digestOf('second result')))?.state).toBe('DELETED');
    await store.forgetCached(made[0]!.execution.id);
    expect(await found()).toEqual([]);
  },

  'lineage goes both ways, across runs, and ends': async ({ store }) => {
    const first = await store.createRun(sampleRun());
    const second = await store.createRun(sampleRun());
    const raw = await publishStep(store, { runId: first.id, step: 'ingest', output: 'raw' });
    const clean = await publishStep(store, { runId: first.id, step: 'clean', input: 'raw', output: 'clean' });
    const model = await publishStep(store, { runId: second.id, step: 'train', input: 'clean', output: 'model' });
    const side = await publishStep(store, { runId: second.id, step: 'count', input: 'raw', output: 'counts' });
    const failed = sampleExecution(second.id, { step: 'broken' });
    await store.openExecution(failed, [sampleEvent(failed, clean.output, 'INPUT')]);
    await store.publishFailure({ execution: failed });
    const ids = (records: readonly { id: string }[]): Set<string> => new Set(records.map((record) => record.id));
    const up = await store.ancestors(model.output.id);
    expect(ids(up.artifacts)).toEqual(ids([raw.output, clean.output, model.output]));
    expect(ids(up.executions)).toEqual(ids([raw.execution, clean.execution, model.execution]));
    expect(up.events.length).toBe(5);
    const down = await store.descendants(raw.output.id);
    expect(ids(down.artifacts)).toEqual(ids([raw.output, clean.output, model.output, side.output]));
    expect(await store.runsThatKeep(digestOf('raw'))).toMatchObject([{ id: second.id }, { id: first.id }]);
    expect(await store.digestsOfRuns([second.id])).toEqual(new Set(['raw', 'clean', 'model', 'counts'].map(digestOf)));
    expect(await store.eventsOfArtifacts([raw.output.id])).toHaveLength(3);
  },

  'questions by long lists of ids are answered': async ({ store }) => {
    const ids = Array.from({ length: 3000 }, () => newId('art'));
    expect(await store.artifacts(ids)).toEqual([]);
    expect(await store.events([])).toEqual([]);
  },

  'contexts are made once and hold anything': async ({ store }) => {
    const wanted = { type: 'experiment', name: 'flights', properties: { a: 1 } };
    const context = await store.putContext(wanted);
    expect((await store.putContext(wanted)).id).toBe(context.id);
    await store.addToContext(context.id, ['run_a', 'run_b']);
    await store.addToContext(context.id, ['run_a']);
    expect(await store.contextMembers(context.id)).toEqual(['run_a', 'run_b']);
    expect(await store.contexts('run_a')).toEqual([context]);
  },

  'what a dead engine left running is ended, with a statement, and its leases are free': async ({ store }) => {
    const dead = await store.createRun(sampleRun({ pid: 1 }));
    const alive = await store.createRun(sampleRun({ pid: 2 }));
    const lost = sampleExecution(dead.id, { step: 'lost' });
    const going = sampleExecution(alive.id, { step: 'going' });
    await store.openExecution(lost);
    await store.openExecution(going);
    expect((await store.lease('of the dead', dead.id, 60_000)).isHeld).toBe(true);
    const options = {
      isAlive: (found: { id: string }) => found.id !== dead.id,
      statementOf: async (execution: ExecutionRecord) => sampleStatement(`{"lost":"${execution.step}"}`),
    };
    expect((await store.recoverStale(options)).map((execution) => execution.id)).toEqual([lost.id]);
    expect(await store.recoverStale(options)).toEqual([]);
    expect(await store.getExecution(lost.id)).toMatchObject({
      state: 'FAILED',
      error: { code: 'METADATA_ENGINE_DIED' },
      endedAtMs: expect.any(Number),
    });
    expect((await store.getRun(dead.id)).state).toBe('FAILED');
    expect((await store.getExecution(going.id)).state).toBe('RUNNING');
    expect((await store.statements(dead.id)).map((statement) => statement.body)).toEqual(['{"lost":"lost"}']);
    expect((await store.lease('of the dead', alive.id, 1000)).isHeld).toBe(true);
    await expect(store.publish({ execution: lost })).rejects.toEqual(code('METADATA_EXECUTION_ENDED'));
  },

  'a lease has one holder until it is given back or runs out': async ({ store }) => {
    const first = await store.lease('name', 'a', 60_000);
    expect(first).toMatchObject({ isHeld: true, owner: 'a' });
    expect(await store.lease('name', 'b', 60_000)).toEqual({ ...first, isHeld: false });
    expect((await store.lease('name', 'a', 90_000)).isHeld).toBe(true);
    await expect(store.renew('name', 'b', 60_000)).rejects.toEqual(code('METADATA_LEASE_LOST'));
    await store.renew('name', 'a', 20);
    await new Promise((resolve) => setTimeout(resolve, 40));
    await expect(store.renew('name', 'a', 60)).rejects.toEqual(code('METADATA_LEASE_LOST'));
    expect((await store.lease('name', 'b', 60_000)).isHeld).toBe(true);
    await store.release('name', 'a');
    expect((await store.lease('name', 'a', 60)).isHeld).toBe(false);
    await store.release('name', 'b');
    expect((await store.lease('name', 'a', 60)).isHeld).toBe(true);
  },

  'several processes that race for the same work do each piece once': async ({ place, store }) => {
    const keys = Array.from({ length: 40 }, (_, index) => `raced ${index}`);
    const argument = JSON.stringify({ address: place.address, keys });
    const ended = await Promise.all([1, 2, 3].map(() => run(process.execPath, [worker, argument])));
    expect(ended.map(({ stdout }) => Number(stdout)).reduce((sum, made) => sum + made)).toBe(keys.length);
    for (const key of keys) {
      const entries = await store.findCached(digestOf(key));
      expect(entries.length).toBe(1);
      expect((await store.getExecution(entries[0]!.executionId)).state).toBe('COMPLETE');
    }
  },

  'a process killed while it publishes leaves whole publications alone': async ({ place, store }) => {
    const keys = Array.from({ length: 2000 }, (_, index) => `killed ${index}`);
    const argument = JSON.stringify({ address: place.address, keys });
    for (const delayMs of [300, 350, 450]) {
      const child = spawn(process.execPath, [worker, argument], { stdio: 'ignore' });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      child.kill('SIGKILL');
      await ended;
    }
    for (const found of await store.listRuns({ limit: 3 })) {
      for (const execution of await store.executions(found.id)) {
        const parts = [
          (await store.events([execution.id])).length,
          (await store.findCached(execution.key!)).filter((entry) => entry.executionId === execution.id).length,
        ];
        expect(parts).toEqual(execution.state === 'COMPLETE' ? [1, 1] : [0, 0]);
      }
    }
    await store.recoverStale({ isAlive: () => false });
  },

  'a store that is newer than the program is refused and left alone': async ({ place }) => {
    const database = await place.open();
    const sql = "select version from mlspec_schema where component = 'metadata'";
    const known = (await database.first<{ version: number }>(sql))!.version;
    await database.run("update mlspec_schema set version = 999 where component = 'metadata'");
    await expect(openMetadata(database)).rejects.toEqual(code('METADATA_NEWER_SCHEMA'));
    await database.run("update mlspec_schema set version = ? where component = 'metadata'", [known]);
    await openMetadata(database);
    await database.close();
  },
};

/** Publishes one execution `input → step → output`. */
async function publishStep(
  store: MetadataStore,
  of: { readonly runId: string; readonly step: string; readonly input?: string; readonly output: string },
): Promise<{ execution: ExecutionRecord; output: ArtifactRecord }> {
  const execution = sampleExecution(of.runId, { step: of.step });
  const output = sampleArtifact(of.output);
  const input = of.input === undefined ? null : await store.artifactByDigest(digestOf(of.input));
  const read = input === null ? [] : [sampleEvent(execution, input, 'INPUT')];
  await store.openExecution(execution, read);
  const events = [...read, sampleEvent(execution, output, 'OUTPUT')];
  await store.publish({ execution, artifacts: [output], events });
  return { execution, output };
}
