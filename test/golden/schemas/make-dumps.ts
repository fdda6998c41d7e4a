/*
 * Writes databases as earlier commits of MLSpec made them: for each age, that commit's own program releases a small
 * example and, where it has one, its server takes what a client logs; once on SQLite, once on PostgreSQL. Each number that
 * the tables of any module ever had together with a complete program is among them. What numbers stood for on the way
 * there, between two of these commits, was never handed to anybody.
 *
 * node test/golden/schemas/make-dumps.ts [AGE …], from a whole clone with node_modules; PostgreSQL as for the tests.
 * A dump is never written again once it is committed: run it for a new age alone.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { brotliCompressSync, constants } from 'node:zlib';
import { openDatabase } from '../../../src/database/index.ts';
import { newId } from '../../../src/encoding/index.ts';
import { postgresUrl } from '../../contract/databases.ts';
import { fillTracker } from './fill-tracker.ts';

const repository = join(import.meta.dirname, '../../..');
const ages: Readonly<Record<string, string>> = {
  '1-spine': '9e5afa4',
  '2-use-logs': '94e5a3b',
  '3-evidence': '464e3c0',
  '4-client-versions': 'd863bf1',
  '5-tracker': 'c237302',
  '6-webhooks': '4d74030',
  '7-sign-in': '0476709',
};

/** Compresses with a window that sees the whole database: rows repeat each other. */
async function writePacked(name: string, content: Buffer): Promise<void> {
  const params = {
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  await writeFile(join(import.meta.dirname, `${name}.br`), brotliCompressSync(content, { params }));
}

/** The program of a commit in a folder of its own. */
async function checkOut(commit: string, home: string): Promise<string> {
  const place = join(home, 'program');
  execFileSync('git', ['clone', '-q', repository, place]);
  execFileSync('git', ['checkout', '-q', commit], { cwd: place });
  execFileSync('cp', ['-al', join(repository, 'node_modules'), join(place, 'node_modules')]);
  return place;
}

/** Releases the example of penguins, twice, so that there are cached steps, and asks the tracker what it asks there. */
async function fill(program: string, home: string, metadataUrl: string | null): Promise<string> {
  const project = await mkdtemp(join(home, 'project-'));
  await cp(join(program, 'examples/penguins'), project, { recursive: true });
  await mkdir(join(project, 'data'));
  const data = join(repository, 'node_modules/vega-datasets/data/penguins.json');
  await copyFile(data, join(project, 'data/penguins.json'));
  const state = join(project, 'state');
  const env = {
    PATH: process.env['PATH'],
    HOME: join(home, 'user'),
    MLSPEC_STATE_DIR: state,
    ...(metadataUrl === null ? {} : { MLSPEC_METADATA_URL: metadataUrl }),
  };
  const run = (...args: string[]) =>
    execFileSync(join(program, 'bin/mlspec'), args, { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] });
  run('run');
  run('release');
  if (!existsSync(join(program, 'src/cli/commands/server.ts'))) return state;
  const server = spawn(join(program, 'bin/mlspec'), ['server', '--port', '0', '--store', metadataUrl ?? state, '--json'], {
    cwd: project,
    env: { ...env, MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http,https', MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(createInterface(server.stdout), 'line')) as [string];
  await fillTracker((JSON.parse(line) as { url: string }).url);
  server.kill('SIGTERM');
  await once(server, 'exit');
  const knows = (command: string) => existsSync(join(program, `src/cli/commands/${command}.ts`));
  if (knows('models')) run('models', 'protect', 'penguins', 'production', '--approvals', '2');
  if (knows('users')) {
    const store = ['--store', metadataUrl ?? state];
    const add = ['users', 'add', 'ada', '--role', 'writer', ...store];
    execFileSync(join(program, 'bin/mlspec'), add, { cwd: project, env, input: 'correct horse battery staple\n' });
    run('users', 'grant', 'ada', '--experiment', '1', '--role', 'admin', ...store);
    run('tokens', 'new', 'build', '--user', 'ada', ...store);
  }
  return state;
}

/** A use of a gate in the ledger, by that commit's own code. */
async function fillLedger(program: string, path: string): Promise<void> {
  const { openLedger } = (await import(join(program, 'src/model-ci/ledger.ts'))) as {
    openLedger: (path: string) => Promise<{
      spend(request: object): Promise<unknown>;
      settle(request: object, bit: 'pass'): Promise<void>;
      close(): Promise<void>;
    }>;
  };
  const digest = (digit: number) => `sha256:${String(digit).repeat(64)}`;
  const ledger = await openLedger(path);
  const request = { part: digest(1), gate: 'better', gateDigest: digest(2), commitment: digest(3), uses: 5, feedback: 'full' };
  await ledger.spend({ ...request, model: digest(4) });
  await ledger.settle({ ...request, model: digest(4) }, 'pass');
  await ledger.spend({ ...request, model: digest(5) });
  await ledger.close();
}

/** A file as one consistent copy, without a log beside it. */
async function copyOf(path: string, home: string): Promise<Buffer> {
  const copy = join(home, newId('copy'));
  const database = new DatabaseSync(path);
  database.prepare('vacuum into ?').run(copy);
  database.close();
  return await readFile(copy);
}

async function makeSqlite(age: string, program: string, home: string): Promise<void> {
  const state = await fill(program, home, null);
  await writePacked(`${age}.db`, await copyOf(join(state, 'metadata.db'), home));
  const ledger = join(state, 'ledger.db');
  await fillLedger(program, ledger);
  await writePacked(`${age}-ledger.db`, await copyOf(ledger, home));
}

async function makePostgres(age: string, program: string, home: string): Promise<void> {
  const name = newId('golden').toLowerCase();
  const admin = await openDatabase({ kind: 'postgres', url: postgresUrl, schema: 'public' });
  await admin.run(`create database ${name}`);
  try {
    const address = new URL(postgresUrl);
    address.pathname = `/${name}`;
    await fill(program, home, address.href);
    const options = ['--schema=mlspec', '--no-owner', '--no-privileges', '--inserts', '--rows-per-insert=50'];
    const text = execFileSync('pg_dump', [...options, address.href], { maxBuffer: 1 << 28 }).toString('utf8');
    // Commands of psql, which no server understands.
    await writePacked(`${age}.sql`, Buffer.from(text.replaceAll(/^\\.*$/gm, '')));
  } finally {
    await admin.run(`drop database if exists ${name} with (force)`);
    await admin.close();
  }
}

const wanted = process.argv.slice(2);
for (const age of wanted.length > 0 ? wanted : Object.keys(ages)) {
  const home = await mkdtemp(join(tmpdir(), 'schemas-'));
  try {
    const program = await checkOut(ages[age]!, home);
    await makeSqlite(age, program, home);
    await makePostgres(age, program, home);
    process.stdout.write(`${age}\n`);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
