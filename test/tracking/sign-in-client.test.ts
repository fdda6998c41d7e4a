/* MLflow's own client, unchanged, and the command line, where people sign in: a live `mlspec server --sign-in`. */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { program } from '../program.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { basic, bearer } from './sign-in-server.ts';

const python = process.env['MLSPEC_TEST_PYTHON'] ?? 'python3';
const checks = [
  ...[
    'wrong_password',
    'users',
    'permissions',
    'roles',
    'what_is_hidden',
    'pages_hold_what_is_shown',
    'makers_manage',
    'tokens',
  ],
];

describe('a server at which people sign in', () => {
  let home: string;
  let store: string;
  let server: ServerProcess;

  /** Carries a command out with something on standard input. */
  const mlspec = async (
    given: readonly string[],
    input = '',
  ): Promise<{ code: number | null; out: string; err: string }> => {
    const child = spawn(program, [...given, '--store', store], {
      cwd: home,
      env: { PATH: process.env['PATH'], HOME: home },
    });
    child.stdin.end(input);
    const said = { out: '', err: '' };
    child.stdout.on('data', (piece) => {
      said.out += String(piece);
    });
    child.stderr.on('data', (piece) => {
      said.err += String(piece);
    });
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, ...said };
  };
  const status = async (as: Record<string, string>): Promise<number> =>
    (await fetch(`${server.url}/api/2.0/mlflow/users/current`, { headers: as })).status;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'sign-in-'));
    store = join(home, 'state');
    server = await startServerProcess(store, home, { options: ['--sign-in'] });
  }, 60_000);

  afterAll(async () => {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  });

  test('users of a provider have no password, and a provider takes --sign-in', async () => {
    expect((await mlspec(['users', 'add', 'grace@example.org', '--by-provider', '--role', 'writer'])).code).toBe(0);
    expect((await mlspec(['users', 'list'])).out).toMatch(/grace@example\.org +writer +awaited/);
    expect((await mlspec(['users', 'sign-out', 'grace@example.org'])).out).toContain('out of 0 browsers');
    expect(await status(basic('grace@example.org', ''))).toBe(401);
    expect((await mlspec(['users', 'remove', 'grace@example.org'])).code).toBe(0);
    const alone = await mlspec(['server', '--provider', 'provider.yaml']);
    expect([alone.code, alone.err]).toEqual([2, expect.stringContaining('--provider together with --sign-in')]);
    const absent = await mlspec(['server', '--port', '0', '--sign-in', '--provider', 'provider.yaml']);
    expect([absent.code, absent.err]).toEqual([2, expect.stringContaining('provider.yaml cannot be read')]);
  });

  test('the first admin has a password that nobody else can read', async () => {
    const file = join(store, 'admin-password');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const password = (await readFile(file, 'utf8')).trim();
    expect(password.length).toBeGreaterThanOrEqual(24);
    expect([
      await status(basic('admin', password)),
      await status(basic('admin', 'password1234')),
      await status({}),
    ]).toEqual([200, 401, 401]);
  });

  test('the stock client', async () => {
    const password = (await readFile(join(store, 'admin-password'), 'utf8')).trim();
    const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, 'sign_in_client.py'), server.url], {
      env: { ...process.env, HOME: home, MLFLOW_TRACKING_USERNAME: 'admin', MLFLOW_TRACKING_PASSWORD: password },
    });
    const said = stdout.split('\n').filter((line) => /^(ok|FAILED) /.test(line));
    expect(said, stdout).toEqual(checks.map((name) => `ok test_${name}`));
  }, 120_000);

  test('the command line adds users, gives roles and tokens, and takes them away', async () => {
    const secret = 'from standard input';
    expect(await mlspec(['users', 'add', 'cleo', '--role', 'writer'], `${secret}\n`)).toMatchObject({ code: 0 });
    expect(await status(basic('cleo', secret))).toBe(200);
    expect((await mlspec(['users', 'add', 'short'], 'short\n')).err).toContain('ACCESS_BAD_VALUE');
    expect((await mlspec(['users', 'password', 'nobody'], `${secret}\n`)).err).toContain('ACCESS_USER_UNKNOWN');
    expect(await mlspec(['users', 'grant', 'cleo', '--role', 'none', '--experiment', '0'])).toMatchObject({ code: 0 });
    expect((await mlspec(['users', 'show', 'cleo'])).out).toMatch(/experiment +0 +none/);
    const made = await mlspec(['tokens', 'new', 'ci', '--user', 'cleo', '--days', '1']);
    expect([await status(bearer(made.out.trim())), made.err.includes(made.out.trim())]).toEqual([200, false]);
    const listed = (await mlspec(['tokens', 'list', 'cleo'])).out;
    expect([listed.includes(made.out.trim().slice(0, 17)), listed.includes(made.out.trim())]).toEqual([true, false]);
    await mlspec(['tokens', 'revoke', made.out.trim().slice(0, 17)]);
    expect(await status(bearer(made.out.trim()))).toBe(401);
    await mlspec(['users', 'remove', 'cleo']);
    expect(await status(basic('cleo', secret))).toBe(401);
    const log = await mlspec(['users', 'log', '--limit', '500']);
    for (const line of ['users add as writer', 'users grant none to cleo', 'tokens revoke', 'users remove'])
      expect(log.out).toContain(line);
    expect(log.out).not.toContain(secret);
  }, 60_000);
});

test('another address takes one word or the other, and not both', async () => {
  const home = await mkdtemp(join(tmpdir(), 'sign-in-'));
  const started = async (...given: string[]): Promise<string> =>
    await promisify(execFile)(program, ['server', '--port', '0', '--host', '0.0.0.0', ...given], {
      cwd: home,
      env: { PATH: process.env['PATH'], HOME: home },
    }).then(
      () => 'started',
      (error: { stderr: string }) => error.stderr,
    );
  const refused = await started();
  expect(refused).toContain('SERVER_UNPROTECTED');
  expect(refused).toMatch(/--sign-in.*--without-sign-in/s);
  expect(await started('--sign-in', '--without-sign-in')).toContain('CLI_USAGE');
  await rm(home, { recursive: true, force: true });
}, 30_000);
