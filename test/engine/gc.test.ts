import { readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalArtifacts, planCollection, removeCollected } from '../../src/artifacts/index.ts';
import { openDatabase } from '../../src/database/index.ts';
import { now } from '../../src/encoding/index.ts';
import { openArtifacts, parseArtifactPath } from '../../src/tracking/index.ts';
import { checkState, createProject, endOf, type Project, shellStep, until } from './project.ts';

let project: Project;

const steps =
  shellStep('make', 'echo {params.n} > {outputs.out}', 'params: {n: $size}') +
  shellStep(
    'tree',
    'mkdir {outputs.out}; cat {inputs.in} > {outputs.out}/a; echo same > {outputs.out}/b',
    'inputs: {in: make.out}',
  );

beforeEach(async () => {
  project = await createProject();
  await project.declare(steps);
});

afterEach(async () => {
  expect(await checkState(project)).toEqual([]);
  await project.remove();
});

async function files(): Promise<string[]> {
  const root = join(project.root, '.mlspec', 'artifacts');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : [])).sort();
}

/** Lets everything in the store look old enough to be collected. */
async function age(): Promise<void> {
  for (const path of await files()) await utimes(path, 1_000_000, 1_000_000);
}

const nothingDeleted = { deleted: [], held: [], elsewhere: [] };
const size = (n: number): string[] => ['--param', `size=${n}`];
const shows = async (run: string, step: string): Promise<number | null> =>
  (await project.mlspec(['show', run, step, '--output', 'out'])).code;

describe('mlspec gc', () => {
  it('keeps what a path of a tracked artifact names and the parts of uploads under way, and removes it after that', async () => {
    await project.run(size(1));
    const database = await openDatabase({ kind: 'sqlite', path: join(project.root, '.mlspec', 'metadata.db') });
    try {
      const store = createLocalArtifacts({ root: join(project.root, '.mlspec', 'artifacts') });
      const { paths, uploads } = await openArtifacts(database, store);
      const path = parseArtifactPath('1/run/artifacts/model.bin');
      const named = await paths.put(path, Readable.from([Buffer.from('named by a path')]));
      const upload = await uploads.begin(parseArtifactPath('1/run/artifacts/large.bin'), 2);
      const part = await uploads.putPart(upload.id, 1, Readable.from([Buffer.from('part of an upload')]));
      await age();
      await project.mlspec(['gc', '--keep', '1', '--yes']);
      expect(await Promise.all([named, part].map(({ digest }) => store.verify(digest)))).toEqual(['ok', 'ok']);
      await paths.remove(path);
      await uploads.abort(upload);
      await project.mlspec(['gc', '--keep', '1', '--yes']);
      expect(await Promise.all([named, part].map(({ digest }) => store.has(digest)))).toEqual([false, false]);
    } finally {
      await database.close();
    }
  });

  it('says what it would remove and removes nothing; with --yes removes that, and nothing that a kept run needs', async () => {
    await project.run(size(1));
    await project.run(size(2));
    await age();
    const before = await files();
    const said = await project.mlspec(['gc', '--keep', '1']);
    expect(said.stdout).toMatch(/^would remove (\d+) items, .* that the newest run does not need\n$/);
    expect(said.stderr).toContain('mlspec gc --keep 1 --yes');
    expect(await files()).toEqual(before);
    const { itemCount, sizeBytes, ...rest } = JSON.parse(
      (await project.mlspec(['gc', '--keep', '1', '--json'])).stdout,
    );
    expect(rest).toEqual({
      type: 'result',
      keptRuns: 1,
      ...nothingDeleted,
      removed: false,
      openRuns: [],
      otherPlaces: [],
    });
    expect(said.stdout).toContain(`would remove ${itemCount} items`);
    const removed = await project.mlspec(['gc', '--keep', '1', '--yes']);
    expect(removed.stdout).toContain(`removed ${itemCount} items`);
    const after = await files();
    const gone = before.filter((path) => !after.includes(path));
    expect(gone).toHaveLength(itemCount);
    expect(sizeBytes).toBeGreaterThan(0);
    expect([await shows('latest', 'make'), await shows('latest', 'tree')]).toEqual([0, 0]);
    const missing = await project.mlspec(['show', 'latest~1', 'make', '--output', 'out']);
    expect(missing.stderr).toContain('ARTIFACT_MISSING');
    expect((await project.mlspec(['gc', '--keep', '1', '--yes'])).stdout).toContain('removed 0 items');
  });

  it('leaves a record with which the next run is right: what is kept is reused, what is gone is made again', async () => {
    const first = await project.run(size(1));
    await project.run(size(2));
    await age();
    await project.mlspec(['gc', '--keep', '1', '--yes']);
    expect((await project.run(size(2))).states).toEqual({ make: 'cached', tree: 'cached' });
    const again = await project.run(size(1));
    expect(again.states).toEqual({ make: 'complete', tree: 'complete' });
    expect(again.record).toBe(first.record);
    expect((await project.mlspec(['show', 'latest~2'])).code).toBe(0);
  });

  it('removes nothing that is young', async () => {
    await project.run(size(1));
    await project.run(size(2));
    expect((await project.mlspec(['gc', '--keep', '1', '--yes'])).stdout).toContain('removed 0 items');
  });

  it('removes nothing that a run needs which goes on, however old that is', async () => {
    await project.declare(
      steps +
        shellStep('slow', 'touch ../started; while [ ! -e ../go ]; do sleep 0.1; done; echo 1 > {outputs.out}') +
        shellStep('late', 'cat {inputs.a}/a > {outputs.out}', 'inputs: {a: tree.out}\nneeds: [slow]'),
    );
    const running = project.start(['run', '--json', '--until', 'steps', '--jobs', '1', ...size(1)]);
    const ending = endOf(running);
    await until(async () => (await stat(join(project.root, '..', 'started')).catch(() => null)) !== null);
    await project.declare(steps);
    await project.run(size(2));
    await age();
    await project.mlspec(['gc', '--keep', '1', '--yes']);
    await project.write('../go', '');
    const ended = await ending;
    expect(ended.states, ended.stdout).toEqual({
      make: 'complete',
      tree: 'complete',
      slow: 'complete',
      late: 'complete',
    });
  });

  it('removes nothing that a run reuses after it was found to be needed by none', async () => {
    await project.run(size(1));
    await age();
    const store = createLocalArtifacts({ root: join(project.root, '.mlspec', 'artifacts') });
    const storedBeforeMs = now() - 60_000;
    const plan = await planCollection(store, { keep: [], storedBeforeMs });
    expect(plan.remove.length).toBeGreaterThan(4);
    await project.run(size(1));
    const removed = await removeCollected(store, plan, { storedBeforeMs });
    expect(plan.remove.length - removed.length).toBeGreaterThanOrEqual(4);
    await project.declare(
      steps + shellStep('late', 'cat {inputs.a}/* {inputs.b}> {outputs.out}', 'inputs: {a: tree.out, b: make.out}'),
    );
    const next = await project.run(size(1));
    expect(next.states, next.stdout).toEqual({ make: 'cached', tree: 'cached', late: 'complete' });
  });

  it('disturbs no run that goes on at the same time', async () => {
    await project.declare(
      steps +
        shellStep(
          'late',
          'cat {inputs.a}/* {inputs.b}> {outputs.out}',
          'inputs: {a: tree.out, b: make.out}\ncache: false',
        ),
    );
    await project.run(size(1));
    for (let round = 2; round < 12; round++) {
      await age();
      const ran = project.run(size(1 + (round % 2)));
      const collected = [1, 2].map(() => project.mlspec(['gc', '--keep', '1', '--yes']));
      for (const ended of [await ran, ...(await Promise.all(collected))])
        expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    }
  });

  it('refuses a number of runs that is none', async () => {
    const ended = await project.mlspec(['gc', '--keep', '0', '--yes']);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('--keep');
  });
});

describe('an open run of another machine', () => {
  const change = (sql: string): void => {
    const database = new DatabaseSync(join(project.root, '.mlspec', 'metadata.db'));
    database.exec(sql);
    database.close();
  };

  beforeEach(async () => {
    await project.run(size(1), { MLSPEC_FAIL_POINT: 'before:execute@tree' });
    change("update runs set host = 'elsewhere', pid = 77");
    await project.run(size(2));
    await age();
  });

  afterEach(async () => {
    change('update leases set expires_at_ms = 1');
    await project.mlspec(['gc']);
  });

  it('is kept for while its engine says that it lives, and gc says so', async () => {
    const [, open] = await project.withRecord((metadata) => metadata.listRuns());
    expect(open!.state).toBe('RUNNING');
    const before = await files();
    const said = await project.mlspec(['gc', '--keep', '1', '--yes']);
    expect(said.stdout).toMatch(/^removed 0 items, /);
    expect(await shows(open!.id, 'make')).toBe(0);
    expect(said.stdout).toMatch(new RegExp(`\nkept for ${open!.id}, .* process 77 on elsewhere.*\n$`));
    expect(await files()).toEqual(before);
    const { openRuns } = JSON.parse((await project.mlspec(['gc', '--json'])).stdout);
    expect(openRuns).toEqual([{ id: open!.id, host: 'elsewhere', pid: 77, startedAtMs: open!.startedAtMs }]);
  });

  it('ends once that has not been heard of for too long; then nothing is kept for it', async () => {
    change('update leases set expires_at_ms = 1');
    const before = await files();
    const said = await project.mlspec(['gc', '--keep', '1', '--yes']);
    expect(said.stdout).not.toContain('elsewhere');
    expect((await files()).length).toBeLessThan(before.length);
    const [, ended] = await project.withRecord((metadata) => metadata.listRuns());
    expect(ended!.state).toBe('FAILED');
  });
});
