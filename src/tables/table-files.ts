import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { escapeGlob, quoteLiteral } from './sql-text.ts';

/** The Parquet files of a table: the file itself, or those of a folder in the order of their names, which is that of the rows. */
export async function tableFiles(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => name.endsWith('.parquet')).sort();
  return names.map((name) => join(path, name));
}

/** The files of one table as a table of a FROM clause. */
export function parquetFilesSource(files: readonly string[]): string {
  return `read_parquet([${files.map((file) => quoteLiteral(escapeGlob(file))).join(', ')}])`;
}
