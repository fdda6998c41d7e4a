import { type ChildProcess, spawn } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openDatabase } from '../../src/database/index.ts';
import { type ExecutionRecord, type MetadataStore, openMetadata, type RunRecord } from '../../src/metadata/index.ts';
import type { RunEvent } from '../../src/pipeline/index.ts';
import { program } from '../program.ts';

/** How one command line ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The NDJSON events, where `--json` was given. */
  readonly events: readonly RunEvent[];
  /** How each step ended. */
  readonly states: Readonly<Record<string, string>>;
  readonly record: string | null;
}

/** A folder with a declaration of a few commands, its own state, keys and caches. */
export interface Project {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  write(path: string, text: string): Promise<void>;
  /** Writes the declaration; `steps` is its `steps` section. */
  declare(steps: string, head?: string): Promise<void>;
  start(args: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess;
  mlspec(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended>;
  run(args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended>;
  /** How often each step really ran: its command appends its name to the file `log` outside the project. */
  ran(): Promise<string[]>;
  forgetRan(): Promise<void>;
  readonly log: string;
  withRecord<T>(ask: (metadata: MetadataStore) => Promise<T>): Promise<T>;
  remove(): Promise<void>;
}

const head = `mlspec: 1
name: tiny
task: {kind: regression, label: y}
ingestion: {sources: {d: {csv: d.csv}}}
secrets: [TOKEN]
params: {size: {type: integer, default: 3}}
`;

/** Makes an empty project in a temporary folder. */
export async function createProject(): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'engine-'));
  const root = join(folder, 'project');
  const log = join(folder, 'ran.log');
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: folder,
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    CI: '1',
    MLSPEC_KEYS_DIR: join(folder, 'keys'),
    MLSPEC_CACHE_DIR: join(tmpdir(), 'engine-test-cache'),
  };
  await mkdir(root, { recursive: true });
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await write('d.csv', 'x,y\n1,2\n');
  await writeFile(log, '');
  const start: Project['start'] = (args, more = {}) =>
    spawn(program, [...args], { cwd: root, env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
  const mlspec: Project['mlspec'] = async (args, more) => await endOf(start(args, more));
  return {
    root,
    env,
    log,
    write,
    declare: async (steps, before = head) => await write('mlspec.yaml', `${before}steps:\n${steps}`),
    start,
    mlspec,
    run: async (args = [], more) => await mlspec(['run', '--json', '--until', 'steps', ...args], more),
    ran: async () => (await readFile(log, 'utf8')).split('\n').filter((line) => line !== ''),
    forgetRan: async () => await writeFile(log, ''),
    withRecord: async (ask) => {
      const metadata = await openMetadata(
        await openDatabase({ kind: 'sqlite', path: join(root, '.mlspec', 'metadata.db') }),
      );
      try {
        return await ask(metadata);
      } finally {
        await metadata.close();
      }
    },
    remove: async () => await rm(folder, { recursive: true, force: true }),
  };
}

/** Waits for the end of a command line. */
export async function endOf(child: ChildProcess): Promise<Ended> {
  const [stdout, stderr] = [collect(child.stdout!), collect(child.stderr!)];
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once('close', (exitCode, exitSignal) => resolve([exitCode, exitSignal])),
  );
  const events = (await stdout)
    .split('\n')
    .flatMap((line): RunEvent[] => (line.startsWith('{') ? [JSON.parse(line)] : []));
  const states = Object.fromEntries(
    events.flatMap((event) => (event.type === 'step' && event.state !== 'running' ? [[event.step, event.state]] : [])),
  );
  const ended = events.find((event) => event.type === 'run-ended');
  return { code, signal, stdout: await stdout, stderr: await stderr, events, states, record: ended?.record ?? null };
}

/** Waits until a command line has said something on standard output; to be asked for as soon as it was started. */
export async function said(child: ChildProcess, what: RegExp): Promise<void> {
  let text = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout!.on('data', (chunk) => {
      text += String(chunk);
      if (what.test(text)) resolve();
    });
    child.once('close', () => reject(new Error(`it ended and never said ${what}: ${text}`)));
  });
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  stream.on('data', (chunk) => {
    text += String(chunk);
  });
  await new Promise((resolve) => stream.once('close', resolve));
  return text;
}

/** A step that is a command of the shell; it appends its name to the log of what ran. */
export function shellStep(name: string, script: string, rest = ''): string {
  const command = JSON.stringify(`echo ${name} >> ../ran.log; ${script}`);
  return `  ${name}:\n    command: [sh, -ec, ${command}]\n    outputs: {out: Any}\n${rest.replaceAll(/^(?=.)/gm, '    ')}\n`;
}

/** Everything that must hold of a project's state when no engine works on it. */
export async function checkState(project: Project): Promise<string[]> {
  const wrong: string[] = [];
  await project.withRecord(async (metadata) => {
    for (const run of await metadata.listRuns({ limit: 1000 })) wrong.push(...(await checkRun(metadata, run)));
    wrong.push(...(await checkLog(metadata)));
  });
  const state = join(project.root, '.mlspec');
  for (const folder of ['scratch', 'artifacts/temp']) {
    const left = await readdir(join(state, folder)).catch(() => []);
    if (left.length > 0) wrong.push(`${folder} holds ${left.join(', ')}`);
  }
  return wrong;
}

async function checkRun(metadata: MetadataStore, run: RunRecord): Promise<string[]> {
  const wrong: string[] = [];
  if (run.state === 'RUNNING' || run.endedAtMs === null) wrong.push(`run ${run.id} is ${run.state}`);
  const executions = await metadata.executions(run.id);
  const attested = new Map((await metadata.statements(run.id)).map((one) => [one.executionId, JSON.parse(one.body)]));
  for (const execution of executions) {
    if (execution.state === 'NEW' || execution.state === 'RUNNING' || execution.endedAtMs === null)
      wrong.push(`execution of ${execution.step} is ${execution.state}`);
    const statement = attested.get(execution.id);
    if (statement === undefined) wrong.push(`the end of ${execution.step} (${execution.state}) is not attested`);
    else if (!JSON.stringify(statement).includes(`"${execution.state}"`))
      wrong.push(`the statement of ${execution.step} does not say ${execution.state}`);
    wrong.push(...(await checkOutputs(metadata, execution)));
  }
  return wrong;
}

/** Each statement is signed and has the entry of its place; no entry is without a statement. */
async function checkLog(metadata: MetadataStore): Promise<string[]> {
  const statements = await metadata.allStatements();
  const entries = await metadata.logEntries(0, await metadata.logSize());
  const wrong = statements.filter(
    ({ digest, signatures, logPlace }) =>
      signatures.length === 0 || logPlace === null || !entries[logPlace]?.includes(`"${digest}"`),
  );
  const lost =
    entries.length === statements.length ? [] : [`${entries.length} entries of ${statements.length} statements`];
  return [...wrong.map(({ digest }) => `statement ${digest} is not signed or not logged`), ...lost];
}

async function checkOutputs(metadata: MetadataStore, execution: ExecutionRecord): Promise<string[]> {
  const outputs = (await metadata.events([execution.id])).filter((event) => event.direction === 'OUTPUT');
  const artifacts = await metadata.artifacts(outputs.map((event) => event.artifactId));
  const made = artifacts.filter((artifact) => artifact.type !== 'Log' && artifact.type !== 'File').length;
  if (execution.state !== 'COMPLETE' && execution.state !== 'CACHED')
    return made === 0 ? [] : [`${execution.step} is ${execution.state} and has outputs`];
  return made === 0 ? [`${execution.step} is ${execution.state} and has no outputs`] : [];
}

/** The processes that work on steps of a project now. */
export async function processesOfSteps(project: Project): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = ids.map(async (id) => {
    const text = await readFile(`/proc/${id}/environ`, 'latin1').catch(() => '');
    return text.includes('MLSPEC_EXECUTION=') && text.includes(project.root) ? [Number(id)] : [];
  });
  return (await Promise.all(found)).flat();
}

/** Appends to a file outside the project. */
export async function note(project: Project, text: string): Promise<void> {
  await appendFile(project.log, `${text}\n`);
}

/** Asks again and again until something is so; by default for at most ten seconds. */
export async function until(
  isSo: () => Promise<boolean> | boolean,
  { everyMs = 50, tries = 200 }: { readonly everyMs?: number; readonly tries?: number } = {},
): Promise<void> {
  for (let tried = 0; tried < tries; tried++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new Error(`it did not come to pass within ${(everyMs * tries) / 1000} seconds`);
}
