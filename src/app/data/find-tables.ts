import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { tableFormats } from './table-formats.ts';

/** The tables of a folder and of its folder `data`, in the order of their names. */
export async function findTables(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const place of [folder, join(folder, 'data')]) {
    const names = await readdir(place).catch(() => []);
    found.push(
      ...names
        .filter((name) => tableFormats[extname(name).toLowerCase()] !== undefined)
        .map((name) => join(place, name)),
    );
  }
  const own = new Set(['package.json', 'package-lock.json', 'tsconfig.json', 'mlspec.json', 'mlspec.schema.json']);
  return found.filter((path) => !own.has(path.slice(path.lastIndexOf('/') + 1))).sort();
}
