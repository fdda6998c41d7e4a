import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { canonicalJson, type JsonValue, newId, pathExists } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { parseSpec, resolveSpec, verifySpec } from '../../spec/index.ts';
import { divideDataset, type PartToWrite } from '../../steps/splitting/divide.ts';
import { type SplittingParams, splittingParams } from '../../steps/splitting/plan.ts';
import { createDuckDb, parquetSource, type QueryEngine, quoteLiteral } from '../../tables/index.ts';
import { openTable } from './open-table.ts';

/** A table that is to be divided, as `splitting` of a declaration would say it. */
export interface FileSplit {
  readonly path: string;
  readonly by: string;
  /** Shares as they are written, or for a predefined split the names of the parts; empty: the default. */
  readonly parts: Readonly<Record<string, string>> | readonly string[];
  readonly salt: string;
  readonly gap: string | null;
  readonly key: readonly string[];
  /** The folder into which the parts are written, and `split.json`. */
  readonly out: string;
  readonly format: 'parquet' | 'csv';
  /** What becomes of files that are there already. */
  readonly existing: 'refuse' | 'replace';
  readonly signal?: AbortSignal;
}

/** How a table was divided: what a run records of it, and where the parts are. */
export interface DividedFile extends Awaited<ReturnType<typeof divideDataset>> {
  readonly files: Readonly<Record<string, string>>;
}

/** The record of a split beside its parts. */
const manifestFile = 'split.json';

/**
 * Divides a CSV, JSON or Parquet file or the rows of one SELECT as a run would, writes each part to a file of its name, and proves
 * over what was written that no key is in two of them. A part keeps the order of the rows. Where that fails no part stays.
 * @throws PlatformError CONFIG_BAD_VALUE, EXPORT_PLACE_TAKEN before the file is read; PLACE_NOT_WRITABLE; as `openTable` and `divideDataset`
 */
export async function splitFile(split: FileSplit): Promise<DividedFile> {
  const params = paramsOf(split);
  const folder = resolve(split.out);
  const names = [...params.parts.map(({ name }) => fileOf(name, split)), manifestFile];
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
    const manifest = await divideInto(made, params, split);
    // What is half a split is none: everything is there before anything is put in its place.
    for (const name of names) await rename(join(made, name), join(folder, name));
    const files = params.parts.map(({ name }) => [name, join(folder, fileOf(name, split))]);
    return { ...manifest, files: Object.fromEntries(files) };
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

function fileOf(part: string, { format }: FileSplit): string {
  return `${part}.${format}`;
}

async function divideInto(folder: string, params: SplittingParams, split: FileSplit): ReturnType<typeof divideDataset> {
  const engine = await createDuckDb();
  try {
    const { source } = await openTable(engine, split.path, 'given');
    const described = await engine.describe(`SELECT * FROM ${source}`);
    const fields = described.fields.filter(({ name }) => name !== '__row');
    // Parts that a run wrote have the places of their rows in its dataset; here they have other ones.
    await engine.execute(
      "CREATE TABLE dataset AS SELECT COLUMNS(c -> c <> '__row'), row_number() OVER () - 1 AS __row FROM given",
    );
    const signal = split.signal ?? new AbortController().signal;
    const manifest = await divideDataset({ engine, params, fields, signal }, (part) =>
      writePart(engine, part, { path: join(folder, fileOf(part.part.name, split)), split }),
    );
    await writeFile(join(folder, manifestFile), `${canonicalJson(manifest as unknown as JsonValue)}\n`);
    return manifest;
  } finally {
    await engine.close();
  }
}

/** The proof reads Parquet, which keeps every value; a CSV file is made of what was proved. */
async function writePart(
  engine: QueryEngine,
  { rows, readBack }: PartToWrite,
  { path, split }: { readonly path: string; readonly split: FileSplit },
): ReturnType<PartToWrite['readBack']> {
  const { signal } = split;
  const options = signal === undefined ? {} : { signal };
  const proved = split.format === 'parquet' ? path : `${path}.parquet`;
  try {
    await engine.writeParquet(`SELECT * EXCLUDE (__row) FROM (${rows}) AS part ORDER BY __row`, proved, options);
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

/** The options as a declaration, so that they mean what they mean there. */
function paramsOf({ by, parts, salt, gap, key }: FileSplit): SplittingParams {
  const names = Array.isArray(parts) ? parts : Object.keys(parts);
  const document = {
    mlspec: 1,
    name: 'table',
    task: { kind: 'custom', key },
    ingestion: { sources: { given: { parquet: 'given.parquet' } } },
    splitting: {
      by,
      salt,
      ...(names.length === 0 ? {} : { parts }),
      ...(gap === null ? {} : { gap }),
    },
  };
  const parsed = parseSpec(JSON.stringify(document), { file: 'options' });
  const { spec, findings } = resolveSpec(parsed, {});
  const all = [...parsed.findings, ...findings, ...(spec === null ? [] : verifySpec(spec))];
  // A part named train is for models.
  const wrong = all.filter(
    ({ severity, path, rule }) => severity === 'error' && path[0] === 'splitting' && rule !== 'spec/train-part',
  );
  if (spec === null || wrong.length > 0)
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: wrong.map(({ message, path }) => `--${path[1] ?? 'by'}: ${message}`).join('; '),
      hint: wrong.flatMap(({ suggestion }) => suggestion ?? []).join('; ') || 'See the reference of splitting.',
    });
  return splittingParams(spec);
}

function isTaken(path: string): PlatformError {
  return new PlatformError('EXPORT_PLACE_TAKEN', {
    message: `expected no file at ${path}, found one; nothing was written`,
    hint: 'Name another folder with --out, or give --force to replace what is there.',
  });
}
