import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { type Digest, digestOf } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';

/** How a file says what is required. */
export type RequirementsKind = 'requirements' | 'pyproject' | 'pylock' | 'uv-lock';

/** A file of requirements with all that it names. */
export interface RequirementsFile {
  readonly path: string;
  readonly kind: RequirementsKind;
  /** Digests of the texts of the file and of every file that it includes, by path relative to it. */
  readonly digests: Readonly<Record<string, Digest>>;
}

const maximumIncluded = 100;
const unreadable: Readonly<Record<string, string>> = {
  'poetry.lock': 'poetry export --output requirements.txt',
  'Pipfile.lock': 'pipenv requirements > requirements.txt',
  Pipfile: 'pipenv requirements > requirements.txt',
  'pdm.lock': 'pdm export --output requirements.txt',
  'environment.yml': 'pip list --format freeze > requirements.txt',
  'conda-lock.yml': 'pip list --format freeze > requirements.txt',
};

/**
 * Reads what decides what a file requires: the file, and those that it includes with `-r` and `-c`.
 * @throws PlatformError ENVIRONMENT_FILE_MISSING, ENVIRONMENT_BAD_REQUIREMENT for a format that no installer reads
 */
export async function readRequirementsFile(path: string): Promise<RequirementsFile> {
  const name = basename(path);
  const instead = unreadable[name];
  if (instead !== undefined)
    throw new PlatformError('ENVIRONMENT_BAD_REQUIREMENT', {
      message: `expected requirements.txt, pyproject.toml, pylock.toml or uv.lock, found ${name}`,
      hint: `Make a file of requirements from it, for example with: ${instead}`,
    });
  const kind = kindOf(name);
  const digests: Record<string, Digest> = {};
  await collect(path, { digests, root: dirname(path), follow: kind === 'requirements' });
  return { path, kind, digests };
}

function kindOf(name: string): RequirementsKind {
  if (name === 'pyproject.toml') return 'pyproject';
  if (name === 'uv.lock') return 'uv-lock';
  return /^pylock(\..+)?\.toml$/.test(name) ? 'pylock' : 'requirements';
}

async function collect(
  path: string,
  found: { readonly digests: Record<string, Digest>; readonly root: string; readonly follow: boolean },
): Promise<void> {
  const key = path.startsWith(`${found.root}/`) ? path.slice(found.root.length + 1) : path;
  if (key in found.digests || Object.keys(found.digests).length >= maximumIncluded) return;
  const text = await readText(path);
  found.digests[key] = digestOf(text);
  if (!found.follow) return;
  for (const included of includedIn(text)) {
    // An address is what pip fetches each time; it cannot be known beforehand.
    if (!/^[a-z]+:\/\//.test(included)) await collect(resolve(dirname(path), included), found);
  }
}

/** Paths behind `-r`, `-c` and their long forms, one on a line. */
function includedIn(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(?:-r|-c|--requirement|--constraint)(?:\s*=\s*|\s*)(\S.*?)\s*(?:\s#.*)?$/.exec(line);
    return match === null ? [] : [match[1]!];
  });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new PlatformError('ENVIRONMENT_FILE_MISSING', {
      message: `expected requirements at ${path}, found no file that can be read`,
      cause,
    });
  }
}
