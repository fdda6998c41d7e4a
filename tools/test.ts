/*
 * `npm test`: every test. First the Python environment, then the tests of the Python package, then everything else with
 * Vitest, whose summary ends the output. Arguments go to Vitest. `npm run test:full` adds the long ones.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { listFiles, repositoryRoot } from './problem.ts';
import { formatsPython, testPython } from './python-env.ts';

const only = process.argv.slice(2);
const environment: NodeJS.ProcessEnv = { ...process.env };

function run(name: string, file: string, args: readonly string[]): boolean {
  process.stderr.write(`test: ${name} …\n`);
  const result = spawnSync(file, args, { cwd: repositoryRoot, stdio: 'inherit', env: environment });
  if (result.error !== undefined) process.stderr.write(`test: ${file} could not be started: ${result.error.message}\n`);
  return result.status === 0;
}

function pythonTests(): boolean {
  const files = listFiles(repositoryRoot, 'python/tests', ['.py']).filter((file) => /(^|\/)test_/.test(file));
  if (only.length > 0 || files.length === 0) return true;
  const python = environment['MLSPEC_TEST_PYTHON']!;
  return run('the tests of the Python package', python, [
    '-m',
    'pytest',
    '-q',
    '-p',
    'no:cacheprovider',
    'python/tests',
  ]);
}

try {
  environment['MLSPEC_TEST_PYTHON'] ||= testPython();
  if (only.length === 0) formatsPython();
  environment['PYTHONDONTWRITEBYTECODE'] = '1';
  const python = pythonTests();
  const plain = process.stdout.isTTY ? [] : ['--no-color'];
  const vitest = join(repositoryRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const typescript = run('the tests with Vitest', process.execPath, [vitest, ...plain, 'run', ...only]);
  if (!python) console.log('\nThe tests of the Python package failed; see above.');
  process.exitCode = python && typescript ? 0 : 1;
} catch (error) {
  process.stderr.write(`test: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
