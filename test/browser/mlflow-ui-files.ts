/* The files of MLflow's web interface, which the package of the test environment, mlflow-skinny, does not have. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { apiVersion } from '../../src/server/mlflow/index.ts';
import { leftOut } from '../left-out.ts';

const python = process.env['MLSPEC_TEST_PYTHON'] ?? 'python3';
const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'mlspec', 'mlflow-ui');

const unpack = `
import glob, sys, zipfile
wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0])
wheel.extractall(sys.argv[1], [name for name in wheel.namelist() if name.startswith("mlflow/server/js/build/") or name == "mlflow/version.py"])
`;

/**
 * Their folder: taken from the package of the version that is met, which is fetched once, without what it depends on, and kept
 * below the user's cache. False where it cannot be fetched, which is said.
 */
export async function mlflowUiFiles(): Promise<string | false> {
  const kept = join(cache, apiVersion);
  const build = join(kept, 'mlflow', 'server', 'js', 'build');
  if (existsSync(join(build, 'index.html'))) return build;
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'part-'));
  try {
    const run = (...args: string[]): Buffer => execFileSync(python, args, { stdio: 'pipe', timeout: 300_000 });
    run('-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '-d', folder, `mlflow==${apiVersion}`);
    run('-c', unpack, folder);
    // Another test may have been faster.
    await rename(folder, kept).catch(() => undefined);
    return build;
  } catch (error) {
    return leftOut(`what needs the files of MLflow ${apiVersion}`, error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
