/* What the index finds is what a look at every text finds, word by word; on both databases, and after any changes. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasPostgres, newPostgres, newSqlite, type TestDatabase } from '../../test/contract/databases.ts';
import { isFull } from '../../test/full.ts';
import type { Database } from '../database/index.ts';
import { now } from '../encoding/index.ts';
import { type ModelRegistry, openRegistry } from '../registry/index.ts';
import { openRemoval, openTracking, type TrackingStore } from '../tracking/index.ts';
import type { SearchKind } from './documents.ts';
import { openTextSearch } from './open-text-search.ts';
import { termsOf } from './question.ts';
import { answers } from './snippets.ts';
import type { TextSearch } from './text-search.ts';

const stores = [
  { name: 'SQLite', create: newSqlite, isThere: true },
  { name: 'PostgreSQL', create: newPostgres, isThere: await hasPostgres() },
];

function canBeRead(question: string): boolean {
  try {
    return termsOf(question).length > 0;
  } catch {
    return false;
  }
}

describe.each(stores.filter(({ isThere }) => isThere))('on $name', ({ create }) => {
  let place: TestDatabase;
  let database: Database;
  let tracking: TrackingStore;
  let registry: ModelRegistry;
  let texts: TextSearch;
  beforeEach(async () => {
    place = await create();
    database = await place.open();
    tracking = await openTracking(database);
    registry = await openRegistry(database);
    texts = await openTextSearch(database, { keepForMs: 60_000 });
  });
  afterEach(async () => {
    await database.close();
    await place.dispose();
  });
  const found = async (text: string, kinds?: SearchKind[]): Promise<string[]> =>
    (await texts.search({ text, kinds, limit: 1000 })).items.map(({ key }) => key);

  test('notes of changes do not add up while nobody searches', async () => {
    const { info } = await tracking.createRun({ experimentId: '0', name: 'busy' });
    for (let step = 0; step < 50; step++)
      await tracking.logBatch(info.runId, { tags: [{ key: 'step', value: String(step) }] });
    while (!(await texts.tidy()));
    const { notes } = (await database.first<{ notes: number }>('select count(*) as notes from search_pending'))!;
    expect(notes).toBe(0);
    expect(await found('busy')).toEqual([info.runId]);
  });

  test('everything that is said of a thing finds it, and no longer when it is taken back', async () => {
    const experimentId = await tracking.createExperiment({
      name: 'Vögel',
      tags: [{ key: 'mlflow.note.content', value: 'long-tailed tits' }],
    });
    const { info } = await tracking.createRun({
      experimentId,
      name: 'quick-fox',
      userId: 'ada',
      tags: [{ key: 'team', value: 'Red' }],
    });
    const run = info.runId;
    await tracking.logBatch(run, {
      params: [{ key: 'optimizer', value: 'AdamW' }],
      metrics: [{ key: 'val/accuracy', value: 1, timestampMs: 1, step: 0n }],
      tags: [{ key: 'mlflow.note.content', value: 'overfits badly' }],
    });
    const dataset = {
      name: 'penguins',
      digest: 'abc123',
      sourceType: 'local',
      source: '{}',
      schema: null,
      profile: null,
    };
    await tracking.logInputs(run, { datasets: [{ dataset, tags: [] }], models: [] });
    await registry.createModel({
      name: 'Delay Model',
      description: 'predicts lateness',
      tags: [{ key: 'owner', value: 'ops' }],
    });
    const { ordinal } = await registry.createVersion({
      model: 'Delay Model',
      source: 'file:/x',
      description: 'second try',
    });
    await registry.pointAlias({ model: 'Delay Model', ordinal }, 'champion');
    for (const question of [
      'quick fox',
      'FOX',
      'team red',
      'tag:team -tag:blue',
      'param:optimizer',
      'metric:accuracy',
      'user:ada',
      'dataset:penguins',
      'adamw',
      'val/accuracy',
      '"overfits badly"',
      'overf*',
      'penguins',
      'abc123',
      run,
      `${run.slice(0, 7)}*`,
    ])
      expect([question, await found(question)]).toEqual([question, [run]]);
    for (const question of ['vogel', 'Vögel', '"tailed tits"']) expect(await found(question)).toEqual([experimentId]);
    for (const question of ['delay', 'lateness', 'owner ops', 'second try', 'champion'])
      expect([question, await found(question)]).toEqual([question, ['Delay Model']]);
    expect(await found('"badly overfits"')).toEqual([]);
    expect(await found('red', ['model'])).toEqual([]);
    const { items } = await texts.search({ text: 'overfits', limit: 5 });
    const parts = [
      { text: 'overfits', isMatch: true },
      { text: ' badly', isMatch: false },
    ];
    expect(items[0]).toMatchObject({
      ...{ experimentName: 'Vögel', isCut: false, snippets: [{ field: 'note', label: 'note', parts }] },
    });
    await tracking.deleteTag(run, 'team');
    await registry.renameModel('Delay Model', 'Lateness');
    await tracking.renameExperiment(experimentId, 'Birds');
    expect([await found('red'), await found('delay'), await found('vogel')]).toEqual([[], [], []]);
    expect(await found('champion')).toEqual(['Lateness']);
    await tracking.deleteRun(run);
    expect(await found('adamw')).toEqual([]);
    await tracking.restoreRun(run);
    expect(await found('adamw')).toEqual([run]);
    await tracking.deleteExperiment(experimentId);
    await (await openRemoval(database)).remove({ deletedBeforeMs: now() + 1, holds: async () => () => null });
    await registry.deleteModel('Lateness');
    expect([await found('adamw'), await found('birds'), await found('champion')]).toEqual([[], [], []]);
    expect(await database.all('select kind, title from search_documents')).toEqual([
      { kind: 'experiment', title: 'Default' },
    ]);
  });

  test('titles come first, whole words in them before beginnings, then the newest', async () => {
    const made: string[] = [];
    for (const [name, value] of [
      ['a', 'resnet'],
      ['resnet', 'b'],
      ['c', 'resnet'],
      ['resnets', 'd'],
    ] as const) {
      const { info } = await tracking.createRun({ experimentId: '0', name });
      await tracking.logBatch(info.runId, { params: [{ key: 'net', value }] });
      await found('x');
      made.push(info.runId);
    }
    expect(await found('resnet*')).toEqual([made[1], made[3], made[2], made[0]]);
  });

  test('logged models are found by what is said of them, and with their runs', async () => {
    const { info } = await tracking.createRun({ experimentId: '0', name: 'trainer' });
    const other = await tracking.createExperiment({ name: 'hidden' });
    const made = await tracking.createLoggedModel({
      ...{ experimentId: '0', name: 'churn-net', modelType: 'classifier', sourceRunId: info.runId },
      ...{ params: [{ key: 'depth', value: 'seven' }], tags: [{ key: 'owner', value: 'marta' }] },
    });
    // Whoever may read the run may not have to read what lies in other experiments.
    await tracking.createLoggedModel({ experimentId: other, name: 'secretNet', sourceRunId: info.runId });
    for (const question of [
      'param:seven',
      'marta',
      'classifier',
      'model:churn name:churn',
      `id:${made.modelId.slice(0, 9)}*`,
    ])
      expect([question, await found(question)]).toEqual([question, [made.modelId]]);
    expect(await found('churn')).toEqual([made.modelId, info.runId]);
    expect(await found('secret net', ['run'])).toEqual([]);
    expect(await found('secret net')).toHaveLength(1);
    await tracking.deleteExperiment(other);
    expect(await found('secret net')).toEqual([]);
    await tracking.restoreExperiment(other);
    expect(await found('secret net')).toHaveLength(1);
    await tracking.deleteLoggedModel(made.modelId);
    expect(await found('churn')).toEqual([]);
  });

  test('names come before what people said, that before params and those before nothing, then the newest', async () => {
    const made: Record<string, string> = {};
    for (const [name, batch] of Object.entries({
      'old-param': { params: [{ key: 'schedule', value: 'cosine annealing' }] },
      'cosine-annealing-baseline': {},
      'old-note': { tags: [{ key: 'mlflow.note.content', value: 'cosine annealing diverged, annealing too fast' }] },
      'annealing-sweep': { params: [{ key: 'lr_schedule', value: 'cosine' }] },
      'new-param': { params: [{ key: 'schedule', value: 'annealing (cosine)' }] },
      'sine-baseline': { params: [{ key: 'schedule', value: 'cosines' }] },
    })) {
      const { info } = await tracking.createRun({ experimentId: '0', name });
      await tracking.logBatch(info.runId, batch);
      made[info.runId] = name;
    }
    const names = async (question: string) => (await found(question)).map((key) => made[key]);
    const ranked = ['cosine-annealing-baseline', 'annealing-sweep', 'old-note', 'new-param', 'old-param'];
    expect(await names('cosine annealing')).toEqual(ranked);
    expect(await names('"cosine annealing"')).toEqual(['cosine-annealing-baseline', 'old-note', 'old-param']);
    expect(await names('annealing -note:diverged -name:sweep')).toEqual([ranked[0], ranked[3], ranked[4]]);
    expect((await texts.search({ text: 'cosin anealing', limit: 3 })).didYouMean).toBe('cosine annealing');
    const maySee = (): boolean => false;
    expect((await texts.search({ text: 'anealing', limit: 3, maySee })).didYouMean).toBe(null);
  });

  test('writers, portions of the index and searches go on at once', async () => {
    const made = await Promise.all(
      Array.from({ length: 60 }, (_, index) => tracking.createRun({ experimentId: '0', name: `side ${index}` })),
    );
    const others = await Promise.all([1, 2].map(async () => await openTextSearch(database)));
    let isDone = false;
    const writing = Promise.all(
      made.map(async ({ info }, index) => {
        for (let turn = 0; turn < 5; turn++)
          await tracking.logBatch(info.runId, { tags: [{ key: 'turn', value: `turn${turn} of${index}` }] });
        if (index % 3 === 0) await tracking.deleteRun(info.runId);
      }),
    ).finally(() => (isDone = true));
    const asking = [texts, ...others].map(async (one, index) => {
      while (!isDone) await (index === 1 ? one.tidy() : one.search({ text: 'side turn* -turn0', limit: 100 }));
    });
    await Promise.all([writing, ...asking]);
    const kept = made.filter((_, index) => index % 3 > 0).map(({ info }) => info.runId);
    expect((await found('side turn4')).sort()).toEqual(kept.sort());
    expect(await found('side turn3')).toEqual([]);
  });

  test('an index that was left in the middle goes on where it was', async () => {
    for (let index = 0; index < 30; index++) await tracking.createRun({ experimentId: '0', name: `many ${index}` });
    await openTextSearch(database).then((one) => one.tidy(AbortSignal.abort()));
    const { waiting } = (await database.first<{ waiting: number }>('select count(*) as waiting from search_pending'))!;
    expect(waiting).toBeGreaterThan(0);
    const told: number[] = [];
    await texts.complete({ onProgress: ({ done, total }) => told.push(done, total) });
    expect(told.at(-1)).toBe(waiting);
    expect(await found('many')).toHaveLength(30);
  });

  test('who may not see a thing does not find it, however many there are', async () => {
    for (let index = 0; index < 1100; index++) await tracking.createExperiment({ name: `hidden ${index}` });
    const shown = await tracking.createExperiment({ name: 'hidden not' });
    for (let index = 0; index < 600; index++) await tracking.createExperiment({ name: `hidden again ${index}` });
    const maySee = ({ experimentId }: { experimentId: string | null }): boolean => experimentId === shown;
    const { items } = await texts.search({ text: 'hidden', limit: 10, maySee });
    expect(items.map(({ key }) => key)).toEqual([shown]);
  });

  test('of very many things the newest come first, whether the words stand in all, in old ones or in few', async () => {
    const ids = Array.from({ length: 9000 }, (_, index) => index + 1000);
    await database.insert(
      {
        table: 'tracked_runs',
        columns: [
          'id',
          'run_id',
          'experiment_id',
          'name',
          'user_id',
          'status',
          'started_at_ms',
          'artifact_uri',
          'lifecycle',
        ],
      },
      ids.map((id) => [id, `r${id}`, 0, `run ${id}`, '', 'FINISHED', id, '/a', 'active']),
    );
    const saysOf = (id: number): string =>
      `every sweep${id < 4000 ? ' long ago' : ''}${id % 1000 === 7 ? ' odd one' : ''}${id % 10 === 0 ? ' tenth part' : ''}`;
    await database.insert(
      { table: 'run_tags', columns: ['run', 'key', 'value'] },
      ids.map((id) => [id, 'note', saysOf(id)]),
    );
    await texts.complete();
    const newestFirst = await database.all<{ ref: string }>(
      "select ref from search_documents where kind = 'run' order by id desc",
    );
    for (const upkeep of [false, true]) {
      if (upkeep) await database.run('analyze');
      for (const [text, says] of [
        ['every sweep', 'every'],
        ['long ago', 'long ago'],
        ['odd one', 'odd one'],
        ['tenth part', 'tenth'],
      ] as const) {
        const expected = newestFirst
          .filter(({ ref }) => saysOf(Number(ref)).includes(says))
          .map(({ ref }) => `r${ref}`);
        for (const limit of [1, 5, 1000]) {
          const { items } = await texts.search({ text, limit });
          expect(
            items.map(({ key }) => key),
            `${text} ${limit}`,
          ).toEqual(expected.slice(0, limit));
        }
      }
    }
  });

  test('the index agrees with a look at every text', { timeout: 120_000 }, async () => {
    const word = fc.constantFrom(
      'resnet',
      'resnet50',
      'Größe',
      'GROSSE',
      'grösse',
      'z',
      'zy',
      'zz',
      'zx',
      'naïve',
      '東京',
      '東',
      'ß',
      '½',
      'x_y',
      'x',
      'y',
      '0.001',
      '1e-3',
      'e\u0301t',
      "o'brien",
      'İstanbul',
      'ﬁt',
    );
    const text = fc
      .array(
        fc.oneof(
          { weight: 5, arbitrary: word },
          { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }) },
        ),
        { maxLength: 6 },
      )
      .map((words) => words.join(' '));
    const question = fc
      .array(
        fc.tuple(
          text,
          fc.constantFrom('', '*', '"', ' AND ', ' OR ', ' ', ':', '(', "'", '\\', ' -', ' -tag:', ' tag:', ' name:'),
        ),
        {
          minLength: 1,
          maxLength: 3,
        },
      )
      .map((parts) => parts.map(([words, end]) => (end === '"' ? `"${words}"` : words + end)).join(' '));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 }),
        fc.array(question, { minLength: 8, maxLength: 8 }),
        async (runs, questions) => {
          for (const [name, value] of runs) {
            const tags = [{ key: 'said', value }];
            await tracking.createRun({ experimentId: '0', name: name.replaceAll('\0', '') || 'nameless', tags });
          }
          for (const asked of questions) {
            if (!canBeRead(asked)) {
              await expect(found(asked)).rejects.toMatchObject({ code: 'SEARCH_BAD_QUESTION' });
              continue;
            }
            const keys = await found(asked);
            const all = await database.all<{ key: string; title: string; body: string }>(
              'select key, title, body from search_documents',
            );
            const wanted = all.filter((row) => answers(termsOf(asked), row)).map(({ key }) => key);
            expect([asked, [...keys].sort()]).toEqual([asked, wanted.sort()]);
          }
        },
      ),
      { numRuns: isFull ? 300 : 12 },
    );
  });

  test('what was there before the index is found', async () => {
    const { info } = await tracking.createRun({ experimentId: '0', name: 'early' });
    expect(await found('early')).toEqual([info.runId]);
    const other = await place.open();
    await tracking.createRun({ experimentId: '0', name: 'late bird' });
    const both = await Promise.all(
      [texts, await openTextSearch(other)].map((one) => one.search({ text: 'late', limit: 5 })),
    );
    expect(both.map(({ items }) => items.length)).toEqual([1, 1]);
    await other.close();
  });
});
