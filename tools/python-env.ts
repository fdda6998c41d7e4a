/*
 * The Python environment of the tests: a virtual environment with the packages of python/requirements-test.txt, below the
 * user's cache, named by a digest of that file, the interpreter and the platform. Made once; a half-made one (a killed
 * installation) is made again, because only a finished one carries its marker. On the command line: prints the interpreter.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from './problem.ts';

const requirements = join(repositoryRoot, 'python', 'requirements-test.txt');
const candidates = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python'];
const lowest = [3, 11];
const lockAgeLimitMs = 30 * 60_000;

const say = (text: string): void => void process.stderr.write(`python: ${text}\n`);

/** An interpreter of the machine with its version, for example `3.11.7`; null where none is new enough. */
export function findPython(
  atLeast: readonly number[] = lowest,
): { readonly path: string; readonly version: string } | null {
  const question = 'import sys; print(sys.executable); print(".".join(map(str, sys.version_info[:3])))';
  for (const name of candidates) {
    const answer = spawnSync(name, ['-c', question], { encoding: 'utf8' });
    const [path, version] = answer.status === 0 ? answer.stdout.trim().split(/\r?\n/) : [];
    if (path === undefined || version === undefined) continue;
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major > atLeast[0]! || (major === atLeast[0] && minor >= atLeast[1]!)) return { path, version };
  }
  return null;
}

/**
 * The interpreter of the environment of the tests; makes the environment where it is not there yet.
 * @throws Error where there is no Python, or pip fails
 */
export function testPython(): string {
  const python = findPython();
  if (python === null)
    throw new Error(`no Python ${lowest.join('.')} or newer was found (looked for ${candidates.join(', ')})`);
  const wanted = readFileSync(requirements, 'utf8');
  const identity = [wanted, python.version, process.platform, process.arch].join('\0');
  const digest = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folder = join(cache, 'mlspec', 'test-python', digest);
  const interpreter = join(folder, 'bin', 'python');
  const marker = join(folder, 'complete');
  if (existsSync(marker)) return interpreter;
  mkdirSync(join(folder, '..'), { recursive: true });
  withLock(`${folder}.lock`, () => {
    if (!existsSync(marker)) make(folder, python, marker);
  });
  return interpreter;
}

function make(folder: string, python: { readonly path: string; readonly version: string }, marker: string): void {
  const startedAtMs = Date.now();
  const count = readFileSync(requirements, 'utf8').match(/==/g)?.length ?? 0;
  say(
    `making the environment of the tests with Python ${python.version}: ${count} packages and what they need, about 2.5 GB …`,
  );
  rmSync(folder, { recursive: true, force: true });
  run(python.path, ['-m', 'venv', folder]);
  const interpreter = join(folder, 'bin', 'python');
  const pip = [interpreter, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'] as const;
  // One after the other, so that a line a package says what goes on and the largest package is settled first.
  const lines = readFileSync(requirements, 'utf8')
    .split('\n')
    .filter((line) => line.includes('=='));
  const torch = lines.filter((line) => line.startsWith('torch'));
  for (const [index, group] of [torch, lines].entries()) {
    if (group.length === 0) continue;
    say(
      `installing ${index === 0 ? group.join(' ') : `${group.length} packages`} (${seconds(startedAtMs)} s so far) …`,
    );
    run(pip[0], [...pip.slice(1), ...group]);
  }
  writeFileSync(marker, `${new Date().toISOString()}\n`);
  say(`environment ready after ${seconds(startedAtMs)} s.`);
}

function run(file: string, args: readonly string[]): void {
  const result = spawnSync(file, args, { stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8', maxBuffer: 1 << 26 });
  if (result.status === 0) return;
  const shown =
    result.stderr
      ?.split('\n')
      .filter((line) => !line.startsWith('WARNING:'))
      .slice(-30)
      .join('\n') ?? '';
  throw new Error(`${[file, ...args].join(' ')} failed:\n${shown || result.error?.message}`);
}

/** Runs `work` while no other process does, by a folder that only one can make. */
function withLock(lock: string, work: () => void): void {
  for (let told = false; !tryLock(lock); told = true) {
    if (!told) say('another process is making the environment; waiting for it …');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  }
  try {
    work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), String(process.pid));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (isAbandoned(lock)) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

function isAbandoned(lock: string): boolean {
  try {
    const pid = Number(readFileSync(join(lock, 'pid'), 'utf8'));
    process.kill(pid, 0);
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true;
    const age = existsSync(lock) ? Date.now() - statSync(lock).mtimeMs : 0;
    return age > lockAgeLimitMs;
  }
}

const seconds = (sinceMs: number): number => Math.round((Date.now() - sinceMs) / 1000);

if (import.meta.main) console.log(testPython());
