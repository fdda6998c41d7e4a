/* MLflow's web interface in a real browser, against a live `mlspec server --ui` into which the stock client logged something. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { type ServerProcess, startServerProcess } from '../tracking/server-process.ts';
import { type StockRun, toldBy } from '../tracking/stock-program.ts';
import { findBrowser } from './find-browser.ts';
import { mlflowUiFiles } from './mlflow-ui-files.ts';

const program = findBrowser();
const files = await mlflowUiFiles();
/** Whether there are a browser and the files of the interface. */
export const hasPages = program !== false && files !== false;
/** Longer than any page takes on a machine that does much else. */
export const patienceMs = 60_000;

/** What is looked at. */
export interface PagesOptions {
  /** A program beside this file that logs; its last line, JSON, says what. */
  readonly script: string;
  readonly variables?: StockRun['variables'];
  /** Complaints of the page that are no fault. */
  readonly expected: RegExp;
}

/** The interface, with a first page open whose greeting was closed. */
export interface Pages<Logged> {
  readonly server: ServerProcess;
  readonly page: Page;
  readonly logged: Logged;
  /** Errors of the page that were not expected. */
  readonly complaints: string[];
  open(path: string): Promise<unknown>;
  text(shown: string | RegExp): Locator;
  /** Waits until all of it is shown. */
  seen(...shown: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server, logs, and opens the interface. */
export async function openPages<Logged>(options: PagesOptions): Promise<Pages<Logged>> {
  const home = await mkdtemp(join(tmpdir(), 'pages-'));
  const server = await startServerProcess(join(home, 'state'), home, { options: ['--ui', files as string] });
  let browser: Browser | null = null;
  const close = async (): Promise<void> => {
    await browser?.close();
    await server.kill();
    await rm(home, { recursive: true, force: true });
  };
  try {
    const run = { url: server.url, home, variables: options.variables ?? {} };
    const logged = await toldBy<Logged>(join(import.meta.dirname, options.script), run);
    browser = await chromium.launch({ executablePath: program as string, args: ['--no-sandbox'] });
    return { ...(await firstPage(browser, server, options.expected)), server, logged, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function firstPage(browser: Browser, { url }: ServerProcess, expected: RegExp) {
  const page = await (await browser.newContext({ viewport: { width: 1600, height: 1000 } })).newPage();
  page.setDefaultTimeout(patienceMs);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (said) => {
    if (said.type() === 'error' && !expected.test(said.text())) complaints.push(said.text());
  });
  const open = (path: string): Promise<unknown> => page.goto(`${url}/#/${path}`);
  const text = (shown: string | RegExp): Locator => page.getByText(shown, { exact: true }).first();
  const seen = async (...shown: readonly string[]): Promise<void> => {
    for (const one of shown) await text(one).waitFor();
  };
  await open('');
  await text('Welcome to MLflow Assistant').waitFor();
  await page.getByRole('button', { name: /close/i }).last().click();
  return { page, complaints, open, text, seen };
}
