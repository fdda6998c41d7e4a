import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { canonicalJson, type JsonValue, newId, pathExists } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { parseSpec, resolveSpec, verifySpec } from '../../spec/index.ts';
import { divideDataset, type PartToWrite, partGroupBytes, partSql } from '../../steps/splitting/divide.ts';
import { type FoldParams, foldParams } from '../../steps/splitting/folds/plan-folds.ts';
import { type SplittingParams, splittingParams } from '../../steps/splitting/plan.ts';
import { parquetSource, type QueryEngine, quoteLiteral } from '../../tables/index.ts';
import { openTable } from './open-table.ts';
import { type FoldsOfFile, foldFiles, writeFolds } from './split-folds.ts';
import { type TableWork, withTables } from './with-tables.ts';

/** A table that is to be divided, as `splitting` of a declaration would say it. */
export interface FileSplit extends TableWork {
  readonly path: string;
  readonly by: string;
  /** Shares as they are written, or for a predefined split the names of the parts; empty: the default. */
  readonly parts: Readonly<Record<string, string>> | readonly string[];
  readonly salt: string;
  readonly gap: string | null;
  readonly key: readonly string[];
  /** Into how many folds the part `train` is divided, and by which rule; null: into none. */
  readonly folds: { readonly count: number; readonly by: string } | null;
  /** The folder into which the parts are written, and `split.json`. */
  readonly out: string;
  readonly format: 'parquet' | 'csv';
  /** What becomes of files that are there already. */
  readonly existing: 'refuse' | 'replace';
}

/** How a table was divided: what a run records of it, and where the parts are. */
export interface DividedFile extends Awaited<ReturnType<typeof divideDataset>> {
  readonly files: Readonly<Record<string, string>>;
  /** Null where there are no folds. */
  readonly folds: FoldsOfFile | null;
}

/** The record of a split beside its parts, and that of its folds. */
const [manifestFile, foldsFile] = ['split.json', 'folds.json'];

/**
 * Divides a CSV, JSON or Parquet file or the rows of one SELECT as a run would, writes each part to a file of its name, and proves
 * over what was written that no key is in two of them. A part keeps the order of the rows. With folds each has two files more: what it trains on and what it
 * holds out. Where that fails no file stays.
 * @throws PlatformError CONFIG_BAD_VALUE, EXPORT_PLACE_TAKEN before the file is read; PLACE_NOT_WRITABLE; as `openTable` and `divideDataset`
 */
export async function splitFile(split: FileSplit): Promise<DividedFile> {
  const { params, folds } = paramsOf(split);
  const folder = resolve(split.out);
  const ofFolds = folds === null ? [] : [...foldFiles(folds.folds).map((name) => fileOf(name, split)), foldsFile];
  const names = [...params.parts.map(({ name }) => fileOf(name, split)), manifestFile, ...ofFolds];
  if (split.existing === 'refuse')
    for (const name of names) if (await pathExists(join(folder, name))) throw isTaken(join(folder, name));
  const made = join(folder, `.${newId('split')}`);
  try {
    await mkdir(made, { recursive: true }).catch((cause: Error) => {
      throw new PlatformError('PLACE_NOT_WRITABLE', {
        message: `expected a folder at ${folder}, found: ${cause.message}`,
        cause,
      });
    });
    const { manifest, divided } = await divideInto(made, { params, folds }, split);
    // What is half a split is none: everything is there before anything is put in its place.
    for (const name of names) await rename(join(made, name), join(folder, name));
    const files = params.parts.map(({ name }) => [name, join(folder, fileOf(name, split))]);
    return { ...manifest, files: Object.fromEntries(files), folds: divided };
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

function fileOf(part: string, { format }: FileSplit): string {
  return `${part}.${format}`;
}

async function divideInto(
  folder: string,
  { params, folds }: SplitParams,
  split: FileSplit,
): Promise<{ readonly manifest: Awaited<ReturnType<typeof divideDataset>>; readonly divided: FoldsOfFile | null }> {
  return await withTables(split, async (engine) => {
    const { source } = await openTable(engine, split.path, 'given');
    const described = await engine.describe(`SELECT * FROM ${source}`);
    const fields = described.fields.filter(({ name }) => name !== '__row');
    // Parts that a run wrote have the places of their rows in its dataset; here they have other ones.
    await engine.execute("CREATE VIEW dataset AS SELECT COLUMNS(c -> c <> '__row') FROM given");
    const signal = split.signal ?? new AbortController().signal;
    const manifest = await divideDataset({ engine, params, fields, signal }, (part) =>
      writePart(engine, part, {
        path: join(folder, fileOf(part.part.name, split)),
        groupBytes: partGroupBytes(fields),
        split,
      }),
    );
    await writeJson(join(folder, manifestFile), manifest);
    if (folds === null) return { manifest, divided: null };
    await engine.execute(
      `CREATE TABLE trained AS ${partSql('train')}; DROP VIEW dataset; ALTER TABLE trained RENAME TO dataset`,
    );
    const { format } = split;
    const divided = await writeFolds({ engine, params: folds, fields, signal }, { folder, format });
    await writeJson(join(folder, foldsFile), divided);
    return { manifest, divided };
  });
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${canonicalJson(value as JsonValue)}\n`);
}

/** The proof reads Parquet, which keeps every value; a CSV file is made of what was proved. */
async function writePart(
  engine: QueryEngine,
  { rows, readBack }: PartToWrite,
  { path, groupBytes, split }: { readonly path: string; readonly groupBytes: number; readonly split: FileSplit },
): ReturnType<PartToWrite['readBack']> {
  const { signal } = split;
  const options = signal === undefined ? {} : { signal };
  const proved = split.format === 'parquet' ? path : `${path}.parquet`;
  try {
    await engine.writeParquet(`SELECT * EXCLUDE (__row) FROM (${rows}) AS part`, proved, { ...options, groupBytes });
    const told = await readBack(proved);
    if (split.format === 'csv')
      await engine.execute(
        `COPY (SELECT * FROM ${parquetSource(proved)}) TO ${quoteLiteral(path)} (FORMAT csv, HEADER)`,
        options,
      );
    return told;
  } finally {
    if (split.format === 'csv') await rm(proved, { force: true });
  }
}

interface SplitParams {
  readonly params: SplittingParams;
  readonly folds: FoldParams | null;
}

/** The options as a declaration, so that they mean what they mean there. Without shares all rows of folds are the part `train`. */
function paramsOf({ by, parts, salt, gap, key, folds }: FileSplit): SplitParams {
  const names = Array.isArray(parts) ? parts : Object.keys(parts);
  const usual = folds === null || by.startsWith('predefined') ? {} : { parts: { train: '100%' } };
  const ofTime = gap === null ? {} : { gap };
  const isRolling = folds?.by.startsWith('rolling') ?? false;
  const document = {
    mlspec: 1,
    name: 'table',
    task: { kind: 'custom', key },
    ingestion: { sources: { given: { parquet: 'given.parquet' } } },
    splitting: {
      by,
      salt,
      ...(names.length === 0 ? usual : { parts }),
      ...(isRolling && !by.startsWith('time') ? {} : ofTime),
      ...(folds === null ? {} : { folds: { ...folds, ...(isRolling ? ofTime : {}) } }),
    },
  };
  const parsed = parseSpec(JSON.stringify(document), { file: 'options' });
  const { spec, findings } = resolveSpec(parsed, {});
  const all = [...parsed.findings, ...findings, ...(spec === null ? [] : verifySpec(spec))];
  // A part named train is for models, and for folds.
  const wrong = all.filter(
    ({ severity, path, rule }) =>
      severity === 'error' && path[0] === 'splitting' && (folds !== null || rule !== 'spec/train-part'),
  );
  if (spec === null || wrong.length > 0)
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: wrong.map(({ message, path }) => `--${path[1] ?? 'by'}: ${message}`).join('; '),
      hint: wrong.flatMap(({ suggestion }) => suggestion ?? []).join('; ') || 'See the reference of splitting.',
    });
  const ofFolds = foldParams(spec);
  const label = ofFolds?.by === 'stratified' ? ofFolds.column : null;
  return { params: splittingParams(spec), folds: ofFolds === null ? null : { ...ofFolds, label } };
}

function isTaken(path: string): PlatformError {
  return new PlatformError('EXPORT_PLACE_TAKEN', {
    message: `expected no file at ${path}, found one; nothing was written`,
    hint: 'Name another folder with --out, or give --force to replace what is there.',
  });
}
