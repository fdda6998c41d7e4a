import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type DeclaredCheck, readChecksFile } from '../../data-quality/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { formatFindings } from '../../spec/index.ts';

/** Checks that a user names, and the moment that they declare. */
export interface OpenedChecks {
  readonly checks: readonly DeclaredCheck[];
  readonly asOf: string | null;
  /** Files of other tables, absolute, by the names that checks give them. */
  readonly tables: ReadonlyMap<string, string>;
}

/** Reads the file of checks that a user names. @throws PlatformError CHECKS_NO_FILE, CHECKS_INVALID with all findings */
export async function openChecks(path: string): Promise<OpenedChecks> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const found = cause.code === 'EISDIR' ? 'a folder' : cause.code === 'ENOENT' ? 'nothing' : cause.message;
    throw new PlatformError('CHECKS_NO_FILE', {
      message: `expected a file of checks at ${path}, found ${found}`,
      cause,
    });
  });
  const { read, findings } = readChecksFile(text, path);
  if (read !== null) {
    const folder = dirname(resolve(path));
    const tables = Object.entries(read.tables).map(([name, file]): [string, string] => [name, resolve(folder, file)]);
    return { ...read, tables: new Map(tables) };
  }
  const errors = findings.filter(({ severity }) => severity === 'error');
  throw new PlatformError('CHECKS_INVALID', {
    message: `${path} has ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}:\n${formatFindings(errors, { color: false })}`,
    details: { findings: errors },
  });
}
