/*
 * A second memory of the uses of sealed parts, in a folder that belongs to the user and not to the project: one file a
 * part, to which lines are only added. It is there so that a ledger that was deleted, or put back as it was before, does
 * not give a part its uses again. The ledger takes from it what it lacks, and gives it what the log lacks.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Digest, isDigest } from '../encoding/index.ts';

/** One thing that happened to a part. */
export type UseLogLine =
  | {
      readonly what: 'spent';
      readonly gateDigest: string;
      /** Absent in lines from before it was written down. */
      readonly commitment?: string;
      readonly model: string;
      readonly gate: string;
      readonly feedback: 'none' | 'first_change' | 'full';
      readonly atMs: number;
    }
  | {
      readonly what: 'settled';
      readonly gateDigest: string;
      readonly model: string;
      readonly bit: 'pass' | 'fail' | null;
      readonly closedBit: string | null;
      readonly atMs: number;
    }
  | { readonly what: 'retired'; readonly atMs: number }
  /** The sketch of the part's rows: see `shared-rows.ts`. */
  | { readonly what: 'rows'; readonly sketch: string };

/**
 * What the log of a part says, oldest first; nothing where there is none. A line that a crash left half written is
 * passed over. Errors of the file system pass through.
 */
export function readUseLog(folder: string, part: Digest): UseLogLine[] {
  let text: string;
  try {
    text = readFileSync(pathOf(folder, part), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((written) => readLine(written) ?? []);
}

/** The sketches that the logs of a folder tell, by part; none where there is no folder. Errors of the file system pass through. */
export function loggedSketches(folder: string): [Digest, string][] {
  if (!existsSync(folder)) return [];
  const parts = readdirSync(folder).map((name) => name.replace(/\.ndjson$/, '').replace('-', ':'));
  return parts
    .filter(isDigest)
    .flatMap((part) =>
      readUseLog(folder, part).flatMap((line): [Digest, string][] =>
        line.what === 'rows' ? [[part, line.sketch]] : [],
      ),
    );
}

/** Adds lines, flushed to disk when it returns. Errors of the file system pass through. */
export function appendToUseLog(folder: string, part: Digest, lines: readonly UseLogLine[]): void {
  if (lines.length === 0) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = openSync(pathOf(folder, part), 'a', 0o600);
  try {
    // A line break comes first: what a crash cut short before must not spoil what is added now.
    writeSync(file, `\n${lines.map((one) => JSON.stringify(one)).join('\n')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function pathOf(folder: string, part: Digest): string {
  return join(folder, `${part.replace(':', '-')}.ndjson`);
}

function readLine(written: string): UseLogLine | null {
  try {
    const line = JSON.parse(written) as UseLogLine;
    return ['spent', 'settled', 'retired', 'rows'].includes(line.what) ? line : null;
  } catch {
    return null;
  }
}
