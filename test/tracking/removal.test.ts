import { Readable } from 'node:stream';
import { beforeEach, expect, test } from 'vitest';
import type { Database, Session } from '../../src/database/index.ts';
import { now } from '../../src/encoding/index.ts';
import { isPlatformError } from '../../src/errors/index.ts';
import { holdsOfVersions, type ModelRegistry, openRegistry } from '../../src/registry/index.ts';
import {
  artifactRootOf,
  joinPath,
  openRemoval,
  openTracking,
  type Removal,
  type RemovalRequest,
} from '../../src/tracking/index.ts';
import { describeTracker, type TrackerPlace } from './tracker-place.ts';

const ofRuns = [
  ...['run_params', 'run_tags', 'metric_series', 'metric_points', 'metric_blocks', 'run_datasets', 'run_dataset_tags'],
  ...['run_models', 'datasets', 'artifact_uploads', 'artifact_upload_parts', 'tracked_runs', 'artifact_paths'],
];

describeTracker((opened) => {
  let { place, database, tracking, artifacts } = {} as TrackerPlace;
  let registry: ModelRegistry;
  beforeEach(async () => {
    ({ place, database, tracking, artifacts } = opened());
    registry = await openRegistry(database);
  });

  const everything = (over: Database = database): RemovalRequest => ({
    deletedBeforeMs: now() + 1,
    holds: (session, purpose) =>
      holdsOfVersions(session, purpose === 'remove' && over.kind === 'postgres' ? 'postgres' : null),
  });
  const remove = async (request: Partial<RemovalRequest> = {}): Promise<Removal> =>
    await (await openRemoval(database)).remove({ ...everything(), ...request });
  const counts = async (): Promise<Record<string, number>> => {
    const found: Record<string, number> = {};
    for (const table of ofRuns)
      found[table] = (await database.first<{ n: number }>(`select count(*) as n from ${table}`))!.n;
    return found;
  };
  const put = async (uri: string, name: string, text: string): Promise<string> =>
    (await artifacts.paths.put(joinPath(artifactRootOf(uri), name), Readable.from([Buffer.from(text)]))).digest;

  /** A run with something of everything. */
  async function fullRun(points = 50, experimentId = '0'): Promise<{ id: string; own: string; uri: string }> {
    const { info } = await tracking.createRun({ experimentId, tags: [{ key: 'a', value: 'b' }] });
    const { runId: id, artifactUri: uri } = info;
    for (let start = 0; start < points; start += 900) {
      const count = Math.min(900, points - start);
      const metrics = Array.from({ length: count }, (_, index) => ({
        ...{ key: 'loss', value: 1 / (1 + start + index), timestampMs: start + index, step: BigInt(start + index) },
      }));
      await tracking.logBatch(id, { metrics, ...(start === 0 ? { params: [{ key: 'p', value: '1' }] } : {}) });
    }
    const dataset = { name: `d-${id}`, digest: 'x', sourceType: 'local', source: '{}', schema: null, profile: null };
    const tags = [{ key: 'mlflow.data.context', value: 'train' }];
    await tracking.logInputs(id, { datasets: [{ dataset, tags }], models: ['m-1'] });
    await put(uri, 'shared.txt', 'the same under every run');
    const own = await put(uri, 'own/file.txt', `of ${id}`);
    const upload = await artifacts.uploads.begin(joinPath(artifactRootOf(uri), 'big.bin'), 2);
    await artifacts.uploads.putPart(upload.id, 1, Readable.from([Buffer.from(`part of ${id}`)]));
    return { id, own, uri };
  }

  test('a run goes with every row of it, and only it', { timeout: 60_000 }, async () => {
    const before = await counts();
    const gone = await fullRun(25_000);
    const between = await counts();
    expect(between['metric_blocks']).toBeGreaterThan(50);
    await tracking.deleteRun(gone.id);
    const asked = await (await openRemoval(database)).plan(everything());
    expect(asked.things.map(({ id }) => id)).toEqual([gone.id]);
    expect(await counts()).toEqual(between);
    const removed = await remove();
    expect(removed).toMatchObject({ things: [{ kind: 'run', id: gone.id }], held: [], elsewhere: [] });
    expect(await counts()).toEqual(before);
    await expect(tracking.getRun(gone.id)).rejects.toMatchObject({ code: 'TRACKING_UNKNOWN' });
    await expect(tracking.restoreRun(gone.id)).rejects.toMatchObject({ code: 'TRACKING_UNKNOWN' });
    expect(await remove()).toMatchObject({ things: [], held: [] });
  });

  test('content stays while a kept run has it', async () => {
    const [kept, gone] = [await fullRun(), await fullRun()];
    await tracking.deleteRun(gone.id);
    const { folders } = await (await openRemoval(database)).plan({ ...everything(), runIds: [gone.id] });
    const foretold = await artifacts.digests(folders);
    await remove();
    const named = await artifacts.digests();
    expect(named).toEqual(foretold);
    expect([named.has(kept.own as never), named.has(gone.own as never)]).toEqual([true, false]);
    expect(named.size).toBe(3);
    expect(await (await tracking.getRun(kept.id)).metrics.length).toBe(1);
  });

  test('a registered version holds what it names, in whatever form', async () => {
    await registry.createModel({ name: 'm' });
    const runs = [await fullRun(), await fullRun(), await fullRun()] as const;
    const model = await tracking.createLoggedModel({ experimentId: '0' });
    const sources = [
      { source: 'file:/elsewhere', runId: runs[0].id },
      { source: `runs:/${runs[1].id}/model` },
      { source: `${runs[2].uri}/model` },
      { source: `models:/${model.modelId}` },
    ];
    for (const source of sources) await registry.createVersion({ model: 'm', ...source });
    for (const { id } of runs) await tracking.deleteRun(id);
    await tracking.deleteLoggedModel(model.modelId);
    const { things, held } = await remove();
    expect(things).toEqual([]);
    expect(held.map(({ why }) => why)).toEqual(
      [1, 2, 3, 4].map((n) => `version ${n} of the registered model m names it; delete that version first`),
    );
    for (const ordinal of [1, 2, 3, 4]) await registry.deleteVersion({ model: 'm', ordinal });
    expect((await remove()).things.map(({ id }) => id)).toEqual([...runs.map(({ id }) => id), model.modelId]);
  });

  test('an experiment goes with what is in it, and its id is never given again', async () => {
    const id = await tracking.createExperiment({ name: 'e', tags: [{ key: 'k', value: 'v' }] });
    await fullRun(5, id);
    await tracking.createLoggedModel({ experimentId: id, params: [{ key: 'a', value: '1' }] });
    await tracking.deleteExperiment(id);
    const kept = await tracking.createExperiment({ name: 'other' });
    expect((await remove()).things.map(({ kind }) => kind)).toEqual(['run', 'logged-model', 'experiment']);
    expect(await tracking.findExperiment('e')).toBeNull();
    await tracking.deleteExperiment(kept);
    expect((await remove()).things).toHaveLength(1);
    const next = await tracking.createExperiment({ name: 'e' });
    expect(Number(next)).toBeGreaterThan(Number(kept));
  });

  test('an experiment of which a run was restored stays', async () => {
    const id = await tracking.createExperiment({ name: 'e' });
    const { id: run } = await fullRun(5, id);
    await tracking.deleteExperiment(id);
    await tracking.restoreRun(run);
    expect(await remove()).toMatchObject({ things: [], held: [{ kind: 'experiment', id }] });
    expect((await tracking.getRun(run)).params).toHaveLength(1);
  });

  test('what is not deleted, or not for long enough, is not removed when it is named', async () => {
    const { id } = await fullRun();
    const refused = { code: 'TRACKING_NOT_DELETED' };
    await expect(remove({ runIds: [id] })).rejects.toMatchObject(refused);
    await expect(remove({ experimentIds: ['0'] })).rejects.toMatchObject(refused);
    await expect(remove({ runIds: ['none'] })).rejects.toMatchObject({ code: 'TRACKING_UNKNOWN' });
    await tracking.deleteRun(id);
    await expect(remove({ runIds: [id], deletedBeforeMs: now() - 1000 })).rejects.toMatchObject(refused);
    expect((await remove({ deletedBeforeMs: now() - 1000 })).things).toEqual([]);
    expect((await remove({ runIds: [id] })).things).toHaveLength(1);
  });

  test('a folder in which another experiment was made to lie stays', async () => {
    const { id, uri, own } = await fullRun();
    await tracking.createExperiment({ name: 'inside', artifactLocation: `${uri}/own` });
    await tracking.deleteRun(id);
    expect((await remove()).things).toHaveLength(1);
    expect((await artifacts.digests()).has(own as never)).toBe(true);
  });

  test('what an upload under way still puts into the folder goes with the next removal', async () => {
    const { id, uri } = await fullRun();
    await tracking.deleteRun(id);
    await remove();
    await put(uri, 'late.txt', 'late');
    expect((await artifacts.digests()).size).toBe(1);
    await remove();
    expect((await artifacts.digests()).size).toBe(0);
  });

  test('it is killed at every query and ended by the next one', { timeout: 120_000 }, async () => {
    const before = await counts();
    for (let queries = 1, isDone = false; !isDone; queries += 1 + Math.floor(queries / 8)) {
      const experiment = await tracking.createExperiment({ name: `e${queries}` });
      const { id } = await fullRun(30, experiment);
      await tracking.deleteExperiment(experiment);
      const dying = dyingAfter(database, queries);
      isDone = await openRemoval(dying)
        .then((removal) => removal.remove(everything(dying)))
        .then(() => true)
        .catch((error: unknown) => {
          expect(error).toBe(death);
          return false;
        });
      // Whole, or no longer there for anybody.
      const run = await tracking.getRun(id).catch(() => null);
      if (run !== null) expect([run.params.length, run.metrics.length, run.datasetInputs.length]).toEqual([1, 1, 1]);
      const view = { experimentIds: [experiment], view: 'all', limit: 10 } as const;
      expect((await tracking.searchRuns(view)).items.length).toBe(run === null ? 0 : 1);
      await remove();
      expect(await counts()).toEqual(before);
    }
  });

  test('clients restore runs and log to them meanwhile: a run is whole or gone', { timeout: 120_000 }, async () => {
    const other = await place.open();
    try {
      const theirs = await openTracking(other);
      const runs = await Promise.all(Array.from({ length: 24 }, () => fullRun(40)));
      for (const { id } of runs) await tracking.deleteRun(id);
      const removal = (async () => {
        for (let turn = 0; turn < 4; turn++) await remove();
      })();
      const outcomes = await Promise.all(
        runs.map(async ({ id }) => {
          try {
            await theirs.restoreRun(id);
            await theirs.logBatch(id, { metrics: [{ key: 'new', value: 1, timestampMs: 1, step: 0n }] });
            await theirs.deleteRun(id);
            await theirs.restoreRun(id);
            return true;
          } catch (error) {
            expect(isPlatformError(error) && error.code).toMatch(/TRACKING_UNKNOWN|TRACKING_NOT_ACTIVE/);
            return false;
          }
        }),
      );
      await removal;
      for (const [index, { id }] of runs.entries()) {
        const run = await tracking.getRun(id).catch(() => null);
        if (run !== null && outcomes[index])
          expect([run.params.length, run.metrics.length, run.datasetInputs.length]).toEqual([1, 2, 1]);
        if (outcomes[index]) expect(run).not.toBeNull();
      }
      await database.run("update tracked_runs set lifecycle = 'deleted', deleted_at_ms = 1");
      await remove();
      expect(Object.values(await counts()).every((count) => count === 0)).toBe(true);
    } finally {
      await other.close();
    }
  });
});

const death = new Error('the process is gone');

/** The database as a process sees it that dies after so many queries: a transaction that is open then never ends. */
function dyingAfter(database: Database, queries: number): Database {
  let left = queries;
  const counted = <Target extends Session>(session: Target): Target =>
    new Proxy(session, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== 'function') return value;
        const call = value.bind(target) as (...given: unknown[]) => Promise<unknown>;
        if (name === 'transaction')
          return (work: (session: Session) => Promise<unknown>, options: unknown) =>
            call(async (inside: Session) => {
              const done = await work(counted(inside));
              if (left-- <= 0) throw death;
              return done;
            }, options);
        return async (...given: unknown[]) => {
          if (left-- <= 0) throw death;
          return await call(...given);
        };
      },
    });
  return counted(database);
}
