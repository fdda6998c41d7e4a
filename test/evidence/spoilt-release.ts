/*
 * A real release with a gate on a sealed part, a package, code in TypeScript and in Python: carried out once, and copied for each
 * change that somebody makes to it. What is asked is asked of the library, not of a process.
 */
import { execFile } from 'node:child_process';
import { chmod, cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { eraseArtifacts } from '../../src/app/erase.ts';
import { type Config, loadConfig, verifyExport, verifyRecordedRun } from '../../src/app/index.ts';
import { openSigning } from '../../src/app/signing.ts';
import { publishLog } from '../../src/app/transparency-log.ts';
import { parseManifest } from '../../src/artifacts/index.ts';
import { type Database, openDatabase } from '../../src/database/index.ts';
import { canonicalJson, digestOf } from '../../src/encoding/index.ts';
import { isPlatformError } from '../../src/errors/index.ts';
import { openMetadata } from '../../src/metadata/index.ts';
import { openLocalSigner, type Signer, type Statement, signStatement } from '../../src/provenance/index.ts';
import { createSealedProject, type SealedProject } from '../attacks/sealed-project.ts';
import { program } from '../program.ts';
import { signFolderAnew } from './sign-anew.ts';

/** A release, the run after it that reused its results, and the export of the release. */
export interface MadeRelease {
  readonly project: SealedProject;
  readonly run: string;
  readonly again: string;
  remove(): Promise<void>;
}

const notes = `import mlspec
def notes(metrics, out, depth: int):
    mlspec.log_metric("read", depth)
    print("noted")
    out.write({"depth": depth})
`;
const steps = `steps:
  notes: {python: 'notes.py:notes', inputs: {metrics: evaluation.metrics}, params: {depth: 3}, outputs: {out: Report}}
`;

/** Carries the release out, a run after it, and exports the release beside the project. */
export async function makeRelease(): Promise<MadeRelease> {
  const project = await createSealedProject({ more: steps });
  await project.write('notes.py', notes);
  const python = { MLSPEC_PYTHON: process.env['MLSPEC_TEST_PYTHON'] };
  const released = await project.tell('release', [], python);
  expect(released, released.ended.stderr).toMatchObject({ state: 'COMPLETE', gates: [{ verdict: 'pass' }] });
  expect((await project.tell('run', [], python)).state).toBe('COMPLETE');
  const [again, run] = await project.withRecord(async (metadata) => (await metadata.listRuns()).map(({ id }) => id));
  const exported = await project.mlspec(['export', run!, join(project.root, '..', 'exported')]);
  expect(exported.code, exported.stderr).toBe(0);
  return { project, run: run!, again: again!, remove: project.remove };
}

/** A copy of it that may be spoilt. */
export interface Spoilt {
  readonly root: string;
  readonly state: string;
  readonly keysDir: string;
  readonly exported: string;
  readonly run: string;
  readonly again: string;
  /** The rules that the run breaks; where it could not be looked at, the code of the error. */
  broken(run?: string): Promise<string[]>;
  /** The same of the exported release. */
  brokenExport(): Promise<string[]>;
  sql(...statements: readonly string[]): Promise<void>;
  query(statement: string): Promise<readonly Record<string, string>[]>;
  /** The file of an artifact that a step of the release left: of a folder, its first file. */
  fileOf(step: string, port: string): Promise<string>;
  /** Lets a statement of the release say something else, signed, and logged in its place; whatever names it names the new one. */
  forge(which: Which, change: (statement: Said) => void, signer?: Signer): Promise<void>;
  /** Carries out another release, of a declaration that was changed. */
  release(change: (declaration: string) => string): Promise<void>;
  /** Has the owner erase what a step of the release left at a port. */
  erase(step: string, port: string): Promise<void>;
  /** Makes the log's files and checkpoint of the entries that the record has now. */
  publish(): Promise<void>;
  /** Signs the exported folder as it is now. */
  signAnew(): Promise<void>;
  remove(): Promise<void>;
}

/** A statement to be changed: anything of it. */
// biome-ignore lint/suspicious/noExplicitAny: it is changed in every place.
export type Said = any;
/** Which statement: its type, and the step that it is of. */
export interface Which {
  readonly type: string;
  readonly step?: string;
}

/** Copies the keys, and the project or the export: one of the two may be left where it is, and is only read. */
export async function copyRelease({ project, run, again }: MadeRelease, left: 'project' | 'exported'): Promise<Spoilt> {
  const folder = await mkdtemp(join(tmpdir(), 'spoilt-'));
  for (const name of ['project', 'keys', 'exported'])
    if (name !== left) await cp(join(project.root, '..', name), join(folder, name), { recursive: true });
  const [root, keysDir, exported] = ['project', 'keys', 'exported'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const state = join(left === 'project' ? project.root : root, '.mlspec');
  const config = loadConfig({ env: { ...project.env, MLSPEC_KEYS_DIR: keysDir }, cwd: root });
  const asked = async <Answer>(ask: (database: Database) => Promise<Answer>): Promise<Answer> => {
    const database = await openDatabase({ kind: 'sqlite', path: join(state, 'metadata.db') });
    try {
      return await ask(database);
    } finally {
      await database.close();
    }
  };
  const publish = async (): Promise<void> => await asked((database) => publishAnew(config, database));
  return {
    ...{ root, state, keysDir, exported, run, again, publish },
    broken: async (which = run) => await brokenOf(verifyRecordedRun(config, which)),
    brokenExport: async () => await brokenOf(verifyExport(config, exported)),
    sql: async (...statements) =>
      await asked(async (database) => {
        for (const statement of statements) expect(await database.run(statement), statement).toBeGreaterThan(0);
      }),
    query: async (statement) => await asked(async (database) => await database.all(statement)),
    fileOf: async (step, port) => await asked((database) => findFile(database, state, { run, step, port })),
    forge: async (which, change, signer) => {
      const own = await openLocalSigner(keysDir, 'default');
      await asked((database) => forgeStatement(database, { run, which, change, signer: signer ?? own, own }));
      await publish();
    },
    release: async (change) => {
      const path = join(root, 'mlspec.yaml');
      await writeFile(path, change(await readFile(path, 'utf8')));
      const env = { ...project.env, MLSPEC_KEYS_DIR: keysDir, MLSPEC_PYTHON: process.env['MLSPEC_TEST_PYTHON'] };
      await promisify(execFile)(program, ['release'], { cwd: root, env });
    },
    erase: async (step, port) => {
      const [, shard, rest] = /(..)\/([^/]+)$/.exec(
        await asked((database) => findFile(database, state, { run, step, port })),
      )!;
      const request = { digests: [`sha256:${shard}${rest}`], why: 'a test', remove: true, onProgress: () => undefined };
      await eraseArtifacts(config, request);
    },
    signAnew: async () => await signFolderAnew(exported, keysDir),
    remove: async () => await rm(folder, { recursive: true, force: true }),
  };
}

async function brokenOf(verdict: ReturnType<typeof verifyRecordedRun>): Promise<string[]> {
  try {
    const { rules, isGood } = await verdict;
    const broken = rules.filter(({ holds }) => !holds).map(({ rule }) => rule);
    expect(isGood).toBe(broken.length === 0);
    return broken;
  } catch (error) {
    if (isPlatformError(error)) return [error.code];
    throw error;
  }
}

async function publishAnew(config: Config, database: Database): Promise<void> {
  await rm(join(config.stateDir, 'log'), { recursive: true, force: true });
  await publishLog(config, { metadata: await openMetadata(database), signing: openSigning(config) });
}

async function findFile(
  database: Database,
  state: string,
  { run, step, port }: { readonly run: string; readonly step: string; readonly port: string },
): Promise<string> {
  const rows = await database.all<{ digest: string; kind: string }>(
    `select digest, artifacts.kind from artifacts join events on artifact_id = artifacts.id
     join executions on executions.id = execution_id
     where run_id = ? and step = ? and port = ? and direction = 'OUTPUT'`,
    [run, step, port],
  );
  const pathOf = (kind: string, digest: string): string =>
    join(state, 'artifacts', `${kind}s`, digest.slice(7, 9), digest.slice(9));
  const [{ digest, kind }] = rows as [{ digest: string; kind: string }];
  if (kind === 'file') return pathOf('blob', digest);
  return pathOf('blob', parseManifest(await readFile(pathOf('tree', digest)))[0]!.digest);
}

interface Row {
  readonly digest: string;
  readonly body: string;
  readonly log_place: number;
  readonly run_id: string;
}

interface Forgery {
  readonly run: string;
  readonly which: Which;
  readonly change: (statement: Said) => void;
  readonly signer: Signer;
  /** Signs everything that names the forged one. */
  readonly own: Signer;
}

async function forgeStatement(database: Database, forgery: Forgery): Promise<void> {
  const { run, which, change, signer, own } = forgery;
  const rows = await allRows(database);
  const target = rows.find(({ body, run_id }) => run_id === run && isWhich(JSON.parse(body), which))!;
  const statement = JSON.parse(target.body) as Statement;
  change(statement);
  const waiting = [{ row: target, body: canonicalJson(statement), signer }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { row, body } = next;
    const digest = await putStatement(database, next);
    if (digest === row.digest) continue;
    const naming = (await allRows(database)).filter((one) => one.body.includes(row.digest));
    for (const one of naming) waiting.push({ row: one, body: one.body.replaceAll(row.digest, digest), signer: own });
    expect(body).not.toBe(row.body);
  }
}

async function allRows(database: Database): Promise<Row[]> {
  const columns = 'digest, body, log_place, run_id';
  return await database.all<Row>(`select ${columns} from statements union all select ${columns} from run_statements`);
}

function isWhich({ predicateType, predicate }: Said, { type, step }: Which): boolean {
  const of = predicate.mlspec_step ?? predicate.buildDefinition?.externalParameters?.step;
  return predicateType.includes(type) && (step === undefined || of === step);
}

async function putStatement(
  database: Database,
  { row, body, signer }: { readonly row: Row; readonly body: string; readonly signer: Signer },
): Promise<string> {
  const digest = digestOf(body);
  const signed = await signStatement({ body, digest, statement: JSON.parse(body) }, [signer], Date.now());
  for (const table of ['statements', 'run_statements'])
    await database.run(`update ${table} set digest = ?, body = ?, signatures = ? where digest = ?`, [
      digest,
      body,
      JSON.stringify(signed.signatures),
      row.digest,
    ]);
  await database.run('update log_entries set entry = ? where place = ?', [signed.logEntry, row.log_place]);
  return digest;
}

/** Every file below a folder, as paths relative to it. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Changes one bit in the middle of a file, or where something stands in it. */
export async function flip(path: string, at?: string): Promise<void> {
  const bytes = await readFile(path);
  const place = at === undefined ? bytes.length >> 1 : bytes.indexOf(at);
  expect(place, `${at} in ${path}`).toBeGreaterThanOrEqual(0);
  bytes[place]! ^= 1;
  await chmod(path, 0o600);
  await writeFile(path, bytes);
}

/** Cuts the last byte off; the half, where the last may say nothing. */
export async function cut(path: string): Promise<void> {
  const { length } = await readFile(path);
  await chmod(path, 0o600);
  await truncate(path, /\.(db|json)$/.test(path) ? length >> 1 : length - 1);
}
