/**
 * A process that takes statements into a log and publishes it, and is killed at one of its writes: of a file, before it, in the
 * middle, or of a statement in SQL. Says what it has acknowledged, a line each: `entry PLACE`, `log SIZE`; and, where it comes
 * to its end, `write KIND` for each write that there was.
 */
import { writeSync } from 'node:fs';
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { openDatabase } from '../../src/database/index.ts';
import { openMetadata } from '../../src/metadata/index.ts';
import { openLocalSigner } from '../../src/provenance/index.ts';
import { extendLog } from '../../src/provenance/log/index.ts';
import { sampleStatement } from '../contract/metadata-records.ts';

const { place, run, origin, turns, nth, isMiddle } = JSON.parse(process.argv[2]!) as {
  /** Where database, log and keys are. */
  place: string;
  run: string;
  origin: string;
  /** How many statements each turn takes in, before the log is published. */
  turns: readonly number[];
  /** The write at which it dies, from 1; 0: none. */
  nth: number;
  /** Whether it dies in the middle of the content that is written, and not before. */
  isMiddle: boolean;
};

const say = (line: string): void => void writeSync(1, `${line}\n`);
const writes: string[] = [];
let isCounting = false;

/** Whether the process dies in the middle of this write; dies, where it is to do so before. */
function isLast(kind: 'content' | 'name' | 'sql'): boolean {
  if (!isCounting) return false;
  writes.push(kind);
  if (writes.length !== nth) return false;
  return isMiddle || die();
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('killed');
}

const { mkdir, rename, rm, writeFile } = files;
files.mkdir = (async (...given: Parameters<typeof mkdir>) => {
  isLast('name');
  return await mkdir(...given);
}) as typeof mkdir;
files.rename = async (...given) => {
  isLast('name');
  await rename(...given);
};
files.rm = async (...given) => {
  isLast('name');
  await rm(...given);
};
files.writeFile = async (path, content, ...rest) => {
  if (isLast('content')) {
    const bytes = Buffer.from(content as Uint8Array);
    await writeFile(path, bytes.subarray(0, bytes.length >> 1));
    die();
  }
  await writeFile(path, content, ...rest);
};
syncBuiltinESMExports();
const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (sql) {
  isLast('sql');
  return exec.call(this, sql);
};
const statements: { run(...given: unknown[]): unknown } = StatementSync.prototype;
const runStatement = statements.run;
statements.run = function (this: StatementSync, ...given) {
  isLast('sql');
  return runStatement.apply(this, given);
};

const store = await openMetadata(await openDatabase({ kind: 'sqlite', path: `${place}/metadata.db` }));
const signer = await openLocalSigner(`${place}/keys`, 'log');
let size = await store.logSize();
isCounting = true;
for (const count of turns) {
  for (let one = 0; one < count; one++) {
    const about = { runId: run, predicateType: 'urn:later' };
    await store.putRunStatement(about, sampleStatement(`{"later":${size}}`));
    say(`entry ${size}`);
    size += 1;
  }
  const read = async (from: number, to: number): Promise<Buffer[]> =>
    (await store.logEntries(from, to)).map((entry) => Buffer.from(entry));
  await extendLog(`${place}/log`, { size, read, signer, origin });
  say(`log ${size}`);
}
isCounting = false;
for (const kind of writes) say(`write ${kind}`);
await store.close();
