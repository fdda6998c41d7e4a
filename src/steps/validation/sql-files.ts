import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ResolvedSpec } from '../../spec/index.ts';
import { sqlFile } from '../../spec/sql-file.ts';

type Checks = ResolvedSpec['validation']['checks'];

/** The file of SQL that a check of the project's own names; null where it is of something else, or has the SQL itself. */
export function sqlFileOf(own: Checks[number]['own']): string | null {
  return own != null && 'sql' in own ? sqlFile(own.sql) : null;
}

/** The SQL of checks of the project's own, that of files as they stand there now; of one that cannot be read nothing. */
export async function sqlTexts(checks: Checks, projectRoot: string): Promise<string[]> {
  const texts = checks.map(async ({ own }) => {
    const file = sqlFileOf(own);
    if (file === null) return own != null && 'sql' in own ? own.sql : '';
    return await readFile(resolve(projectRoot, file), 'utf8').catch(() => '');
  });
  return await Promise.all(texts);
}
