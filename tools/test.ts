/*
 * `npm test`: every test. First the Python environment, then the tests of the Python package, then everything else with
 * Vitest, whose summary ends the output; where a test starts the program, it is the one that is published, built once. Arguments
 * go to Vitest, and the program is the sources as they are then. `npm run test:full` adds the long tests.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles, repositoryRoot } from './problem.ts';
import { formatsPython, testPython } from './python-env.ts';
import { type StagedProgram, stageProgram } from './stage-package.ts';

const only = process.argv.slice(2);
const environment: NodeJS.ProcessEnv = { ...process.env };
let staged: StagedProgram | null = null;

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
  if (only.length === 0 && environment['MLSPEC_TEST_PROGRAM'] === undefined) {
    process.stderr.write('test: building the program …\n');
    staged = await stageProgram();
    environment['MLSPEC_TEST_PROGRAM'] = staged.command;
  }
  const plain = process.stdout.isTTY ? [] : ['--no-color'];
  const vitest = join(repositoryRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const typescript = run('the tests with Vitest', process.execPath, [vitest, ...plain, 'run', ...only]);
  if (!python) console.log('\nThe tests of the Python package failed; see above.');
  process.exitCode = python && typescript ? 0 : 1;
} catch (error) {
  process.stderr.write(`test: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  if (staged !== null) rmSync(staged.folder, { recursive: true, force: true });
}
