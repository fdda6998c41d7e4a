/*
 * The page of `mlspec data profile`, in a real browser without network: of a thousand columns it is at most two megabytes, asks for
 * nothing, draws what it tells, is searched with the keyboard, and a hostile name is only a name.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { program } from '../program.ts';
import { findBrowser } from './find-browser.ts';

const browserProgram = findBrowser();
const patienceMs = 180_000;
const columnCount = 1000;
const hostile = [
  '<script>window.hacked = 1</script>',
  '"><img src=x onerror="window.hacked = 2">',
  "'; alert(1); //",
  '</section><h1>mine',
  'javascript:alert(1)',
  `long ${'x'.repeat(5000)}`,
];
const values = (row: number, at: number): unknown =>
  [
    row * at + 0.25,
    row % 7,
    `value ${(row * at) % 40}`,
    `2024-01-${String((row % 28) + 1).padStart(2, '0')}`,
    hostile[row % 4],
  ][at % 5];

describe.skipIf(browserProgram === false)('the page of a profile', { timeout: patienceMs }, () => {
  let folder: string;
  let browser: Browser;
  let page: Page;
  const asked: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'profile-page-'));
    const names = Array.from({ length: columnCount }, (_, at) => hostile[at] ?? `column ${at}`);
    const rows = (shift: number): string =>
      Array.from({ length: 150 }, (_, row) =>
        JSON.stringify(Object.fromEntries(names.map((name, at) => [name, values(row + shift, at)]))),
      ).join('\n');
    await writeFile(join(folder, 'today.ndjson'), rows(100));
    await writeFile(join(folder, 'train.ndjson'), rows(0));
    const args = ['data', 'profile', 'today.ndjson', '--compare', 'train.ndjson', '--out', 'page.html'];
    await promisify(execFile)(program, args, { cwd: folder, maxBuffer: 1e8 });
    browser = await chromium.launch({ executablePath: browserProgram as string, args: ['--no-sandbox'] });
    const context = await browser.newContext({ viewport: { width: 1300, height: 900 }, offline: true });
    page = await context.newPage();
    page.on('request', (request) => asked.push(request.url()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (said) => {
      if (said.type() === 'error') complaints.push(said.text());
    });
    await page.goto(pathToFileURL(join(folder, 'page.html')).href);
  }, 2 * patienceMs);
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('a thousand columns, compared, are at most two megabytes', async () => {
    expect((await readFile(join(folder, 'page.html'))).length).toBeLessThanOrEqual(2_000_000);
    expect(await page.locator('.c').count()).toBe(columnCount);
  });

  test('names and values are only that', async () => {
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await page.locator('h1').count()).toBe(1);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('#c0 h3').textContent()).toContain(hostile[0]);
    expect(await page.locator('#c1 h3').textContent()).toContain(hostile[1]);
  });

  test('warnings come first and lead to their column', async () => {
    const heads = await page.locator('h2').allTextContents();
    expect(heads[0]).toBe('Warnings');
    const first = page.locator('h2:text("Warnings") + table tbody tr').first();
    expect(await first.textContent()).toContain('drifted');
    const target = await first.locator('a').getAttribute('href');
    await first.locator('a').click();
    await expect.poll(async () => (await page.locator(target!).boundingBox())!.y).toBeLessThan(900);
  });

  test('both tables stand side by side, and their distributions are drawn', async () => {
    const column = page.locator('#c15');
    expect(await column.locator('tr').first().locator('th').allTextContents()).toEqual(['', 'this', 'other']);
    expect(await column.locator('tr', { hasText: 'mean' }).locator('td').allTextContents()).toEqual([
      '2617.75',
      '1117.75',
    ]);
    await column.scrollIntoViewIfNeeded();
    const boxes = [];
    for (const side of ['s0', 's1']) boxes.push(await column.locator(`path.${side}`).boundingBox());
    // The later rows lie to the right of the earlier ones, and both have an area.
    expect(boxes[0]!.x).toBeGreaterThan(boxes[1]!.x);
    for (const box of boxes) expect(box!.width * box!.height).toBeGreaterThan(1000);
    const picture = await column.locator('svg').screenshot();
    const blank = await page.locator('h2').first().screenshot();
    expect(picture.length).toBeGreaterThan(200);
    expect(picture.equals(blank)).toBe(false);
    expect(await page.locator('#c7 .bar rect').count()).toBe(16);
  });

  test('the keyboard finds columns and goes from one to the next', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('Column 99');
    await expect.poll(() => page.locator('#n').textContent(), { timeout: 20_000 }).toBe('11 of 1000');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('c99');
    await page.keyboard.press('j');
    expect(await page.evaluate('document.activeElement.id')).toBe('c990');
    await page.keyboard.press('k');
    expect(await page.evaluate('document.activeElement.id')).toBe('c99');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('#n').textContent(), { timeout: 20_000 }).toBe('1000 of 1000');
  });

  test('nothing was asked for but the page itself, and nothing went wrong', () => {
    expect(asked).toEqual([pathToFileURL(join(folder, 'page.html')).href]);
    expect(complaints).toEqual([]);
  });
});
