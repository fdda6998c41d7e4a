/*
 * `npm run demo`: an example carried out from nothing, by the commands that a user would type, each shown before it
 * runs. examples/flights where there is Python, else examples/penguins, which is TypeScript alone. `--full` takes all three million rows.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { askServed, tolerance } from './demo-request.ts';
import { repositoryRoot } from './problem.ts';
import { findPython } from './python-env.ts';

const lowestPython = [3, 11];
const full = process.argv.includes('--full');
const mlspec = join(repositoryRoot, 'bin', 'mlspec');
const startedAtMs = performance.now();

/** A line of the demo's own, apart from what the commands print. */
function tell(text: string): void {
  console.error(`\ndemo (${Math.round((performance.now() - startedAtMs) / 1000)} s): ${text}`);
}

/** Runs a command of the product in the example's folder, shown as it would be typed; its exit code. */
function type(folder: string, ...args: string[]): number {
  console.error(`\n$ mlspec ${args.join(' ')}`);
  const result = spawnSync(mlspec, args, { cwd: folder, stdio: 'inherit' });
  if (result.error !== undefined) throw result.error;
  return result.status ?? 1;
}

/** An interpreter that can make environments, and what to say where there is none. */
function usablePython(): { readonly path: string; readonly version: string } | null {
  const python = findPython(lowestPython);
  if (python === null) return null;
  const can = spawnSync(python.path, ['-c', 'import venv, ensurepip'], { stdio: 'ignore' });
  return can.status === 0 ? python : null;
}

async function main(): Promise<number> {
  const python = usablePython();
  const example = python === null ? 'penguins' : 'flights';
  const folder = join(repositoryRoot, 'examples', example);
  if (python === null) {
    tell(
      `no Python ${lowestPython.join('.')} or newer with venv was found, so the demo is examples/penguins: TypeScript alone, 344 rows.`,
    );
  } else {
    process.env['MLSPEC_PYTHON'] ??= python.path;
    tell(
      `examples/flights with Python ${python.version}: ${full ? 'all three million flights' : 'a tenth of three million flights'}.`,
    );
  }
  const prepared = spawnSync(process.execPath, [join(repositoryRoot, 'examples', 'prepare.mjs'), example], {
    stdio: 'inherit',
  });
  if (prepared.status !== 0) return 1;
  const profile = full && example === 'flights' ? ['--profile', 'full'] : [];

  tell('what the declaration says, and what its gates cost');
  const checked = type(folder, 'check', ...profile);
  if (checked !== 0) return checked;
  tell('a run: everything up to the evaluation on open data; the sealed parts stay closed');
  const ran = type(folder, 'run', ...profile);
  if (ran !== 0) return ran;
  tell('the same again: nothing has changed, so nothing runs');
  const again = type(folder, 'run', ...profile);
  if (again !== 0) return again;
  tell('a release: the gates decide on the sealed parts, then the model is packaged and registered');
  const released = type(folder, 'release', '--yes', ...profile);
  if (released !== 0) return released;
  tell('the proof: from signed statements alone, the release did what was declared');
  const verified = type(folder, 'verify');
  if (verified !== 0) return verified;
  tell('the package answers a request; the batch prediction of the same row says the same');
  const answered = await askServed(folder, mlspec);
  console.error(
    `\n$ mlspec serve &\n$ curl ${answered.url}/invocations -d '${JSON.stringify({ dataframe_records: [answered.row] })}'`,
  );
  console.error(
    `answered ${answered.served.join(', ')}; in the batch ${answered.batch.join(', ')}: ${answered.isEqual ? `equal within ${tolerance}` : 'DIFFERENT'}`,
  );
  if (!answered.isEqual) return 1;
  tell(
    `done. The record is in examples/${example}/.mlspec; in examples/${example} try: ../../bin/mlspec show latest, why training, metrics --slices`,
  );
  return 0;
}

process.exitCode = await main();
