import { existsSync } from 'node:fs';
import { availableParallelism, homedir, hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PlatformError } from '../errors/index.ts';
import { artifactsAddress } from './artifacts-address.ts';
import type { RemoteTracking } from './remote-tracker.ts';

/** Everything that can be set from outside, in one typed object. Precedence: flag, environment, default. */
export interface Config {
  /** The declaration's file; it need not exist. */
  readonly specFile: string;
  /** The folder of the declaration: what paths in it are relative to. */
  readonly projectRoot: string;
  /** Where the record lives: metadata, artifacts, folders of attempts. `MLSPEC_STATE_DIR`; default `.mlspec` of the project. */
  readonly stateDir: string;
  /** Made environments and the like. `MLSPEC_CACHE_DIR`; default `$XDG_CACHE_HOME/mlspec`. */
  readonly cacheDir: string;
  /** Signing and sealing keys, outside the project. `MLSPEC_KEYS_DIR`; default `$XDG_CONFIG_HOME/mlspec/keys`. */
  readonly keysDir: string;
  /** What waits for tracking servers that were away. `MLSPEC_SPOOLS_DIR`; default `$XDG_STATE_HOME/mlspec/spools`. */
  readonly spoolsDir: string;
  /** `MLSPEC_METADATA_URL`: a `postgres://` address; default SQLite in the state folder. */
  readonly metadataUrl: string | null;
  /** `MLSPEC_ARTIFACTS_URL`: a folder, or `s3://bucket/prefix`; default: `artifacts` in the state folder. */
  readonly artifactsUrl: string | null;
  /** `MLSPEC_PYTHON`: the interpreter that environments are made from; default `python3` of the path. */
  readonly python: string;
  /** `MLSPEC_JOBS`: steps at the same time; default the number of cores. */
  readonly parallelism: number;
  /** `MLSPEC_WITNESSES`: addresses of witnesses that sign the checkpoint of the log after each run, with commas between. */
  readonly witnesses: readonly string[];
  /** `MLFLOW_TRACKING_URI` and what signs in there: a tracking server that is told of runs. Null: none. */
  readonly tracking: RemoteTracking | null;
  /** The folder of the product: its code, its Python package. */
  readonly programRoot: string;
  readonly host: string;
  /** The environment, from which declared secrets are taken and nothing else. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `MLSPEC_FAIL_POINT=before:publish@train`: dies there by SIGKILL. For tests of sudden death. */
  readonly failPoint: string | null;
}

/** What a configuration is made from. */
export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** `--spec`. */
  readonly specFile?: string;
}

const specNames = ['mlspec.yaml', 'mlspec.yml', 'mlspec.json'];

/**
 * The configuration for a command started in a folder. The declaration is the one given, else the one of this folder or
 * the nearest above; where there is none, `mlspec.yaml` here.
 *
 * @throws PlatformError CONFIG_BAD_VALUE for a variable that has no sense
 */
export function loadConfig(sources: ConfigSources): Config {
  const { env, cwd } = sources;
  const specFile =
    sources.specFile === undefined ? (findSpec(cwd) ?? join(cwd, specNames[0]!)) : resolve(cwd, sources.specFile);
  const projectRoot = dirname(specFile);
  const folder = (variable: string, fallback: string): string =>
    env[variable] ? resolve(cwd, env[variable]) : fallback;
  return {
    specFile,
    projectRoot,
    stateDir: folder('MLSPEC_STATE_DIR', join(projectRoot, '.mlspec')),
    cacheDir: folder('MLSPEC_CACHE_DIR', join(folder('XDG_CACHE_HOME', join(homedir(), '.cache')), 'mlspec')),
    keysDir: folder('MLSPEC_KEYS_DIR', join(folder('XDG_CONFIG_HOME', join(homedir(), '.config')), 'mlspec', 'keys')),
    spoolsDir: folder(
      'MLSPEC_SPOOLS_DIR',
      join(folder('XDG_STATE_HOME', join(homedir(), '.local', 'state')), 'mlspec', 'spools'),
    ),
    metadataUrl: env['MLSPEC_METADATA_URL'] ?? null,
    artifactsUrl: artifactsAddress(env['MLSPEC_ARTIFACTS_URL'], { name: 'MLSPEC_ARTIFACTS_URL', cwd }),
    python: env['MLSPEC_PYTHON'] ?? 'python3',
    parallelism: positiveInteger(env['MLSPEC_JOBS'], 'MLSPEC_JOBS') ?? availableParallelism(),
    witnesses: addresses(env['MLSPEC_WITNESSES'], 'MLSPEC_WITNESSES'),
    tracking: remoteTracking(env),
    programRoot: fileURLToPath(new URL('../..', import.meta.url)),
    host: hostname(),
    env,
    failPoint: env['MLSPEC_FAIL_POINT'] ?? null,
  };
}

/** A server of another scheme (`file:`, `sqlite:`, `databricks`) is none that the program can talk to. */
function remoteTracking(env: ConfigSources['env']): RemoteTracking | null {
  const uri = env['MLFLOW_TRACKING_URI'];
  if (uri === undefined || !/^https?:\/\//.test(uri)) return null;
  return remoteAt(env, uri, 'MLFLOW_TRACKING_URI');
}

/**
 * A tracking server by its address, with what signs in there: in the address, or in MLflow's variables.
 * @param name where the address stands, for messages
 * @throws PlatformError CONFIG_BAD_VALUE
 */
export function remoteAt(env: ConfigSources['env'], uri: string, name: string): RemoteTracking {
  const url = httpAddress(uri, name);
  const user = { MLFLOW_TRACKING_USERNAME: url.username, MLFLOW_TRACKING_PASSWORD: url.password };
  const inAddress = Object.entries(user).flatMap(([name, value]): [string, string][] =>
    url.username === '' ? [] : [[name, decodeURIComponent(value)]],
  );
  url.username = '';
  url.password = '';
  const names = ['MLFLOW_TRACKING_USERNAME', 'MLFLOW_TRACKING_PASSWORD', 'MLFLOW_TRACKING_TOKEN'];
  const given = names.flatMap((name): [string, string][] => (env[name] ? [[name, env[name]]] : []));
  return { uri: url.href.replace(/\/$/, ''), credentials: Object.fromEntries([...inAddress, ...given]) };
}

function addresses(text: string | undefined, name: string): string[] {
  const found = (text ?? '').split(/[\s,]+/).filter((one) => one !== '');
  for (const one of found) httpAddress(one, name);
  return found;
}

/** A text as the address of a service. @throws PlatformError CONFIG_BAD_VALUE for one that is none of http or https */
export function httpAddress(text: string, name: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected ${name} to be an address that begins with http:// or https://, found ${JSON.stringify(text)}`,
  });
}

/** The nearest declaration in a folder or above it, or null. */
function findSpec(from: string): string | null {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const found = specNames.map((name) => join(folder, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
    if (folder === dirname(folder)) return null;
  }
}

/**
 * A text as a whole number of at least 1; undefined where the text is.
 * @throws PlatformError CONFIG_BAD_VALUE
 */
export function positiveInteger(text: string | undefined, name: string, most = 1024): number | undefined {
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected ${name} to be a whole number from 1 to ${most}, found ${JSON.stringify(text)}`,
  });
}

/**
 * A text as a port number from 0 (any free one) to 65535; undefined where the text is.
 * @throws PlatformError CONFIG_BAD_VALUE
 */
export function portNumber(text: string | undefined, name: string): number | undefined {
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected ${name} to be a port from 0 to 65535, found ${JSON.stringify(text)}`,
  });
}
