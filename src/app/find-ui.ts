import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { runTool } from '../environments/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { Config } from './config.ts';

/** The files of a web interface. */
export interface FoundUi {
  readonly folder: string;
  /** Of which version of MLflow; null where nothing says so. */
  readonly mlflowVersion: string | null;
}

// The package that scripts of the user would import, without importing it and without the folder this is asked in.
const script = `
import importlib.util, os, sys
sys.path = [path for path in sys.path if path and path != os.getcwd()]
found = importlib.util.find_spec("mlflow")
print(os.path.dirname(found.origin) if found and found.origin else "")
`;
const built = ['server', 'js', 'build'];

/**
 * The web interface that `--ui` names: `mlflow`, that of the package that the user's Python finds; a folder of a Python
 * environment; or a folder with an `index.html`.
 * @throws PlatformError CONFIG_BAD_VALUE where there is none
 */
export async function findUi(name: string, config: Config, signal: AbortSignal): Promise<FoundUi> {
  if (name === 'mlflow') return await findInstalled(config.python, config, signal);
  const folder = resolve(name);
  if (existsSync(join(folder, 'index.html'))) return { folder, mlflowVersion: await versionOf(folder) };
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return await findInstalled(python, config, signal);
  throw noUi(
    `expected --ui to be mlflow, a Python environment with mlflow, or a folder with index.html, found ${name}`,
  );
}

async function findInstalled(python: string, { env }: Config, signal: AbortSignal): Promise<FoundUi> {
  const end = await runTool(python, ['-c', script], { env, signal });
  const place = end.exitCode === 0 ? end.stdout.trim() : '';
  if (place === '') throw noUi(`expected ${python} to find the package mlflow, found none`);
  const folder = join(place, ...built);
  if (existsSync(join(folder, 'index.html'))) return { folder, mlflowVersion: await versionOf(folder) };
  throw noUi(
    `expected the web interface of mlflow in ${folder}, found none: mlflow-skinny has none, pip install mlflow does`,
  );
}

/** What the package says of itself beside its build. */
async function versionOf(folder: string): Promise<string | null> {
  const text = await readFile(join(folder, '..', '..', '..', 'version.py'), 'utf8').catch(() => '');
  return /^VERSION\s*=\s*"([\w.]{1,40})"/m.exec(text)?.[1] ?? null;
}

function noUi(message: string): PlatformError {
  return new PlatformError('CONFIG_BAD_VALUE', { message });
}
