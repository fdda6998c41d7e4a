import { resolve } from 'node:path';
import { parseS3Location } from '../artifacts/index.ts';
import { PlatformError } from '../errors/index.ts';

/**
 * A text as a place for artifacts: a folder, which becomes absolute, or a bucket and a prefix in it; null where it is empty.
 * @throws PlatformError CONFIG_BAD_VALUE for what is neither
 */
export function artifactsAddress(
  text: string | undefined,
  { name, cwd }: { readonly name: string; readonly cwd: string },
): string | null {
  if (text === undefined || text === '') return null;
  if (text.startsWith('s3:')) {
    parseS3Location(text, name);
    return text;
  }
  const folder = text.replace(/^file:\/\//, '');
  if (folder !== '' && !/^[a-z][a-z0-9+.-]*:/i.test(folder)) return resolve(cwd, folder);
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected ${name} to be a folder or an address like s3://bucket/prefix, found ${JSON.stringify(text.split('@').at(-1))}`,
  });
}
