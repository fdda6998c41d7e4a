/* All that a project tells to somebody who reads whatever MLSpec wrote: for comparing two projects that differ in what is sealed alone. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SealedProject, Told } from './sealed-project.ts';
import { filesBelow } from './search-files.ts';

/** What differs between any two runs: names, instants, durations, digests, signatures. The models differ in where they cut sealed rows. */
function plain(text: string): string {
  return text
    .replaceAll(/\bM[DE][0-9A-Za-z+/]C[0-9A-Za-z+/]{80,96}={0,2}/g, 'SIGNATURE')
    .replaceAll(/\b(10|99)\.5\b/g, 'FAR')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/sha256:[0-9a-f]{8,64}/g, 'DIGEST')
    .replaceAll(/\b(run|exe|art|prj|lease|partial)_[0-9A-Za-z]+/g, 'ID')
    .replaceAll(/engine-\w+/g, 'PROJECT')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z|\b1[67]\d{11}\b/g, 'INSTANT')
    .replaceAll(/\b([0-9a-f]{16}){1200}\b/g, 'SKETCH')
    .replaceAll(/(?<![.\w])[0-9a-f]{8,64}\b/g, 'HEX')
    .replaceAll(/\d+(\.\d+)? ?(ms|s)\b/g, 'DURATION');
}

const measured = /(Ms|Seconds|MemoryBytes|_ms|Mark|pid)$/;

/** A value with what was measured of time and machine left out, and JSON inside of texts too. */
function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === 'string') return comparableText(value);
  if (value === 10.5 || value === 99.5) return 'FAR';
  if (Array.isArray(value)) return value.map((one) => JSON.stringify(comparable(one))).sort();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      plain(key),
      measured.test(key) && one !== null ? 'MEASURED' : comparable(one),
    ]),
  );
}

/** A text; where it is JSON, what it holds. */
function comparableText(text: string): unknown {
  if (!/^[{[]/.test(text)) return plain(text);
  try {
    return comparable(JSON.parse(text));
  } catch {
    return plain(text);
  }
}

/** The lines of everything in the databases and small files of a project's state, and the sizes of all files. */
export function storedTexts(project: SealedProject): string[] {
  const state = join(project.root, '.mlspec');
  const lines: string[] = [];
  for (const path of filesBelow([state, join(project.root, '..', 'keys')])) {
    const name = plain(relative(state, path)).replace(/\/[0-9a-f]{2}\//, '/');
    // The log holds hashes of the statements that stand in the database, and signatures.
    if (name === 'log/checkpoint') lines.push(name);
    else if (name.startsWith('log/')) lines.push(`${name} ${readFileSync(path).length} bytes`);
    else if (/\.db$/.test(path)) lines.push(...tablesOf(path).map((line) => `${name} ${line}`));
    else if (!/-(wal|shm)$|stat-cache|\.sealing$/.test(path)) lines.push(`${name} ${contentOf(path)}`);
  }
  return lines.sort();
}

function contentOf(path: string): string {
  const bytes = readFileSync(path);
  const head = bytes.subarray(0, 8).toString('latin1');
  if (head === 'MLSEALED') return `sealed, ${bytes.length} bytes`;
  if (head.startsWith('PAR1')) return `a table of ${bytes.length} bytes`;
  return JSON.stringify(comparable(openedText(bytes.toString('latin1'))));
}

/** A text as it is, and of an envelope what is inside. */
function openedText(text: string): string {
  if (!text.startsWith('{"payloadType":')) return text;
  const { payload, ...rest } = JSON.parse(text) as { readonly payload: string };
  return `${Buffer.from(payload, 'base64').toString('utf8')} ${JSON.stringify(rest)}`;
}

function tablesOf(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = database.prepare("select name from sqlite_master where type = 'table' order by name").all();
    return tables.flatMap(({ name }) =>
      database
        .prepare(`select * from "${name}"`)
        .all()
        .map((row) => `${name} ${JSON.stringify(comparable(row))}`),
    );
  } finally {
    database.close();
  }
}

/** What commands that read the record answer, a line each. */
export async function answers(project: SealedProject, commands: readonly (readonly string[])[]): Promise<string[]> {
  const told: string[] = [];
  for (const args of commands) {
    const { code, stdout, stderr } = await project.mlspec(args);
    const lines = `${stdout}\n${stderr}`.split('\n').map((line) => JSON.stringify(comparable(line)));
    told.push(`${args.join(' ')}: exit ${code}`, ...lines);
  }
  return told;
}

/** What a command with `--json` said on its way: exit code and lines. How far steps had come when they said so is left out, and that they were still at work. */
export function toldLines({ ended }: Told): string[] {
  const lines = `${ended.stdout}\n${ended.stderr}`.split('\n').filter((line) => !/"(progress|heartbeat)"/.test(line));
  return [`exit ${ended.code}`, ...lines.map((line) => JSON.stringify(comparable(line)))].sort();
}

/** The lines that only one of two lists has. */
export function differences(left: readonly string[], right: readonly string[]): string[] {
  const rest = [...right];
  const only = left.filter((line) => {
    const at = rest.indexOf(line);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  return [...only.map((line) => `- ${line}`), ...rest.map((line) => `+ ${line}`)];
}
