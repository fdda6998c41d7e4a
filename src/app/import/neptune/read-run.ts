/** The Parquet parts of one run of Neptune's, by kinds of values. */
import { lstat, realpath } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import type { QueryEngine } from '../../../tables/index.ts';
import { keyFor, type SourcePosition, type Tag } from '../../../tracking/index.ts';
import type { LeaveOut } from '../import-report.ts';
import { KeyNames } from '../runs/key-names.ts';
import type { RunEnd, RunPart, SourceFile } from '../runs/run-source.ts';
import { type ExportFacts, type ExportRow, readRows } from './export-query.ts';

/** The files of a run. */
export interface ExportedRun {
  /** The name of its first part. */
  readonly name: string;
  readonly files: readonly string[];
  /** The folders in which its files may lie, as real paths; the first in which one is there counts. */
  readonly fileRoots: readonly string[];
  /** Changes with the parts. */
  readonly mark: string;
  readonly sizeBytes: number;
}

/** Who is told what is left out, and how far reading is. */
export interface ExportListener {
  readonly leave: LeaveOut;
  readonly leaveKind: (kind: string) => void;
  readonly onBytes: (bytes: number) => void;
}

const paramTypes = ['float', 'int', 'string', 'bool', 'datetime', 'string_set'];
const seriesFolders: Readonly<Record<string, string>> = { string_series: 'strings', histogram_series: 'histograms' };
const fileTypes = ['file', 'file_series', 'file_set', 'artifact'];
/** A series of texts that is longer ends there. */
const longestSeries = 32 * 1024 * 1024;

/** Reads a run unless its parts are those that were read before. */
export async function* readExportedRun(
  engine: QueryEngine,
  run: ExportedRun,
  {
    facts,
    from,
    listener,
  }: {
    readonly facts: ExportFacts;
    readonly from: ReadonlyMap<string, SourcePosition>;
    readonly listener: ExportListener;
  },
): AsyncGenerator<RunPart, RunEnd | null> {
  const end = endOf(facts);
  if (from.get(run.name)?.mark === run.mark) {
    listener.onBytes(run.sizeBytes);
    return end;
  }
  const names = new KeyNames(listener.leave);
  const rows = (types: readonly string[]) =>
    readRows(engine, run.files, { types, stepMultiplier: facts.stepMultiplier });
  for await (const part of rows(paramTypes)) yield { params: part.flatMap((row) => paramOf(row, names, listener)) };
  for await (const part of rows(['float_series'])) {
    yield {
      metrics: part.flatMap(({ path, step, atMs, number }) => {
        const key = number === null ? null : names.keyOf(path);
        if (key === null)
          listener.leaveKind(number === null ? 'points without a value' : 'points whose key something else has');
        return key === null ? [] : [{ key, value: number!, timestampMs: atMs ?? 0, step: BigInt(step ?? 0) }];
      }),
    };
  }
  for (const [type, folder] of Object.entries(seriesFolders)) yield* textSeries(rows([type]), { folder, listener });
  for await (const part of rows(fileTypes)) {
    const files = await Promise.all(part.map((row) => fileOf(row, run, listener)));
    yield { files: files.flat() };
  }
  listener.onBytes(run.sizeBytes);
  yield { position: { source: run.name, place: run.sizeBytes, mark: run.mark } };
  return end;
}

function endOf({ system }: ExportFacts): RunEnd {
  const changedAtMs = Date.parse(system.get('modification_time') ?? '');
  return {
    status: system.get('failed') === 'true' ? 'FAILED' : 'FINISHED',
    endedAtMs: Number.isNaN(changedAtMs) ? null : changedAtMs,
  };
}

function paramOf({ path, text }: ExportRow, names: KeyNames, { leave }: ExportListener): Tag[] {
  const key = names.keyOf(path);
  if (key === null) leave(`param ${path}`, 'something else has its key');
  return key === null || text === null ? [] : [{ key, value: text }];
}

/** Series of texts and histograms as files with a JSON document a line. */
async function* textSeries(
  parts: AsyncGenerator<readonly ExportRow[]>,
  { folder, listener }: { readonly folder: string; readonly listener: ExportListener },
): AsyncGenerator<RunPart> {
  let path: string | null = null;
  let lines: string[] = [];
  let size = 0;
  const take = (): SourceFile[] => {
    const bytes = Buffer.from(lines.join(''));
    const files: SourceFile[] =
      path === null ? [] : [{ kind: 'bytes', path: `${folder}/${keyFor(path)}.jsonl`, bytes }];
    [lines, size] = [[], 0];
    return files;
  };
  for await (const rows of parts) {
    for (const row of rows) {
      if (row.path !== path) {
        const files = take();
        path = row.path;
        if (files.length > 0) yield { files };
      }
      const line = lineOf(row, folder);
      size += line.length;
      if (size <= longestSeries) lines.push(line);
      else listener.leaveKind(`entries of ${folder} beyond ${longestSeries} characters`);
    }
  }
  const files = take();
  if (files.length > 0) yield { files };
}

function lineOf({ step, atMs, text }: ExportRow, folder: string): string {
  const value = folder === 'strings' ? JSON.stringify(text) : (text ?? 'null');
  return `{"step":${step ?? 'null'},"timestamp_ms":${atMs ?? 'null'},"value":${value}}\n`;
}

/** A file at the path of its attribute, those of a series below their steps. Nothing outside the roots is read. */
async function fileOf(row: ExportRow, { fileRoots }: ExportedRun, { leave }: ExportListener): Promise<SourceFile[]> {
  const { path, type, file, step } = row;
  if (file === null) return [];
  for (const root of fileRoots) {
    const real = await realpath(join(root, file)).catch(() => null);
    if (real === null) continue;
    if (!real.startsWith(`${root}${sep}`)) {
      leave(`file ${path}`, `${file} leads out of ${root}`);
      return [];
    }
    const folder = type === 'file_series' ? `${keyFor(path)}/${step ?? 0}` : keyFor(path);
    if ((await lstat(real)).isDirectory()) return [{ kind: 'folder', path: folder, folder: real, linksInto: null }];
    return [{ kind: 'file', path: `${folder}/${basename(real)}`, file: real }];
  }
  leave(
    `file ${path}`,
    `${file} is below none of ${fileRoots.join(', ') || 'the folders of files'}: name it with --artifacts`,
  );
  return [];
}
