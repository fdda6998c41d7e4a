/*
 * The pages for traces of MLflow's own web interface, unchanged, in a real browser, against a live `mlspec server --ui`: what the
 * stock client traced is seen in charts, lists and trees, judged and deleted there as a person does it. No request is answered
 * with 404 or 5xx but those of features that are declined by name, and the page has no errors.
 */
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServerProcess } from '../tracking/server-process.ts';
import { hasPages, openPages, type Pages, patienceMs } from './open-pages.ts';

/** What the pages ask for that is not there. */
const absent = [
  // Nobody signs in.
  'GET /ajax-api/2.0/mlflow/users/current',
  // Evaluation datasets of language models.
  'POST /ajax-api/3.0/mlflow/datasets/search',
];

/** What is said of every answer that is an error, and by browsers whose pages measure themselves. */
const expected = /^Failed to load resource|ResizeObserver loop/;

interface Logged {
  readonly experiment: string;
  readonly traces: readonly string[];
}

describe.skipIf(!hasPages)("the pages for traces of MLflow's web interface", { timeout: 3 * patienceMs }, () => {
  let pages: Pages<Logged>;
  let server: ServerProcess;
  let page: Page;
  let logged: Logged;
  let complaints: readonly string[];

  beforeAll(async () => {
    pages = await openPages({ script: 'mlflow_traces.py', expected });
    ({ server, page, logged, complaints } = pages);
  }, 4 * patienceMs);
  afterAll(() => pages?.close());

  const open = (path: string): Promise<unknown> => pages.open(path);
  const openHere = (path: string): Promise<unknown> => open(`experiments/${logged.experiment}/${path}`);
  const text = (shown: string | RegExp): Locator => pages.text(shown);
  const button = (shown: string | RegExp): Locator => page.getByRole('button', { name: shown });
  const part = (id: string): Locator => page.locator(`[data-component-id="shared.model-trace-explorer.${id}"]`);
  const seen = (...shown: readonly string[]): Promise<void> => pages.seen(...shown);
  const row = (trace: number): Locator => page.getByLabel(`Select trace ${logged.traces[trace]}`);

  test('charts: counts, latency, errors, tokens and cost', async () => {
    await openHere('overview/usage');
    await seen('Traces', 'Latency', 'Errors', 'Token Usage', 'Tokens per Trace');
    await page.getByText('(Overall error rate: 16.7%)').waitFor();
    await seen('p50', 'p90', 'p99', 'Error Count');
    await page.locator('.recharts-bar-rectangle path').first().waitFor();
  });

  test('charts: judgements', async () => {
    await openHere('overview/quality');
    await seen('Quality Summary', 'relevance', 'score', '0.63');
  });

  test('charts: calls of tools', async () => {
    await openHere('overview/tool-calls');
    await seen('Total Tool Calls', '83.33%', 'Failed Calls', 'look_up');
  });

  test('traces: listed, and found by what they hold', async () => {
    await openHere('traces');
    for (const index of [0, 1, 2, 4, 5]) await row(index).waitFor();
    await seen('session-0', 'session-1');
    const search = page.getByPlaceholder('Search traces by id, input, or output');
    await search.fill('question 2');
    await search.press('Enter');
    await row(5).waitFor({ state: 'detached' });
    await row(2).waitFor();
    await search.fill('');
    await search.press('Enter');
    await row(5).waitFor();
  });

  test('a trace: its tree of spans with inputs, outputs and attributes', async () => {
    await openHere(`traces?selectedEvaluationId=${logged.traces[0]}`);
    await seen('answer', 'look_up', 'call');
    await text('call').click();
    await page.getByText('question 0').first().waitFor();
    await page.getByText('reply 0').first().waitFor();
    await page.getByRole('tab', { name: 'Attributes' }).click();
    await page.getByText('temperature').first().waitFor();
  });

  test('judgements: seen, given and taken back', async () => {
    await openHere('traces');
    await row(0).waitFor();
    await openHere(`traces?selectedEvaluationId=${logged.traces[0]}`);
    await text('look_up').waitFor();
    await part('assessments-pane-toggle').first().click();
    await page.getByText('Feedback (2)').waitFor();
    await seen('wanted', 'forty-two');
    await button(/Add feedback/)
      .first()
      .click();
    await page.getByRole('menuitem', { name: 'Human feedback' }).click();
    await page.getByTestId('assessment-name-typeahead-input').fill('helpful');
    await part('assessment-rationale-input').fill('it helped by hand');
    await part('assessment-create-button').last().click();
    await page.getByText('Feedback (3)').waitFor();
    await expect.poll(judgementsOfFirst, { timeout: patienceMs }).toContain('helpful');
    await part('assessment-more-button').last().click();
    await chooseDelete();
    await expect.poll(judgementsOfFirst, { timeout: patienceMs }).not.toContain('wanted');
  });

  test('a session: its turns', async () => {
    await openHere('chat-sessions/session-0');
    await seen('Turn 1', 'Turn 2', 'Turn 3');
    await page.getByText('answer 1').first().waitFor();
  });

  test('a trace is deleted', async () => {
    await openHere('traces');
    await row(5).check();
    await button(/^Actions/)
      .first()
      .click();
    await chooseDelete();
    await row(5).waitFor({ state: 'detached' });
    expect((await fetch(`${server.url}/api/3.0/mlflow/traces/${logged.traces[5]}`)).status).toBe(404);
  });

  /** In a menu that is open, and in the question that follows. */
  async function chooseDelete(): Promise<void> {
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    const question = page.getByRole('dialog').last();
    await question.getByRole('button', { name: /delete/i }).click();
  }

  async function judgementsOfFirst(): Promise<string[]> {
    const answer = await fetch(`${server.url}/api/3.0/mlflow/traces/${logged.traces[0]}`);
    const { trace } = (await answer.json()) as {
      trace: { trace_info: { assessments: { assessment_name: string }[] } };
    };
    return trace.trace_info.assessments.map((one) => one.assessment_name);
  }

  test('nothing that the pages asked failed but what is not there, and they complained of nothing', () => {
    const ofPages = server.answered.filter(({ path }) => !path.startsWith('/api/'));
    const asked = ofPages.map(({ method, path, status }) => ({ what: `${method} ${path}`, status }));
    expect(asked.filter(({ status, what }) => status >= 400 && !absent.includes(what))).toEqual([]);
    for (const path of ['POST /ajax-api/3.0/mlflow/traces/metrics', 'POST /ajax-api/3.0/mlflow/traces/search'])
      expect(asked).toContainEqual({ what: path, status: 200 });
    expect(asked).toContainEqual({ what: 'GET /ajax-api/3.0/mlflow/get-trace-artifact', status: 200 });
    expect(complaints).toEqual([]);
  });
});
