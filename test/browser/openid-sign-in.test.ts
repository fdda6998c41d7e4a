/*
 * People sign in with a real browser at a real provider of OpenID Connect, in a process of its own, and work in MLflow's web
 * interface: two `mlspec server` processes on one store know them, and a neighbouring page cannot act for them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServerProcess, startServerProcess } from '../tracking/server-process.ts';
import { findBrowser } from './find-browser.ts';
import { mlflowUiFiles } from './mlflow-ui-files.ts';

const program = findBrowser();
const files = await mlflowUiFiles();
/** Longer than any page takes on a machine that does much else. */
const patienceMs = 60_000;
const secret = 'a secret of tests';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe.skipIf(program === false || files === false)('people sign in', { timeout: 3 * patienceMs }, () => {
  let home: string;
  let provider: ChildProcess;
  let issuer: string;
  let servers: ServerProcess[];
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'openid-'));
    const [port, providerPort] = [await freePort(), await freePort()];
    const address = `http://127.0.0.1:${port}`;
    issuer = `http://127.0.0.1:${providerPort}`;
    const script = join(import.meta.dirname, 'openid-provider.ts');
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    const given = [script, String(providerPort), `${address}/mlspec/sign-in/callback`];
    provider = spawn(process.execPath, given, { stdio: [...stdio] });
    await once(provider.stdout!, 'data');
    await writeFile(join(home, 'secret'), `${secret}\n`);
    await writeFile(
      join(home, 'provider.yaml'),
      [
        ...[`issuer: ${issuer}`, 'client_id: mlspec', 'secret_file: secret', `address: ${address}`],
        ...['scopes: [openid, profile, groups]', 'roles: {claim: groups, give: {ml-team: writer}}'],
      ].join('\n'),
    );
    const options = ['--sign-in', '--provider', join(home, 'provider.yaml'), '--ui', files as string, '--log', 'json'];
    const store = join(home, 'state');
    servers = [await startServerProcess(store, home, { options: [...options, '--port', String(port)] })];
    servers.push(await startServerProcess(store, home, { options }));
    browser = await chromium.launch({ executablePath: program as string, args: ['--no-sandbox'] });
    context = await browser.newContext({ viewport: { width: 1600, height: 1000 } });
    page = await context.newPage();
    page.setDefaultTimeout(patienceMs);
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of servers ?? []) await server.kill();
    provider?.kill();
    await rm(home, { recursive: true, force: true });
  });

  const url = (path: string): string => `${servers[0]!.url}${path}`;
  const signInAs = async (one: Page, name: string): Promise<void> => {
    await one.getByPlaceholder('Enter any login').fill(name);
    await one.getByPlaceholder('and password').fill('whatever');
    await one.getByRole('button', { name: 'Sign-in' }).click();
    await one.getByRole('button', { name: 'Continue' }).click();
  };

  test("and work in MLflow's web interface", async () => {
    await page.goto(url('/?workspace=none'));
    expect(page.url()).toContain(issuer);
    await signInAs(page, 'ada');
    await page.waitForURL((now) => now.origin === servers[0]!.url);
    expect(new URL(page.url()).search).toBe('?workspace=none');
    await page.goto(url('/#/experiments'));
    await page.getByText('Default', { exact: true }).first().waitFor();
    const greeting = page.getByRole('button', { name: /close/i });
    if ((await greeting.count()) > 0) await greeting.last().click();
    await page.getByRole('button', { name: 'Create', exact: true }).first().click();
    await page.getByRole('dialog').getByRole('textbox').first().fill('made by ada');
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await page.getByText('made by ada', { exact: true }).first().waitFor();
    expect(servers[0]!.answered.filter(({ status }) => status >= 500)).toEqual([]);
  });

  test('make API tokens for programs, which work without a browser', async () => {
    await page.goto(url('/mlspec/account'));
    await page.getByText('You are signed in as ada, writer').waitFor();
    await page.getByPlaceholder('what it is for').fill('nightly');
    await page.getByRole('button', { name: 'Make a token' }).click();
    await page.getByRole('cell', { name: 'nightly' }).waitFor();
    const token = await page.locator('#said').textContent();
    const whoAmI = async (): Promise<Response> =>
      await fetch(url('/api/2.0/mlflow/users/current'), { headers: { authorization: `Bearer ${token}` } });
    expect(await (await whoAmI()).json()).toMatchObject({ user: { username: 'ada', mlspec_role: 'writer' } });
    await page.getByRole('button', { name: 'end', exact: true }).click();
    await page.getByRole('cell', { name: 'nightly' }).waitFor({ state: 'detached' });
    expect((await whoAmI()).status).toBe(401);
  });

  test('are known to every process of the store', async () => {
    await page.goto(`${servers[1]!.url}/mlspec/account`);
    await page.getByText('You are signed in as ada, writer').waitFor();
  });

  test('and no page of another origin acts for them, though the cookie comes along', async () => {
    // Another port is another origin, of the same site.
    await page.goto(`${issuer}/.well-known/openid-configuration`);
    const create = url('/api/2.0/mlflow/experiments/create');
    const before = servers[0]!.answered.length;
    await page.evaluate(async (where) => {
      const body = JSON.stringify({ name: 'by another page' });
      await fetch(where, { method: 'POST', mode: 'no-cors', credentials: 'include', body }).catch(() => null);
      await fetch(where.replace(/\/api.*/, '/mlspec/sign-out'), {
        method: 'POST',
        mode: 'no-cors',
        credentials: 'include',
      });
    }, create);
    await expect.poll(() => servers[0]!.answered.slice(before).map(({ status }) => status)).toEqual([403, 403]);
    await page.goto(url('/mlspec/account'));
    await page.getByText('You are signed in as ada').waitFor();
  });

  test('nobody comes in who is in no group that has a role', async () => {
    const other = await (await browser.newContext()).newPage();
    other.setDefaultTimeout(patienceMs);
    await other.goto(url('/'));
    await signInAs(other, 'mallory');
    await other.getByText('"mallory" is in no group to which a role was given').waitFor();
    expect((await other.request.get(url('/api/2.0/mlflow/users/current'))).status()).toBe(401);
  });

  test('and are out after signing out, with every cookie that was copied', async () => {
    await page.goto(url('/mlspec/account'));
    const copied = await context.cookies(url('/'));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(url('/mlspec/signed-out'));
    const thief = await browser.newContext();
    await thief.addCookies(copied);
    for (const { url: at } of servers)
      expect((await thief.request.get(`${at}/api/2.0/mlflow/users/current`)).status()).toBe(401);
  });

  test('no secret stands in the log', async () => {
    const log = servers.map((server) => server.log()).join('\n');
    expect(log).not.toContain(secret);
    expect(log).not.toMatch(/[?&](code|state)=|eyJ|mlst_[0-9a-f]{12}_/);
  });
});
