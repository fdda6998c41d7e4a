import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { WrittenContract } from '../../check-importers/index.ts';
import type { DataSchema, DeclaredCheck } from '../../data-quality/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { Config } from '../config.ts';
import { loadSpec, requireValid } from '../load-spec.ts';
import { openChecks } from './open-checks.ts';
import { openSchema } from './open-schema.ts';
import { type Existing, placeFile, requireFree } from './place-file.ts';

/** Files that are to become a data contract. */
export interface ContractExport {
  /** Schemas, files of checks and declarations; of schemas one. */
  readonly paths: readonly string[];
  /** What contract and table are called; null: as the declaration, else as the first file. */
  readonly table: string | null;
  /** Where the contract is written to; null: nowhere. */
  readonly out: string | null;
  /** What becomes of a file that is there already. */
  readonly existing: Existing;
}

interface Contents {
  readonly name: string;
  readonly schema: DataSchema | null;
  readonly checks: readonly DeclaredCheck[];
}

/**
 * Writes a schema and checks as a contract of the Open Data Contract Standard.
 * @throws PlatformError EXPORT_PLACE_TAKEN, PLACE_NOT_WRITABLE, CLI_USAGE of files that are none of these or hold two schemas, and as `openSchema`,
 *   `openChecks` and `requireValid`
 */
export async function exportContract(config: Config, asked: ContractExport): Promise<WrittenContract> {
  const { paths, table, out, existing } = asked;
  if (out !== null) await requireFree(resolve(out), existing);
  const read: Contents[] = [];
  for (const path of paths) read.push(await readContents(config, path));
  const schemas = read.flatMap(({ schema }) => (schema === null ? [] : [schema]));
  if (schemas.length > 1)
    throw new PlatformError('CLI_USAGE', {
      message: `expected one schema, found ${schemas.length} in ${paths.join(', ')}`,
    });
  const { writeContract } = await import('../../check-importers/index.ts');
  const name = table ?? read[0]?.name ?? 'table';
  const contract = writeContract({ name, schema: schemas[0] ?? null, checks: read.flatMap(({ checks }) => checks) });
  if (out !== null) await placeFile(resolve(out), contract.text, existing);
  return contract;
}

async function readContents(config: Config, path: string): Promise<Contents> {
  const name = basename(path).replace(/(?:\.(?:schema|checks))?\.[A-Za-z]+$/, '') || 'table';
  const kind = kindOf(await readFile(path, 'utf8').catch(() => null));
  if (kind === 'schema') return { name, schema: (await openSchema(path)).schema, checks: [] };
  if (kind === 'declaration') return await readDeclaration(config, path);
  if (kind === 'checks') return { name, schema: null, checks: (await openChecks(path)).checks };
  throw new PlatformError('CLI_USAGE', {
    message: `expected a schema, a file of checks or a declaration at ${path}, found none of the keys columns, checks and mlspec at its top`,
  });
}

async function readDeclaration(config: Config, path: string): Promise<Contents> {
  const specFile = resolve(path);
  const projectRoot = dirname(specFile);
  const spec = requireValid(await loadSpec({ ...config, specFile, projectRoot }, { params: [] }));
  const { schema, checks } = spec.validation;
  const opened = schema === null ? null : await openSchema(resolve(projectRoot, schema));
  return { name: spec.name, schema: opened?.schema ?? null, checks };
}

/** What a file is, by a key at its top; a file that is not there is opened as checks, which tells so. */
function kindOf(text: string | null): 'schema' | 'checks' | 'declaration' | null {
  if (text === null) return 'checks';
  const json = keysOfJson(text);
  const has = (key: string): boolean => json?.includes(key) ?? new RegExp(`^(["']?)${key}\\1\\s*:`, 'mu').test(text);
  if (has('mlspec')) return 'declaration';
  if (has('columns')) return 'schema';
  return has('checks') ? 'checks' : null;
}

function keysOfJson(text: string): string[] | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    return Object.keys(JSON.parse(text) as object);
  } catch {
    return [];
  }
}
