/* What `mlspec users`, `mlspec tokens` and `mlspec import` refuse, and what they say then. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { program } from '../program.ts';

let home: string;
let store: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sign-in-commands-'));
  store = join(home, 'store');
  await mlspec(['users', 'add', 'ada', '--role', 'writer'], 'correct horse battery staple\n');
});
afterAll(() => rm(home, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function mlspec(args: readonly string[], input = ''): Promise<Ended> {
  const where = args[0] === 'import' ? [] : ['--store', store];
  const child = spawn(program, [...args, ...where], { cwd: home, env: { PATH: process.env['PATH'], HOME: home } });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (part) => (said.stdout += String(part)));
  child.stderr.on('data', (part) => (said.stderr += String(part)));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...said };
}

test('a token that never ends is asked for in so many letters', async () => {
  for (const days of ['0', '00', '-1', '1.5', '10000', 'forever', '']) {
    const { code, stdout, stderr } = await mlspec(['tokens', 'new', 'ci', '--user', 'ada', `--days=${days}`]);
    expect([days, code, stdout]).toEqual([days, 2, '']);
    expect(stderr).toContain('from 1 to 9999 as --days, or "never" for a token that lasts until it is revoked');
  }
  expect((await mlspec(['tokens', 'list', '--json'])).stdout).toContain('"tokens":[]');
  const made = await mlspec(['tokens', 'new', 'ci', '--user', 'ada', '--days', 'never', '--json']);
  expect(JSON.parse(made.stdout)).toMatchObject({ token: { expiresAtMs: null } });
  const ending = await mlspec(['tokens', 'new', 'ci', '--user', 'ada', '--days', '1', '--json']);
  expect(JSON.parse(ending.stdout)).toMatchObject({ token: { expiresAtMs: expect.any(Number) } });
});

test('a role or a token on what is not there is refused, with what there is', async () => {
  const grant = (...of: string[]) => mlspec(['users', 'grant', 'ada', '--role', 'admin', ...of]);
  const token = (...of: string[]) => mlspec(['tokens', 'new', 'ci', '--user', 'ada', ...of]);
  for (const ask of [grant, token]) {
    const unknown = await ask('--experiment', '99');
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('TRACKING_UNKNOWN');
    expect(unknown.stderr).toContain('found 99');
    expect(unknown.stderr).toContain('0 (Default)');
    const model = await ask('--experiment', '0', '--model', 'flights');
    expect(model.stderr).toContain('REGISTRY_MODEL_UNKNOWN');
    expect(model.stderr).toContain('"flights"');
  }
  // Not even what was there of several.
  expect((await mlspec(['users', 'show', 'ada', '--json'])).stdout).toContain('"grants":[]');
  expect((await grant('--experiment', '0')).code).toBe(0);
});

test('without a password on standard input it is said where passwords are read from', async () => {
  for (const input of ['', '\n', '\r\nsecond line of enough letters\n']) {
    const { code, stderr } = await mlspec(['users', 'add', 'cleo'], input);
    expect(code).toBe(2);
    expect(stderr).toContain('ACCESS_BAD_VALUE');
    expect(stderr).toContain('first line of standard input');
    expect(stderr).toContain('| mlspec users');
  }
});

test('an import of what is not there names everything that can be imported', async () => {
  for (const path of ['/nothing', '.']) {
    const { stderr } = await mlspec(['import', path]);
    expect(stderr).toContain('ORIGINAL_NOT_FOUND');
    for (const kept of ['YAML or JSON', 'MLflow', 'TensorBoard', 'Weights & Biases', 'Neptune'])
      expect(stderr).toContain(kept);
  }
});
