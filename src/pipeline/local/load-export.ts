import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PlatformError } from '../../errors/index.ts';

/**
 * The function that a TypeScript file of the project exports under a name.
 * @throws PlatformError COMPONENT_NOT_FOUND
 */
export async function loadExport(
  code: { readonly file: string; readonly export: string },
  projectRoot: string,
): Promise<(...given: never[]) => unknown> {
  const path = resolve(projectRoot, code.file);
  const inside = relative(projectRoot, path);
  if (isAbsolute(inside) || inside.startsWith('..') || !existsSync(path))
    throw new PlatformError('COMPONENT_NOT_FOUND', { message: `there is no file ${code.file} in the project` });
  const module = (await import(pathToFileURL(realpathSync(path)).href)) as Record<string, unknown>;
  const found = module[code.export];
  if (typeof found === 'function') return found as (...given: never[]) => unknown;
  const functions = Object.keys(module).filter((name) => typeof module[name] === 'function');
  // Loaded here alone: it costs more than the start of the process.
  const { nearestName } = await import('../../encoding/index.ts');
  const near = nearestName(code.export, functions);
  throw new PlatformError('COMPONENT_NOT_FOUND', {
    message: `${code.file} exports no function ${code.export}${near === null ? '' : `; did you mean ${near}?`}`,
    hint: `It exports: ${functions.join(', ') || 'no function'}.`,
  });
}
