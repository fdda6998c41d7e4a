import { extname, resolve } from 'node:path';
import { canonicalJson } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { Config } from '../config.ts';
import { requireTarget, writeTarget } from '../export/write-target.ts';
import { type FileProfile, type FileProfiling, profileFiles } from './profile-files.ts';

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
 * Profiles tables, and writes what was found to a file: a page, Markdown or JSON, by its ending.
 * @throws PlatformError CONFIG_BAD_VALUE, EXPORT_PLACE_TAKEN, PLACE_NOT_WRITABLE, and as `profileFiles`
 */
export async function profileData(
  config: Config,
  { out, ...profiling }: FileProfiling & { readonly out?: string },
): Promise<{ readonly profile: FileProfile; readonly written: WrittenProfile | null }> {
  if (out === undefined) return { profile: await profileFiles(profiling), written: null };
  const path = resolve(out);
  const write = writers[extname(path).toLowerCase()];
  if (write === undefined)
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: `expected --out to end in ${Object.keys(writers).join(', ')}, found ${JSON.stringify(out)}`,
    });
  await requireTarget(path);
  const profile = await profileFiles(profiling);
  const text = await write(profile);
  await writeTarget(config, path, text);
  return { profile, written: { path, sizeBytes: Buffer.byteLength(text) } };
}
