import { extname, resolve } from 'node:path';
import { canonicalJson } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { Config } from '../config.ts';
import { requireTarget, writeTarget } from '../export/write-target.ts';
import { namedTables } from './named-tables.ts';
import { type FileProfile, type FileProfiling, needsRows, profileFiles } from './profile-files.ts';

/** A file that a profile was written to. */
export interface WrittenProfile {
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
}

const writers: Readonly<Record<string, (profile: FileProfile) => Promise<string>>> = {
  '.html': async (profile) => (await import('./profile-page.ts')).profilePage(profile),
  '.md': async (profile) => (await import('./profile-markdown.ts')).profileMarkdown(profile),
  '.json': async (profile) => `${canonicalJson(profile)}\n`,
};

/**
 * Profiles tables, datasets of the project among them, and writes what was found to a file: a page, Markdown or JSON, by its ending.
 * @throws PlatformError CONFIG_BAD_VALUE, EXPORT_PLACE_TAKEN, PLACE_NOT_WRITABLE, and as `namedTables` and `profileFiles`
 */
export async function profileData(
  config: Config,
  { out, ...asked }: FileProfiling & { readonly out?: string },
): Promise<{ readonly profile: FileProfile; readonly written: WrittenProfile | null }> {
  if (out === undefined) return { profile: await profileFiles(await withDatasets(config, asked)), written: null };
  const path = resolve(out);
  const write = writers[extname(path).toLowerCase()];
  if (write === undefined)
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: `expected --out to end in ${Object.keys(writers).join(', ')}, found ${JSON.stringify(out)}`,
    });
  await requireTarget(path);
  const profile = await profileFiles(await withDatasets(config, asked));
  const text = await write(profile);
  await writeTarget(config, path, text);
  return { profile, written: { path, sizeBytes: Buffer.byteLength(text) } };
}

/** With the tables of datasets in the place of their names, by which they are still told. */
async function withDatasets(config: Config, asked: FileProfiling): Promise<FileProfiling> {
  const { tables, compare } = asked;
  const read = await namedTables(config, tables, needsRows(asked) ? 'query' : 'files');
  const [older] = compare === undefined ? [] : await namedTables(config, [compare], 'query');
  const names = { tables, ...(compare === undefined ? {} : { compare }) };
  return { ...asked, tables: read, names, ...(older === undefined ? {} : { compare: older }) };
}
