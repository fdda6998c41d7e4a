import { open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { CheckOrigin, ImportedChecks } from '../../check-importers/index.ts';
import { readChecksFile, writeSchemaFile } from '../../data-quality/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type Existing, placeFile, requireFree } from './place-file.ts';

/** Longer files are not read into memory; an importer refuses most of what is shorter. */
const maximumBytes = 8_388_608;

/** Checks of another program that are to be taken over. */
export interface ChecksImport {
  readonly path: string;
  /** Whose they are; null: what the file looks like. */
  readonly from: CheckOrigin | null;
  /** The table that is meant, of a file about several. */
  readonly table: string | null;
  /** What NaN is to the other program. */
  readonly nan: 'missing' | 'value';
  /** Where checks are written to; null: nowhere. */
  readonly out: string | null;
  /** Where the schema is written to; null: nowhere. */
  readonly schemaOut: string | null;
  /** What becomes of a file that is there already. */
  readonly existing: Existing;
}

/** Checks of another program, as files of ours. */
export interface ImportedChecksFile extends ImportedChecks {
  /** The file of checks; null where there are none. */
  readonly checksText: string | null;
  /** The file of the schema; null where there is none. */
  readonly schemaText: string | null;
  /** Files that were written. */
  readonly written: readonly string[];
}

/**
 * Takes checks of another program over, and writes them where that is asked for. Nothing is written where one of the places is taken.
 * @throws PlatformError CHECKS_NO_FILE, CHECKS_IMPORT_UNKNOWN, CHECKS_IMPORT_UNREADABLE, CHECKS_IMPORT_TABLE, EXPORT_PLACE_TAKEN,
 *   PLACE_NOT_WRITABLE
 */
export async function importChecksFile(asked: ChecksImport): Promise<ImportedChecksFile> {
  const { path, out, schemaOut, existing, ...options } = asked;
  for (const place of [out, schemaOut]) if (place !== null) await requireFree(resolve(place), existing);
  const { importChecks, writeImportedChecks } = await import('../../check-importers/index.ts');
  const imported = importChecks({ text: await readText(path), file: path }, options);
  const checksText = writeImportedChecks(imported, { file: basename(path) });
  if (checksText !== null) requireReadable(checksText, path);
  const schemaText = imported.schema === null ? null : writeSchemaFile(imported.schema);
  const written: string[] = [];
  for (const [place, text] of [
    [out, checksText],
    [schemaOut, schemaText],
  ] as const) {
    if (place === null || text === null) continue;
    await placeFile(resolve(place), text, existing);
    written.push(place);
  }
  return { ...imported, checksText, schemaText, written };
}

/** A file of checks has a length that it must not exceed. */
function requireReadable(text: string, path: string): void {
  const [finding] = readChecksFile(text, path).findings.filter(({ severity }) => severity === 'error');
  if (finding === undefined) return;
  throw new PlatformError('CHECKS_IMPORT_UNREADABLE', {
    message: `the checks of ${path} make a file that cannot be read: ${finding.message}`,
    hint: 'Part the file into several, and import each.',
  });
}

async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PlatformError('CHECKS_IMPORT_UNREADABLE', { message: `${path} is not UTF-8`, cause });
  }
}

async function readBytes(path: string): Promise<Buffer> {
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    const found = cause.code === 'ENOENT' ? 'nothing' : cause.message;
    throw new PlatformError('CHECKS_NO_FILE', {
      message: `expected a file of checks at ${path}, found ${found}`,
      cause,
    });
  });
  try {
    const found = await file.stat();
    if (!found.isFile())
      throw new PlatformError('CHECKS_NO_FILE', {
        message: `expected a file of checks at ${path}, found a folder or a device`,
      });
    if (found.size > maximumBytes)
      throw new PlatformError('CHECKS_IMPORT_UNREADABLE', {
        message: `${path} has ${found.size} bytes; at most ${maximumBytes} are read`,
      });
    return await file.readFile();
  } finally {
    await file.close();
  }
}
