/*
 * What a step of a project starts, as the user who carries the project out: one attack on the run that is going on, by its
 * name. It knows nothing but what every program of that user can find out: the process that started it, the home folder, the
 * project. It writes down what it reached, and says that it has attacked; the step beside it waits for that.
 * Arguments: the name of the attack, and a Python interpreter.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { createLocalArtifacts } from '../../src/artifacts/index.ts';
import { newSigner } from '../../src/provenance/fixtures/new-signer.ts';
import { type Signer, signerOf, signStatement } from '../../src/provenance/index.ts';
import { signFolder } from '../../src/provenance/model-signing/index.ts';

const [attack, python] = process.argv.slice(2) as [string, string];
const { MLSPEC_INPUT_X: input, MLSPEC_OUTPUT_OUT: output } = process.env;
const base = join(process.cwd(), '..');
const state = join(process.cwd(), '.mlspec');
const engine = process.ppid;
let answer = `${readFileSync(input!, 'utf8')}attacked\n`;

const attacks: Readonly<Record<string, () => unknown>> = {
  nothing: () => 'nothing',
  'key in the own environment': () => match(Object.entries(process.env).join('\n'), /MLSPEC_KEYS_DIR|PRIVATE KEY/),
  'key below the home folder': () => findPem().path,
  'variables of the engine': () => match(variablesOf(engine), /MLSPEC_SIGNING_KEY=-+BEGIN PRIVATE KEY/),
  'open files of the engine': () => match(openFilesOf(engine), /\.pem/),
  'memory of the engine': readMemory,
  'ptrace of the engine': trace,
  'signing with a key that was found': forgeStatement,
  'a statement without a key': () =>
    sql(`update statements set body = replace(body, '"seed":0', '"seed":1') where ${ofStep('a')}`),
  'a metric in the record': () =>
    sql(`insert into metrics select id, 'accuracy', 0, 0.9999, 1 from executions where step = 'a'`),
  'a program left behind': leaveBehind,
  'parameters in the record': () => sql(`update executions set params = '{"trees":1000}' where step = 'a'`),
  'how long a step took': () => sql(`update executions set usage = '{"durationMs":1234567}' where step = 'a'`),
  'an execution that never was': inventExecution,
  'the digest of an artifact in the record': () =>
    sql(`update artifacts set digest = 'sha256:${'0'.repeat(64)}' where id in (${outputOf('a')})`),
  'a result that is there to be reused': poisonCache,
  'an earlier run taken out of the record': hideRun,
  'an artifact of the store': () => replaceBlob((path) => writeFileSync(path, 'false\n')),
  'an artifact taken away': () => replaceBlob((path) => rmSync(path)),
  'files of the log': spoilLog,
  'a checkpoint of a key of its own': foreignCheckpoint,
  'whom the user trusts': trustOneself,
  'the declaration': () => replaceText(join(process.cwd(), 'mlspec.yaml'), 'echo 1', 'echo 2'),
  'the code of a later step': () => writeFileSync('helper.sh', 'echo false'),
  'the code of a step beside it': async () => {
    await stepBeside();
    writeFileSync('part.sh', 'echo false');
  },
  'its own inputs': ownInput,
  'outputs of a step beside it': () => replaceBeside('outputs/out'),
  'inputs of a step beside it': () => replaceBeside('inputs/x/0'),
  'files of MLSpec': () =>
    accessSync(fileURLToPath(new URL('../../src/provenance/verify/rules.ts', import.meta.url)), constants.W_OK),
  'the engine, killed': () => process.kill(engine, 'SIGKILL'),
};

try {
  const how = await attacks[attack]!();
  writeFileSync(join(base, 'reached.json'), JSON.stringify({ reached: how !== null, how: String(how) }));
} catch (error) {
  writeFileSync(join(base, 'reached.json'), JSON.stringify({ reached: false, how: String(error) }));
}
writeFileSync(output!, answer);
writeFileSync(join(base, 'attacked'), '');

function match(found: string, wanted: RegExp): string | null {
  return wanted.exec(found)?.[0] ?? null;
}

function variablesOf(id: number): string {
  return readFileSync(`/proc/${id}/environ`, 'latin1');
}

function openFilesOf(id: number): string {
  return readdirSync(`/proc/${id}/fd`)
    .map((name) => readlinkSync(`/proc/${id}/fd/${name}`))
    .join('\n');
}

/** Looks for the file of a private key wherever the user keeps things. */
function findPem(): { path: string; text: string } {
  for (const path of filesBelow(homedir())) {
    if (!path.endsWith('default.pem')) continue;
    const found = readFileSync(path, 'utf8');
    if (found.includes('PRIVATE KEY')) return { path, text: found };
  }
  throw new Error('there is no key');
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function readMemory(): string | null {
  const start = /^([0-9a-f]+)-[0-9a-f]+ rw/m.exec(readFileSync(`/proc/${engine}/maps`, 'latin1'))![1]!;
  const bytes = Buffer.alloc(4096);
  const count = readSync(openSync(`/proc/${engine}/mem`, 'r'), bytes, 0, bytes.length, BigInt(`0x${start}`));
  return count > 0 ? `${count} bytes` : null;
}

/** PTRACE_SEIZE does not stop the engine; the end of the tracer lets it go. */
function trace(): string | null {
  const script = `import ctypes; print(ctypes.CDLL(None, use_errno=True).ptrace(0x4206, ${engine}, 0, 0))`;
  return spawnSync(python, ['-c', script], { encoding: 'utf8' }).stdout.trim() === '0' ? 'seized' : null;
}

/** In a session of its own, without the variable by which programs of a step are known. */
function leaveBehind(): string {
  const code = `setTimeout(() => {}, 120_000)`;
  const child = spawn(process.execPath, ['-e', code], { detached: true, stdio: 'ignore', env: {}, cwd: '/' });
  child.unref();
  return String(child.pid);
}

function sql(...statements: readonly string[]): string {
  const database = new DatabaseSync(join(state, 'metadata.db'), { timeout: 10_000 });
  try {
    const changes = statements.map((statement) => Number(database.prepare(statement).run().changes));
    if (changes.includes(0)) throw new Error(`nothing was changed: ${changes}`);
    return `${changes} rows`;
  } finally {
    database.close();
  }
}

function row(query: string): Record<string, string> {
  const database = new DatabaseSync(join(state, 'metadata.db'), { timeout: 10_000 });
  try {
    return database.prepare(query).get() as Record<string, string>;
  } finally {
    database.close();
  }
}

/** The execution of a step in this run. */
function ofStep(step: string): string {
  return `execution_id = (select id from executions where step = '${step}' order by started_at_ms desc limit 1)`;
}

function outputOf(step: string): string {
  return `select artifact_id from events where port = 'out' and direction = 'OUTPUT' and ${ofStep(step)}`;
}

/** Lets the statement of an earlier step, and the record, say that it ran at another time, signed as the engine signs, entry of the log and all. */
async function forgeStatement(): Promise<string> {
  const signer: Signer = signerOf(findPem().text, { place: 'found' });
  const { body, log_place: place, execution_id: execution } = row(`select * from statements where ${ofStep('a')}`);
  const statement = JSON.parse(body!);
  statement.predicate.runDetails.metadata.startedOn = '1999-12-31T00:00:00Z';
  const forged = body!.replace(/"startedOn":"[^"]*"/, '"startedOn":"1999-12-31T00:00:00.000Z"');
  const digest = `sha256:${createHash('sha256').update(forged).digest('hex')}` as const;
  const signed = await signStatement({ body: forged, digest, statement } as never, [signer], Date.now());
  const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
  return sql(
    `update statements set body = ${text(forged)}, digest = '${digest}', signatures = ${text(JSON.stringify(signed.signatures))} where ${ofStep('a')}`,
    `update log_entries set entry = ${text(signed.logEntry)} where place = ${place}`,
    `update executions set started_at_ms = ${Date.parse('1999-12-31')} where id = '${execution}'`,
  );
}

/** Adds a better attempt of an earlier step, of which no statement tells. */
function inventExecution(): string {
  const copied = `run_id, step, kind, state, static_key, cached_from, attempt + 1, params, code, environment, machine, error, usage, small_values, started_at_ms + 1, ended_at_ms`;
  return sql(
    `insert into executions select 'exe_invented', ${copied} from executions where id = (select id from executions where step = 'a' order by started_at_ms desc limit 1)`,
  );
}

/** Puts a false content in the place of what the last step would reuse. */
async function poisonCache(): Promise<string> {
  const { digest } = await createLocalArtifacts({ root: join(state, 'artifacts') }).putBytes('false\n');
  const entry = `select json_extract(outputs, '$.out.digest') as digest from cache_entries where ${ofStep('c')}`;
  return sql(
    `update cache_entries set outputs = replace(outputs, '${row(entry)['digest']}', '${digest}') where ${ofStep('c')}`,
  );
}

/** Takes the run before this one out of the record and out of the log, as if it had never been. */
function hideRun(): string {
  const { id } = row('select id from runs order by started_at_ms limit 1');
  const places = `(select log_place from statements where run_id = '${id}' union select log_place from run_statements where run_id = '${id}')`;
  const done = sql(
    `update log_size set size = size - (select count(*) from log_entries where place in ${places})`,
    `delete from log_entries where place in ${places}`,
    `delete from run_statements where run_id = '${id}'`,
    `delete from statements where run_id = '${id}'`,
  );
  return done;
}

async function replaceBlob(change: (path: string) => void): Promise<string> {
  await stepBeside();
  const { digest } = row(`select digest from artifacts where id in (${outputOf('a')})`);
  const hex = digest!.slice('sha256:'.length);
  const path = join(state, 'artifacts', 'blobs', hex.slice(0, 2), hex.slice(2));
  chmodSync(dirname(path), 0o700);
  chmodSync(path, 0o600);
  change(path);
  return path;
}

function spoilLog(): string {
  const files = filesBelow(join(state, 'log'));
  for (const path of files) {
    if (path.endsWith('checkpoint')) truncateSync(path, 20);
    else writeFileSync(path, readFileSync(path).reverse());
  }
  return files.join();
}

/** The text of the checkpoint as it was, under a signature that nobody knows. */
function foreignCheckpoint(): string {
  const path = join(state, 'log', 'checkpoint');
  const [text, lines] = readFileSync(path, 'utf8').split('\n\n') as [string, string];
  const name = lines.split(' ')[1];
  writeFileSync(path, `${text}\n\n\u2014 ${name} ${Buffer.alloc(68, 7).toString('base64')}\n`);
  return path;
}

/** Adds a key of its own to those that the user trusts, and leaves a folder that it signed. */
async function trustOneself(): Promise<string> {
  const signer = newSigner();
  const path = join(dirname(findPem().path), 'trust.json');
  const trust = JSON.parse(readFileSync(path, 'utf8'));
  const { keyId, algorithm, publicKey } = signer;
  trust.keys.push({ name: 'me', keyId, algorithm, publicKey, roles: ['owner', 'runner'], sinceMs: 1, end: null });
  writeFileSync(path, JSON.stringify(trust));
  const gift = join(base, 'gift');
  mkdirSync(gift);
  writeFileSync(join(gift, 'model'), 'false');
  const digest = `sha256:${createHash('sha256').update('false').digest('hex')}` as const;
  writeFileSync(
    `${gift}.sig`,
    await signFolder({ name: 'gift', files: [{ name: 'model', digest }], ignored: [] } as never, signer),
  );
  return path;
}

function replaceText(path: string, from: string, to: string): string {
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
  return path;
}

/** Works on another content, and puts the file back. */
function ownInput(): string {
  const given = readFileSync(input!);
  writeFileSync(input!, 'false\n');
  answer = `${readFileSync(input!, 'utf8')}attacked\n`;
  writeFileSync(input!, given);
  return input!;
}

/** The folder of the step that runs at the same time, once it has read its input and left its output. */
async function stepBeside(): Promise<string> {
  const folder = join(state, 'scratch');
  for (let tried = 0; tried < 400; tried++) {
    const other = readdirSync(folder).find((one) => existsSync(join(folder, one, 'work', 'ready')));
    if (other !== undefined) return join(folder, other);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('no step ran beside this one');
}

async function replaceBeside(name: string): Promise<string> {
  const path = join(await stepBeside(), name);
  writeFileSync(path, 'false\n');
  return path;
}
