import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { modulePath } from '../encoding/index.ts';
import type { LauncherOptions } from '../pipeline/local/index.ts';
import type { Config } from './config.ts';

const passedOn = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'USER',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'CUDA_VISIBLE_DEVICES',
  'OMP_NUM_THREADS',
  'LD_LIBRARY_PATH',
];

/** Where the programs are that steps are started with. */
export function launcherOf(config: Config): LauncherOptions {
  return {
    stagesModule: modulePath(import.meta.url, '../steps/index'),
    nodePath: process.execPath,
    programRoot: config.programRoot,
    baseEnv: baseEnvironment(config),
    python: config.python,
  };
}

/** The variables of this process that a step gets too. Everything else, secrets above all, stays here. */
export function baseEnvironment(config: Config): Record<string, string> {
  const kept = passedOn.flatMap((name): [string, string][] =>
    config.env[name] === undefined ? [] : [[name, config.env[name]]],
  );
  const threads = Math.max(1, Math.floor(availableParallelism() / config.parallelism));
  return {
    // Steps that run side by side share the cores; numeric libraries would otherwise take all of them each.
    OMP_NUM_THREADS: String(threads),
    ...Object.fromEntries(kept),
    NODE_COMPILE_CACHE: join(config.cacheDir, 'node-compile-cache'),
    PYTHONDONTWRITEBYTECODE: '1',
  };
}
