import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digestHex, digestJson, writeFileAtomically } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { EnvironmentLock, ResolveOptions } from './environment.ts';
import { type LocatedPython, locatePython } from './locate-python.ts';
import { runTool } from './run-tool.ts';

// What a step of the project would find: with the user's own packages, without the folder it is asked in.
const script = `
import importlib.metadata, json, os, platform, re, sys
sys.path = [path for path in sys.path if path and path != os.getcwd()]
packages = {}
for one in importlib.metadata.distributions():
    name = re.sub(r"[-_.]+", "-", one.metadata["Name"] or "").lower()
    if name:
        packages.setdefault(name, one.version)
print(json.dumps({"lock": {"python": platform.python_version(), "implementation": platform.python_implementation(),
  "platform": sys.platform + "-" + platform.machine(), "packages": dict(sorted(packages.items()))},
  "folders": [path for path in sys.path if os.path.isdir(path)], "version": list(sys.version_info[:2])}))
`;

const lowest = [3, 9] as const;

interface Inspected {
  readonly lock: EnvironmentLock;
  /** Where it looks for packages: whatever is installed or removed changes the time of one of them. */
  readonly folders: readonly string[];
  readonly version: readonly [number, number];
}

/**
 * What an interpreter is and which packages it finds. Answered from the cache as long as the interpreter and the folders
 * of its packages are unchanged.
 * @throws PlatformError ENVIRONMENT_NO_PYTHON
 */
export async function inspectPython(
  python: string,
  options: Pick<ResolveOptions, 'signal' | 'env'> & { readonly cacheDir?: string },
): Promise<EnvironmentLock> {
  const located = await locatePython(python, options.env);
  const file =
    options.cacheDir === undefined
      ? null
      : join(options.cacheDir, 'interpreters', `${digestHex(digestJson(located.identity)).slice(0, 32)}.json`);
  const known = file === null ? null : await readKnown(file);
  if (known !== null) return known;
  const inspected = await inspectNow(located, options);
  if (file !== null) {
    const text = JSON.stringify({ lock: inspected.lock, times: await timesOf(inspected.folders) });
    // A cache that cannot be written is no reason to fail.
    await mkdir(dirname(file), { recursive: true })
      .then(() => writeFileAtomically(file, text))
      .catch(() => undefined);
  }
  return inspected.lock;
}

async function inspectNow(
  { path }: LocatedPython,
  options: Pick<ResolveOptions, 'signal' | 'env'>,
): Promise<Inspected> {
  const end = await runTool(path, ['-c', script], options);
  const inspected = end.exitCode === 0 ? parse(end.stdout) : null;
  if (inspected === null) {
    const found = end.isMissing ? 'no such program' : end.stderr.trim().split('\n').at(-1) || 'something else';
    throw new PlatformError('ENVIRONMENT_NO_PYTHON', {
      message: `expected a Python interpreter at ${path}, found: ${found}`,
    });
  }
  const [major, minor] = inspected.version;
  if (major < lowest[0] || (major === lowest[0] && minor < lowest[1]))
    throw new PlatformError('ENVIRONMENT_NO_PYTHON', {
      message: `expected Python ${lowest.join('.')} or newer at ${path}, found ${inspected.lock.python}`,
    });
  return inspected;
}

function parse(text: string): Inspected | null {
  try {
    return JSON.parse(text.trim().split('\n').at(-1)!) as Inspected;
  } catch {
    return null;
  }
}

async function readKnown(file: string): Promise<EnvironmentLock | null> {
  try {
    const { lock, times } = JSON.parse(await readFile(file, 'utf8')) as {
      lock: EnvironmentLock;
      times: Record<string, number>;
    };
    const now = await timesOf(Object.keys(times));
    return Object.entries(times).every(([folder, mtimeMs]) => now[folder] === mtimeMs) ? lock : null;
  } catch {
    return null;
  }
}

async function timesOf(folders: readonly string[]): Promise<Record<string, number>> {
  const entries = await Promise.all(
    folders.map(
      async (folder): Promise<[string, number]> => [
        folder,
        await stat(folder).then(
          (found) => found.mtimeMs,
          () => 0,
        ),
      ],
    ),
  );
  return Object.fromEntries(entries);
}
