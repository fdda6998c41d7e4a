/* What a user of MLflow has, taken over: our server answers what MLflow's own client was answered about the source. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, newPostgres, newSqlite } from '../contract/databases.ts';
import { type ImportFixture, openImportFixture } from './import-fixture.ts';
import { answersOf, archiveOf, ask, expectedRun, filesFrom, type Loose, runFrom } from './mlflow-answers.ts';

const withPostgres = await hasPostgres();
const sources = [
  ['mlflow-3.17.2', 'mlflow.db'],
  ['mlruns-3.17.2', 'mlruns'],
] as const;

/** Every file below a folder with its content. */
const digests = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path) => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );

for (const [kind, create] of [
  ['sqlite', newSqlite],
  ['postgres', newPostgres],
] as const) {
  for (const [name, path] of sources) {
    describe.skipIf(kind === 'postgres' && !withPostgres)(`${name} taken over on ${kind}`, () => {
      const answers = answersOf(name);
      let folder: string;
      let fixture: ImportFixture;
      let before: Record<string, string>;
      let ids: ReadonlyMap<string, string>;
      beforeAll(async () => {
        folder = mkdtempSync(join(tmpdir(), 'mlflow-source-'));
        execFileSync('tar', ['xzf', archiveOf(name), '-C', folder]);
        before = digests(folder);
        fixture = await openImportFixture(create);
        const { report } = await fixture.take(join(folder, path));
        expect(report.left).toEqual([]);
        ids = new Map(report.mapped.map(({ from, to }) => [from, to]));
      });
      afterAll(async () => {
        await fixture.close();
        rmSync(folder, { recursive: true });
      });
      const here = (id: string): string => ids.get(id) ?? id;

      test('the source is as it was', () => expect(digests(folder)).toEqual(before));

      test('experiments', async () => {
        const { experiments } = await ask(fixture.url, 'experiments/search', { max_results: 100, view_type: 'ALL' });
        const shown = (one: Loose) => [one['experiment_id'], one['name'], one['lifecycle_stage']];
        expect(experiments.map(shown).sort()).toEqual(
          answers.experiments.map((one) => shown({ ...one, experiment_id: here(one.experiment_id) })).sort(),
        );
        for (const { experiment_id, tags, name: called } of answers.experiments) {
          const found = experiments.find((one: { name: string }) => one.name === called);
          const kept = Object.fromEntries((found.tags ?? []).map((tag: Loose) => [tag.key, tag.value]));
          expect(kept, experiment_id).toEqual(tags);
        }
      });

      test.each(answers.runs.map((run) => [run.info['run_name'] as string, run] as const))('run %s', async (_, run) => {
        const experiment = here(run.info['experiment_id'] as string);
        const found = await runFrom(fixture.url, run.info['run_id'] as string);
        expect(found).toEqual(expectedRun(run, experiment));
      });

      test('searches', async () => {
        const experiment_ids = answers.experiments.map((one) => here(one.experiment_id));
        const fields = { experiment_ids, filter: "metrics.loss < 3 and params.lr = '0.1'", max_results: 100 };
        const { runs = [] } = await ask(fixture.url, 'runs/search', fields);
        expect(runs.map((run: Loose) => run.info.run_id)).toEqual(answers.filtered);
        for (const [id, count] of Object.entries(answers.counts)) {
          const all = { experiment_ids: [here(id)], run_view_type: 'ALL', max_results: 100 };
          expect((await ask(fixture.url, 'runs/search', all)).runs).toHaveLength(count);
        }
      });

      test('words, from the first question on', async () => {
        const find = async (text: string, kind: string): Promise<string[]> => {
          const query = new URLSearchParams({ q: text, kind, max_results: '100' });
          const answer = await fetch(`${fixture.url}/api/2.0/mlspec/search?${query}`);
          const { matches, is_up_to_date } = (await answer.json()) as Loose;
          expect([answer.status, is_up_to_date]).toEqual([200, true]);
          return matches.map((match: Loose) => match['key']).sort();
        };
        for (const { info } of answers.runs) {
          const named = answers.runs.filter((run) => run.info['run_name'] === info['run_name']);
          const active = named.filter((run) => run.info['lifecycle_stage'] === 'active');
          expect(await find(`name:"${info['run_name']}"`, 'run')).toEqual(
            active.map((run) => run.info['run_id']).sort(),
          );
        }
        for (const { name: called } of answers.models)
          expect(await find(`name:"${called}"`, 'model')).toEqual([called]);
      });

      test('logged models', async () => {
        expect(answers.logged_models.length).toBeGreaterThan(1);
        for (const expected of answers.logged_models) {
          const { model } = await ask(fixture.url, `logged-models/${expected.model_id}`);
          const { info, data = {} } = model;
          const texts = (pairs: readonly Loose[] = []) =>
            Object.fromEntries(pairs.map(({ key, value }) => [key, value]));
          expect([info.name, info.model_type ?? '', info.source_run_id ?? '', texts(info.tags)]).toEqual([
            ...[expected.name, expected.model_type ?? '', expected.source_run_id ?? '', expected.tags],
          ]);
          expect(Number(info.creation_timestamp_ms)).toBe(expected.creation_timestamp);
          expect(['', 'LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY'][expected.status]).toBe(info.status);
          expect(texts(data.params)).toEqual(expected.params);
          const points = (metrics: readonly Loose[] | null = []) =>
            (metrics ?? [])
              .map((one) => [one.key, one.value, Number(one.step), one.run_id, one.dataset_name ?? null])
              .sort();
          expect(points(data.metrics)).toEqual(points(expected.metrics));
          const list = (at: Record<string, string>) =>
            ask(fixture.url, `logged-models/${expected.model_id}/artifacts/directories?${new URLSearchParams(at)}`);
          expect(await filesFrom(list)).toEqual(expected.files);
        }
      });

      test('registered models', async () => {
        const { registered_models } = await ask(fixture.url, 'registered-models/search');
        expect(registered_models.map((one: Loose) => one.name)).toEqual(answers.models.map((one) => one.name).sort());
        for (const expected of answers.models) {
          const found = registered_models.find((one: Loose) => one.name === expected.name);
          expect(found.description ?? '').toBe(expected.description ?? '');
          expect(
            Object.fromEntries((found.aliases ?? []).map((one: Loose) => [one.alias, Number(one.version)])),
          ).toEqual(
            Object.fromEntries(Object.entries(expected.aliases).map(([alias, version]) => [alias, Number(version)])),
          );
          const filter = new URLSearchParams({ filter: `name = '${expected.name}'` });
          const { model_versions = [] } = await ask(fixture.url, `model-versions/search?${filter}`);
          const shown = (one: Loose) => [
            Number(one.version),
            one.current_stage,
            one.description,
            one.run_id,
            one.status,
          ];
          expect(model_versions.map(shown).sort()).toEqual(expected.versions.map(shown).sort());
          for (const version of model_versions) {
            const first = here(answers.runs[0]!.info['experiment_id'] as string);
            expect(version.source).toBe(`mlflow-artifacts:/${first}/${version.run_id}/artifacts/notes`);
          }
        }
      });

      test('a version that was deleted keeps its number', async () => {
        const made = await ask(fixture.url, 'model-versions/create', { name: 'forest', source: 's3://b/m' });
        expect(made.model_version.version).toBe('5');
      });

      test('the same again changes nothing', async () => {
        const { report } = await fixture.take(join(folder, path));
        const same = (count: number) => ({ new: 0, more: 0, same: count });
        expect(report).toMatchObject({
          ...{ experiments: same(3), runs: same(5), loggedModels: same(2), registeredModels: same(2) },
          ...{ modelVersions: 0, artifacts: { files: 0, bytes: 0 }, left: [] },
        });
        const [run] = answers.runs;
        const experiment = here(run!.info['experiment_id'] as string);
        expect(await runFrom(fixture.url, run!.info['run_id'] as string)).toEqual(expectedRun(run!, experiment));
      });

      test('an experiment that is made afterwards has an id of its own', async () => {
        const { experiment_id } = await ask(fixture.url, 'experiments/create', { name: 'afterwards' });
        expect(answers.experiments.map((one) => here(one.experiment_id))).not.toContain(experiment_id);
      });

      test('content is that of the source', async () => {
        const { run_id, experiment_id } = answers.runs[0]!.info;
        const file = encodeURI(`${here(experiment_id as string)}/${run_id}/artifacts/notes/räume.txt`);
        const answered = await fetch(`${fixture.url}/api/2.0/mlflow-artifacts/artifacts/${file}`);
        expect(await answered.text()).toBe('hello\n');
      });
    });
  }
}
