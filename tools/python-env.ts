/*
 * The Python environments of this repository's own: of the tests (python/requirements-test.txt and, for what is exported in
 * the formats of others, python/requirements-formats.txt; for stores that speak S3, python/requirements-s3.txt and python/requirements-swift.txt) and of what the benches measure beside us
 * (bench/peers/requirements.txt and, for Luigi, bench/peers/luigi-requirements.txt; for tables, one each in bench/data/requirements). Each lies below the user's cache, named by a digest of its file, the interpreter and the
 * platform. Made once; a half-made one (a killed installation) is made again, because only a finished one carries its
 * marker. On the command line: prints the interpreter of the first.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.ts';
import { repositoryRoot } from './problem.ts';

/** What an environment is made of: lines `name==version`, and what it takes of the disk. */
interface Wanted {
  readonly file: string;
  readonly size: string;
  /** The environment whose packages are seen beside its own; its own come first. */
  readonly over?: Wanted;
}

const ofTests: Wanted = { file: 'python/requirements-test.txt', size: '2.5 GB' };
const ofFormats: Wanted = { file: 'python/requirements-formats.txt', size: '450 MB' };
const ofPeers: Wanted = { file: 'bench/peers/requirements.txt', size: '1.2 GB' };
const ofLuigi: Wanted = { file: 'bench/peers/luigi-requirements.txt', size: '40 MB' };
const ofObjectStore: Wanted = { file: 'python/requirements-s3.txt', size: '140 MB' };
const ofSwift: Wanted = { file: 'python/requirements-swift.txt', size: '80 MB' };
const ofOpenApi: Wanted = { file: 'python/requirements-openapi.txt', size: '110 MB' };
const ofClient = (name: ClientName): Wanted => ({
  ...{ file: `python/requirements-client-${name}.txt`, over: ofTests },
  size: name === 'full' ? '450 MB' : '20 MB',
});
const candidates = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python'];
const lowest = [3, 11];
const markerName = 'complete';

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
  return interpreterWith(ofTests);
}

/** The clients of MLflow beside the one of the tests: older minors of `mlflow-skinny`, and all of `mlflow`. */
export type ClientName = '3.15' | '3.16' | 'full';

/** The same with another client of MLflow in place of the one of the tests. @throws Error like `testPython` */
export function clientPython(name: ClientName): string {
  return interpreterWith(ofClient(name));
}

/** The same with what checks the document of the tracking server's endpoints. @throws Error like `testPython` */
export function openApiPython(): string {
  return interpreterWith(ofOpenApi);
}

/** The same with what checks the formats that runs are exported in. @throws Error like `testPython` */
export function formatsPython(): string {
  return interpreterWith(ofFormats);
}

/** The same with a server that speaks S3. @throws Error like `testPython` */
export function objectStorePython(): string {
  return interpreterWith(ofObjectStore);
}

/** The same with another, which shares no code with it. @throws Error like `testPython` */
export function swiftPython(): string {
  return interpreterWith(ofSwift);
}

/** The same with the programs that benches measure beside us. @throws Error like `testPython` */
export function peersPython(): string {
  return interpreterWith(ofPeers);
}

/** The same with Luigi alone. @throws Error like `testPython` */
export function luigiPython(): string {
  return interpreterWith(ofLuigi);
}

/** What looking at tables is measured beside: each in an environment of its own, since they ask for different versions of the same packages. */
export type DataPeer = 'evidently' | 'great-expectations' | 'pandera' | 'tfdv' | 'whylogs' | 'ydata-profiling';

/** An environment with one of these alone. @throws Error like `testPython` */
export function dataPeerPython(name: DataPeer): string {
  return interpreterWith({ file: `bench/data/requirements/${name}.txt`, size: name === 'tfdv' ? '2 GB' : '600 MB' });
}

/** Whether the environment of the programs that benches measure is there already. */
export function arePeersThere(): boolean {
  return isThere(ofPeers);
}

/** Whether that of Luigi is. */
export function isLuigiThere(): boolean {
  return isThere(ofLuigi);
}

function isThere(of: Wanted): boolean {
  const python = findPython();
  return python !== null && existsSync(join(placeOf(of, python.version).folder, markerName));
}

function placeOf({ file, over }: Wanted, version: string): { readonly folder: string; readonly wanted: string } {
  const wanted = readFileSync(join(repositoryRoot, file), 'utf8');
  const below = over === undefined ? [] : [placeOf(over, version).folder];
  const identity = [wanted, ...below, version, process.platform, process.arch].join('\0');
  const digest = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return { folder: join(cache, 'mlspec', 'test-python', digest), wanted };
}

function interpreterWith(of: Wanted): string {
  const python = findPython();
  if (python === null)
    throw new Error(`no Python ${lowest.join('.')} or newer was found (looked for ${candidates.join(', ')})`);
  const { folder, wanted } = placeOf(of, python.version);
  const interpreter = join(folder, 'bin', 'python');
  const marker = join(folder, markerName);
  if (existsSync(marker)) return interpreter;
  const below = of.over === undefined ? null : interpreterWith(of.over);
  mkdirSync(join(folder, '..'), { recursive: true });
  const waiting = (): void => say('another process is making the environment; waiting for it …');
  withLock(`${folder}.lock`, waiting, () => {
    if (!existsSync(marker)) make(folder, { python, wanted, size: of.size, below });
  });
  return interpreter;
}

interface Making {
  readonly python: { readonly path: string; readonly version: string };
  /** Lines `name==version`. */
  readonly wanted: string;
  readonly size: string;
  /** The interpreter of the environment below. */
  readonly below: string | null;
}

function make(folder: string, { python, wanted, size, below }: Making): void {
  const startedAtMs = Date.now();
  const count = wanted.match(/==/g)?.length ?? 0;
  say(`making an environment with Python ${python.version}: ${count} packages and what they need, about ${size} …`);
  rmSync(folder, { recursive: true, force: true });
  run(python.path, ['-m', 'venv', folder]);
  const interpreter = join(folder, 'bin', 'python');
  if (below !== null) writeFileSync(join(packagesOf(interpreter), 'below.pth'), `${packagesOf(below)}\n`);
  const pip = [interpreter, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'] as const;
  // One after the other, so that a line a package says what goes on and the largest package is settled first.
  const lines = wanted.split('\n').filter((line) => line.includes('=='));
  const torch = lines.filter((line) => line.startsWith('torch'));
  for (const [index, group] of [torch, lines].entries()) {
    if (group.length === 0) continue;
    say(
      `installing ${index === 0 ? group.join(' ') : `${group.length} packages`} (${seconds(startedAtMs)} s so far) …`,
    );
    run(pip[0], [...pip.slice(1), ...group]);
  }
  writeFileSync(join(folder, markerName), `${new Date().toISOString()}\n`);
  say(`environment ready after ${seconds(startedAtMs)} s.`);
}

function packagesOf(interpreter: string): string {
  const question = 'import sysconfig; print(sysconfig.get_path("purelib"))';
  return spawnSync(interpreter, ['-c', question], { encoding: 'utf8' }).stdout.trim();
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

const seconds = (sinceMs: number): number => Math.round((Date.now() - sinceMs) / 1000);

if (import.meta.main) console.log(testPython());
