/*
 * A program that a step started and left behind: it runs as the same user, in a session of its own, and tries every way
 * to the sealed part that MLSpec does not hand out, while the project is carried out. It writes down what it reached.
 * Arguments: the folder around the project, and the file to write.
 */
import {
  accessSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createSealingKey, unsealToBuffer } from '../../src/provenance/index.ts';
import { createDuckDb } from '../../src/tables/index.ts';
import { filesBelow, findSealed } from './search-files.ts';

const [folder, report] = process.argv.slice(2) as [string, string];
const project = join(folder, 'project');
const state = join(project, '.mlspec');
const canary = readFileSync(join(folder, 'canary'), 'utf8');
const reached: Record<string, string> = {};
const engine = await createDuckDb();

const attempts: Readonly<Record<string, () => Promise<string | null> | string | null>> = {
  'raw-sources': () => (readFileSync(join(project, 'rows.csv'), 'utf8').includes(canary) ? 'rows.csv' : null),
  'named-datasets': async () => (await sealedTables([join(state, 'artifacts', 'blobs')]))[0] ?? null,
  'key-file': withKeyFile,
  'process-memory': memoryOfEngine,
  'work-folders': whileStepsRun,
  'model-code': () => (readdirSync(folder).includes('asked-of-the-model') ? 'the model wrote what it was asked' : null),
  ledger: deletableLedger,
};

for (;;) {
  for (const [way, attempt] of Object.entries(attempts)) {
    if (way in reached) continue;
    const how = await Promise.resolve()
      .then(attempt)
      .catch(() => null);
    if (how !== null) reached[way] = how;
  }
  writeFileSync(`${report}.next`, JSON.stringify(reached));
  renameSync(`${report}.next`, report);
  await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Programs of the project that run, with their arguments and variables, as the system shows them to their user. */
function programs(): { readonly id: string; readonly line: string; readonly variables: string }[] {
  return readdirSync('/proc')
    .filter((id) => /^\d+$/.test(id) && Number(id) !== process.pid)
    .flatMap((id) => {
      try {
        const [line, variables] = ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${id}/${name}`, 'latin1'));
        return readlinkSync(`/proc/${id}/cwd`).startsWith(project) ? [{ id, line: line!, variables: variables! }] : [];
      } catch {
        return [];
      }
    });
}

function engineProcess(): string | undefined {
  return programs().find(({ line }) => line.includes('\0release\0'))?.id;
}

/** Finds the folder of the keys in the engine's variables, and opens the sealed part with the key that lies there. */
async function withKeyFile(): Promise<string | null> {
  const variables = programs().flatMap(({ variables: text }) => text.split('\0'));
  const keys = variables.find((text) => text.startsWith('MLSPEC_KEYS_DIR='))?.slice('MLSPEC_KEYS_DIR='.length);
  if (keys === undefined) return null;
  const name = readdirSync(keys).find((file) => file.startsWith('prj') && file.endsWith('.sealing'))!;
  const text = readFileSync(join(keys, name), 'utf8').trim().split(' ')[1]!;
  const key = createSealingKey(Buffer.from(text, 'base64url'));
  for (const path of filesBelow([join(state, 'artifacts', 'blobs')])) {
    const binding = { project: 'cuts', part: 'test' };
    const bytes = await unsealToBuffer(path, key, { binding }).catch(() => null);
    if (bytes !== null) return `opened ${path} with ${name}: ${bytes.length} bytes`;
  }
  return null;
}

function memoryOfEngine(): string | null {
  const id = engineProcess();
  if (id === undefined) return null;
  const start = /^([0-9a-f]+)-[0-9a-f]+ rw/m.exec(readFileSync(`/proc/${id}/maps`, 'latin1'))![1]!;
  const bytes = Buffer.alloc(4096);
  const count = readSync(openSync(`/proc/${id}/mem`, 'r'), bytes, 0, bytes.length, BigInt(`0x${start}`));
  return count > 0 ? `read ${count} bytes of process ${id}` : null;
}

/** Looks into the folders of steps that run for tables with sealed rows. */
async function whileStepsRun(): Promise<string | null> {
  const found = await sealedTables([join(state, 'scratch')]);
  return found.find((path) => path.includes('/work/')) ?? null;
}

async function sealedTables(folders: readonly string[]): Promise<string[]> {
  const found = await findSealed(filesBelow(folders), { canary, sealedRows: 1_200 }, (sql) => engine.rows(sql));
  return found.filter((line) => !line.includes('/inputs/'));
}

function deletableLedger(): string | null {
  const [log] = filesBelow([join(folder, 'keys', 'uses')]);
  if (log === undefined) return null;
  for (const path of [join(state, 'ledger.db'), state, log, dirname(log)]) accessSync(path, constants.W_OK);
  return 'ledger and use log can be removed';
}
