import type { Digest } from '../encoding/index.ts';

/** What an environment is made from. */
export interface EnvironmentSpec {
  /** `requirements.txt`, `pyproject.toml`, `pylock.toml` or `uv.lock`, absolute; null: none. */
  readonly file: string | null;
  /** Requirements beside those of the file. With neither, the environment is the interpreter as it is. */
  readonly requirements: readonly string[];
  readonly installer: 'auto' | 'uv' | 'pip';
  /** The interpreter that it is made from: a path, or a name that is looked for on the path. */
  readonly python: string;
}

/** The packages of an environment, exactly. Equal locks behave equally: the digest of this is the environment's name. */
export interface EnvironmentLock {
  readonly python: string;
  readonly implementation: string;
  readonly platform: string;
  /** Version by normalized name; the installers themselves are left out, so that all installers give the same lock. */
  readonly packages: Readonly<Record<string, string>>;
  /** `sha256:…` of the archives that packages were installed from, where the installer says so. Not in the digest. */
  readonly hashes?: Readonly<Record<string, string>>;
}

/** A made environment. */
export interface Environment {
  /** Its interpreter. */
  readonly python: string;
  readonly digest: Digest;
  readonly lock: EnvironmentLock;
}

/** How environments are made. */
export interface ResolveOptions {
  /** Environments are kept below it, one folder each. */
  readonly cacheDir: string;
  readonly signal: AbortSignal;
  /** Told in words what takes long. */
  readonly onProgress: (message: string) => void;
  /** Variables for the installers: the user's own configuration of pip and uv is respected. */
  readonly env: Readonly<Record<string, string | undefined>>;
}
