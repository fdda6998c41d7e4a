/*
 * What `npm run demo`, `npm test` and `npm run check` start. It runs on Node 18 and newer, installs what the lock file
 * names and is not there yet, and then runs the wanted tool with the Node 24 of this repository.
 * Plain JavaScript, built-in modules only: nothing is installed yet when it begins.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const neededMajor = 24;
const tasks = {
  check: 'tools/check.ts',
  test: 'tools/test.ts',
  'test:full': 'tools/test.ts',
  demo: 'tools/demo.ts',
  bench: 'bench/run.ts',
};

const say = (text) => process.stderr.write(`mlspec: ${text}\n`);

function main() {
  const [task, ...args] = process.argv.slice(2);
  const entry = tasks[task];
  if (entry === undefined) {
    say(`there is no task "${task ?? ''}"; there are ${Object.keys(tasks).join(', ')}.`);
    return 2;
  }
  if (majorOf(process.versions.node) < 18) {
    say(`Node 18 or newer is needed to begin (Node ${neededMajor} is installed from there); this is ${process.version}.`);
    return 1;
  }
  const difference = whatIsMissing();
  if (difference !== null) {
    const code = install(difference);
    if (code !== 0) return code;
  }
  const node = findNode();
  if (node === null) return 1;
  if (!existsSync(join(root, entry))) {
    say(`${task} is not part of this checkout yet (${entry} does not exist).`);
    return 1;
  }
  const full = task === 'test:full' ? { MLSPEC_TEST_FULL: '1' } : {};
  return run(node, [join(root, entry), ...args], full);
}

/** Why `npm ci` is needed, in words; null where the installed packages are those of the lock file. */
function whatIsMissing() {
  const installedPath = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return 'no packages are installed yet';
  const installed = readPackages(installedPath);
  const wanted = readPackages(join(root, 'package-lock.json'));
  for (const [path, described] of Object.entries(wanted)) {
    if (path === '' || described.link) continue;
    const present = installed[path];
    if (present === undefined && described.optional) continue;
    if (present?.version !== described.version) return `${path} should be ${described.version}`;
  }
  if (!existsSync(join(root, 'node_modules', 'node', 'bin', 'node'))) return `Node ${neededMajor} is not unpacked`;
  return null;
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

function install(reason) {
  say(`${reason}; installing the npm packages of package-lock.json (npm ci, about 800 MB, a minute or two) …`);
  const started = Date.now();
  // The native library of onnxruntime-node is inside its package; its script would only fetch parts for graphics cards.
  const code = run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    ONNXRUNTIME_NODE_INSTALL: 'skip',
    ONNXRUNTIME_NODE_INSTALL_CUDA: 'skip',
  });
  const seconds = Math.round((Date.now() - started) / 1000);
  if (code === 0) say(`packages installed in ${seconds} s.`);
  else say(`npm ci failed (exit code ${code}). Its message stands above; check the network and the npm registry setting.`);
  return code;
}

/** The Node of this repository, or the one that runs this file where it is new enough. */
function findNode() {
  const own = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(own)) return own;
  if (majorOf(process.versions.node) >= neededMajor) return process.execPath;
  say(`Node ${neededMajor} was not installed into node_modules (were install scripts switched off?) and this is ${process.version}.`);
  say(`Run "npm rebuild node" in this folder, or use Node ${neededMajor} or newer.`);
  return null;
}

function majorOf(version) {
  return Number(version.split('.')[0]);
}

/** Runs a program in the repository with this terminal; its exit code, 128 + n where a signal ended it. */
function run(file, args, environment) {
  const ignore = () => {};
  process.on('SIGINT', ignore); // the child gets it too and decides; we wait for its exit code
  const result = spawnSync(file, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
    shell: process.platform === 'win32' && file === 'npm',
  });
  process.off('SIGINT', ignore);
  if (result.error) {
    say(`${file} could not be started: ${result.error.message}`);
    return 127;
  }
  return result.signal === 'SIGINT' ? 130 : (result.status ?? 1);
}

process.exitCode = main();
