/* What the index finds is what a look at every text finds, word by word; on both databases, and after any changes. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasPostgres, newPostgres, newSqlite, type TestDatabase } from '../../test/contract/databases.ts';
import type { Database } from '../database/index.ts';
import { now } from '../encoding/index.ts';
import { type ModelRegistry, openRegistry } from '../registry/index.ts';
import { openRemoval, openTracking, type TrackingStore } from '../tracking/index.ts';
import { openTextSearch } from './open-text-search.ts';
import { answers } from './rank.ts';
import type { TextSearch } from './text-search.ts';
import { storedWord, termsOf, wordsOf } from './words.ts';

const stores = [
  { name: 'SQLite', create: newSqlite, isThere: true },
  { name: 'PostgreSQL', create: newPostgres, isThere: await hasPostgres() },
];

test('words are without case and accents, and ASCII in the databases', () => {
  expect(wordsOf('Größe learning_rate=0.01 ÉTÉ').map(({ word }) => word)).toEqual([
    'große',
    'learning',
    'rate',
    '0',
    '01',
    'ete',
  ]);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      for (const { word } of wordsOf(text)) expect(storedWord(word)).toMatch(/^[a-z0-9]+$/);
    }),
  );
});

test('any text is a question', () => {
  expect(termsOf('a "b c" d* 0.1 "')).toEqual([
    { words: ['a'], isPrefix: false },
    { words: ['b', 'c'], isPrefix: false },
    { words: ['d'], isPrefix: true },
    { words: ['0', '1'], isPrefix: false },
  ]);
});

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
  const found = async (text: string, kinds?: ('run' | 'experiment' | 'model')[]): Promise<string[]> =>
    (await texts.search({ text, kinds, limit: 1000 })).items.map(({ key }) => key);

  test('notes of changes do not add up while nobody searches', async () => {
    const { info } = await tracking.createRun({ experimentId: '0', name: 'busy' });
    for (let step = 0; step < 50; step++)
      await tracking.logBatch(info.runId, { tags: [{ key: 'step', value: String(step) }] });
    await texts.tidy();
    const { notes } = (await database.first<{ notes: number }>('select count(*) as notes from search_pending'))!;
    // SQLite keeps one note for each thing: the run and its experiment.
    expect(notes).toBeLessThanOrEqual(database.kind === 'postgres' ? 0 : 2);
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
    expect(items[0]!.snippet).toEqual([
      { text: 'note: ', isMatch: false },
      { text: 'overfits', isMatch: true },
      { text: ' badly', isMatch: false },
    ]);
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

  test('who may not see a thing does not find it, however many there are', async () => {
    for (let index = 0; index < 1100; index++) await tracking.createExperiment({ name: `hidden ${index}` });
    const shown = await tracking.createExperiment({ name: 'hidden not' });
    for (let index = 0; index < 600; index++) await tracking.createExperiment({ name: `hidden again ${index}` });
    const maySee = ({ experimentId }: { experimentId: string | null }): boolean => experimentId === shown;
    const { items } = await texts.search({ text: 'hidden', limit: 10, maySee });
    expect(items.map(({ key }) => key)).toEqual([shown]);
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
      .array(fc.tuple(text, fc.constantFrom('', '*', '"', ' AND ', ' OR ', ' -', ':', '(', "'", '\\')), {
        minLength: 1,
        maxLength: 3,
      })
      .map((parts) => parts.map(([words, end]) => (end === '"' ? `"${words}"` : words + end)).join(' '));
    const isFull = process.env['MLSPEC_TEST_FULL'] === '1';
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
    for (const table of ['search_pending', 'search_documents']) await database.run(`delete from ${table}`);
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

test('hostile questions are questions', async () => {
  const place = await newSqlite();
  const database = await place.open();
  const texts = await openTextSearch(database);
  const hostile = [
    '',
    '"',
    '*',
    '""',
    "'; drop table search_words; --",
    'a AND',
    'NEAR(a b)',
    'words:a',
    '^a',
    '-',
    '\0',
    '\ud800',
    'x'.repeat(100_000),
    '"a'.repeat(5000),
    '(((((',
    'a* *b* "c*"*',
  ];
  for (const text of hostile) expect((await texts.search({ text, limit: 5 })).items).toEqual([]);
  await expect(texts.search({ text: 'a', limit: 0 })).rejects.toMatchObject({ code: 'TRACKING_BAD_VALUE' });
  await database.close();
  await place.dispose();
});
