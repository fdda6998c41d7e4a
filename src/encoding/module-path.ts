import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The absolute path of another module of the program, for processes that are started with it: `.ts` in a checkout, `.js`
 * in the published package, as the module that asks is.
 *
 * @param from `import.meta.url` of the module that asks
 * @param path relative to it, without an ending
 */
export function modulePath(from: string, path: string): string {
  return fileURLToPath(new URL(`${path}${extname(from)}`, from));
}
