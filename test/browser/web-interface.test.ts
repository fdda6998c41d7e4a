/*
 * MLflow's own web interface, unchanged, in a real browser, against a live `mlspec server --ui`: what the stock client logged is
 * seen and changed there as a person does it. One page after another; no request is answered with 404 or 5xx but those of
 * features that are declined by name, and the page has no errors.
 */
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServerProcess } from '../tracking/server-process.ts';
import { hasPages, openPages, type Pages, patienceMs } from './open-pages.ts';

/** What the interface asks for that is not there. */
const absent = [
  // Whether the name of a new experiment is free.
  /^GET \/ajax-api\/2\.0\/mlflow\/experiments\/get-by-name$/,
  // Nobody signs in.
  /^GET \/ajax-api\/2\.0\/mlflow\/users\/current$/,
  // Language models: their gateway, judges, evaluation datasets.
  /^(GET|POST) \/ajax-api\/3\.0\/mlflow\/(gateway|scorers|datasets)\//,
];

/** What is said of every answer that is an error, and of the report that tries to read the server. */
const expected = /^Failed to load resource|from origin 'null' has been blocked by CORS policy/;

interface Logged {
  readonly experiment: string;
  readonly runs: readonly [string, string, string];
  readonly model: string;
}

describe.skipIf(!hasPages)("MLflow's web interface", { timeout: 3 * patienceMs }, () => {
  let pages: Pages<Logged>;
  let server: ServerProcess;
  let page: Page;
  let logged: Logged;
  let complaints: readonly string[];

  beforeAll(async () => {
    const variables = { MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT: '1' };
    pages = await openPages({ script: 'mlflow_ui.py', variables, expected });
    ({ server, page, logged, complaints } = pages);
    // Another window that greets whoever comes for the first time.
    await open('models');
    await button('Try it now').click();
  });
  afterAll(() => pages?.close());

  const open = (path: string): Promise<unknown> => pages.open(path);
  const text = (shown: string | RegExp): Locator => pages.text(shown);
  const link = (shown: string): Locator => page.getByRole('link', { name: shown, exact: true });
  const button = (shown: string | RegExp): Locator => page.getByRole('button', { name: shown, exact: true });
  const dialog = (): Locator => page.getByRole('dialog');
  const seen = (...shown: readonly string[]): Promise<void> => pages.seen(...shown);
  const runsPage = (): string => `experiments/${logged.experiment}/runs`;
  const runPage = (tab = ''): string => `${runsPage()}/${logged.runs[0]}${tab}`;
  const choose = async (run: string): Promise<void> => {
    await page
      .locator('.ag-row', { has: link(run) })
      .locator('input[type=checkbox]')
      .first()
      .check();
  };

  test('experiments', async () => {
    await open('experiments');
    await seen('Default', 'flights');
    await button('Create').first().click();
    await dialog().getByRole('textbox').first().fill('made by hand');
    await dialog().getByRole('button', { name: 'Create' }).click();
    await seen('made by hand');
  });

  test('runs: listed, filtered, sorted, grouped, with more columns', async () => {
    await open(runsPage());
    await seen('try-0', 'try-1', 'try-2', '4');
    const filter = page.getByPlaceholder(/metrics\.rmse/);
    await filter.fill('metrics.accuracy > 0.75');
    await filter.press('Enter');
    await link('try-0').waitFor({ state: 'detached' });
    await seen('try-1', 'try-2');
    const refused = page.waitForResponse((one) => one.url().endsWith('runs/search') && one.status() === 400);
    await filter.fill('metrics.accuracy >>> 0.75');
    await filter.press('Enter');
    await refused;
    await open(`${runsPage()}?searchFilter=&orderByKey=${encodeURIComponent('metrics.`accuracy`')}&orderByAsc=true`);
    await expect
      .poll(() => page.getByRole('link', { name: /^try-\d$/ }).allTextContents(), { timeout: patienceMs })
      .toEqual(['try-0', 'try-1', 'try-2']);
    await button(/^Columns/).click();
    await page.getByPlaceholder('Search columns').fill('accuracy');
    await page.getByText('accuracy', { exact: true }).last().click();
    await page.keyboard.press('Escape');
    await page.locator('.ag-header-cell', { hasText: 'accuracy' }).first().waitFor();
    await page
      .locator('.ag-cell', { hasText: /^0\.(8|79+)/ })
      .first()
      .waitFor();
    await button(/^Group by/).click();
    await page.getByText('team', { exact: true }).last().click();
    await page.keyboard.press('Escape');
    await seen('Group: red', 'Group: blue');
  });

  test('runs: as charts', async () => {
    await open(`${runsPage()}?searchFilter=&compareRunsMode=CHART`);
    await seen('accuracy', 'loss', 'system/cpu_utilization_percentage');
    await page.locator('.js-plotly-plot').nth(1).waitFor();
  });

  test('a run', async () => {
    await open(runPage());
    await seen('About this run', 'Finished', 'july (4b3eb30f)', 'team', 'rate', '0.1', 'accuracy', '0.7', 'flights');
    await open(runPage('/model-metrics'));
    await page.locator('.js-plotly-plot').nth(1).waitFor();
    await open(runPage('/system-metrics'));
    await page.getByText('cpu_utilization_percentage').first().waitFor();
    await page.locator('.js-plotly-plot').first().waitFor();
  });

  test.each([
    ['notes.txt', 'a plain sentence in a file'],
    ['delays.csv', 'Lisbon'],
    ['config.json', '"everything"'],
    ['readme.md', 'A heading'],
  ])('the artifact %s', async (name, shown) => {
    await open(runPage('/artifacts'));
    await text(name).click();
    await page.getByText(shown).first().waitFor();
  });

  test('a picture', async () => {
    await open(runPage('/artifacts'));
    await text('pictures').click();
    await text('field.png').click();
    const widths = (): Promise<number[]> =>
      page
        .locator('img[src^="blob:"]')
        .evaluateAll((all) => all.map((one) => (one as { naturalWidth: number }).naturalWidth));
    await expect.poll(widths, { timeout: patienceMs }).toContain(48);
  });

  test('a report in HTML runs its script, but not as a page of the server', async () => {
    await open(runPage('/artifacts'));
    await text('report.html').click();
    const report = page.frameLocator('iframe.mlflow-html-iframe');
    await report.getByText('Report of the week').waitFor();
    await report.getByText('drawn by a script').waitFor();
    await report.getByText('refused: SecurityError').waitFor();
    await report.getByText('could not read').waitFor();
    expect(server.answered).toContainEqual(
      expect.objectContaining({ path: '/api/2.0/mlflow/experiments/create', status: 403 }),
    );
    expect(await page.title()).not.toBe('taken');
  });

  test('runs compared', async () => {
    const [runs, experiments] = [logged.runs, [logged.experiment]].map((one) =>
      encodeURIComponent(JSON.stringify(one)),
    );
    await open(`compare-runs?runs=${runs}&experiments=${experiments}`);
    await seen('Comparing 3 Runs from 1 Experiment', 'try-0', 'try-1', 'try-2');
    await page.locator('.js-plotly-plot').first().waitFor();
    await page.getByRole('tab', { name: 'Scatter Plot' }).click();
    await seen('X-axis:');
  });

  test('a logged model with its files', async () => {
    await open(`experiments/${logged.experiment}/models`);
    await seen('classifier', 'Ready');
    await open(`experiments/${logged.experiment}/models/${logged.model}`);
    await seen('About this logged model', 'classifier', logged.model);
    await open(`experiments/${logged.experiment}/models/${logged.model}/artifacts`);
    await text('MLmodel').click();
    await page.getByText('python_function').first().waitFor();
  });

  test('a registered model: description, aliases', async () => {
    await open('models/flights');
    await seen('Says whether a flight is late.', 'Version 1', 'Version 2');
    await page.getByText('champion').first().waitFor();
    await text('Edit').click();
    await page.locator('textarea').first().fill('Told anew.');
    await button('Save').click();
    await seen('Told anew.');
    await button('Add').first().click();
    await dialog().getByRole('combobox').fill('next');
    await page.keyboard.press('Enter');
    await dialog().getByRole('button', { name: /save/i }).click();
    await dialog().waitFor({ state: 'detached' });
    await page.getByText('next').first().waitFor();
  });

  test('a version: signature, tags, stage', async () => {
    await open('models/flights/versions/1');
    await seen('checked', 'yes', 'Inputs (2)', 'Outputs (1)');
    await page.getByPlaceholder('Name').fill('by');
    await page.getByPlaceholder('Value').fill('hand');
    await button('Add').click();
    await seen('by', 'hand');
    await page.getByRole('switch').first().click();
    await button('Disable').click();
    await text('None').click();
    await page
      .getByText(/Transition to/)
      .first()
      .click();
    await dialog().getByRole('button', { name: 'OK' }).click();
    await dialog().waitFor({ state: 'detached' });
    await seen('Staging');
  });

  test('a run: renamed, deleted, restored', async () => {
    await open(runPage());
    await seen('About this run');
    await page.getByTestId('overflow-menu-trigger').first().click();
    await text('Rename').click();
    await dialog().getByRole('textbox').fill('renamed');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await seen('renamed');
    await open(`${runsPage()}?searchFilter=&lifecycleFilter=Active`);
    await choose('try-2');
    await button('Delete').first().click();
    await dialog().getByRole('button', { name: 'Delete' }).click();
    await link('try-2').waitFor({ state: 'detached' });
    await open(`${runsPage()}?searchFilter=&lifecycleFilter=Deleted`);
    await choose('try-2');
    await button('Restore').first().click();
    await dialog().getByRole('button', { name: 'Restore' }).click();
    await link('try-2').waitFor({ state: 'detached' });
    await open(`${runsPage()}?searchFilter=&lifecycleFilter=Active`);
    await seen('try-2', 'renamed');
  });

  test('prompts and settings', async () => {
    await open('prompts');
    await seen('greeting');
    await open('prompts/greeting');
    await page.getByText('Say hello to {{name}}.').first().waitFor();
    await open('settings');
    await seen('Theme preference');
  });

  test('what the pages did is what the client finds', async () => {
    const get = async (path: string): Promise<Record<string, never>> =>
      (await (await fetch(`${server.url}/api/2.0/mlflow/${path}`)).json()) as Record<string, never>;
    expect(await get(`runs/get?run_id=${logged.runs[0]}`)).toMatchObject({ run: { info: { run_name: 'renamed' } } });
    expect(await get(`runs/get?run_id=${logged.runs[2]}`)).toMatchObject({
      run: { info: { lifecycle_stage: 'active' } },
    });
    expect(await get('registered-models/get?name=flights')).toMatchObject({
      registered_model: {
        description: 'Told anew.',
        aliases: expect.arrayContaining([{ alias: 'next', version: '2' }]),
      },
    });
    expect(await get('model-versions/get?name=flights&version=1')).toMatchObject({
      model_version: { current_stage: 'Staging', tags: expect.arrayContaining([{ key: 'by', value: 'hand' }]) },
    });
    expect(await get('experiments/get-by-name?experiment_name=made%20by%20hand')).toHaveProperty('experiment');
  });

  test('nothing that the pages asked failed but what is not there, and they complained of nothing', () => {
    const ofPages = server.answered.filter(({ path }) => !path.startsWith('/api/'));
    const asked = ofPages.map(({ method, path, status }) => ({ what: `${method} ${path}`, status }));
    expect(asked.filter(({ status }) => status >= 500)).toEqual([]);
    expect(asked.filter(({ status, what }) => status === 404 && !absent.some((one) => one.test(what)))).toEqual([]);
    for (const path of ['POST /graphql', 'GET /get-artifact', 'GET /model-versions/get-artifact'])
      expect(asked).toContainEqual({ what: path, status: 200 });
    expect(complaints).toEqual([]);
  });
});
