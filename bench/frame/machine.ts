import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

/** The machine of a measurement, as the page shows it, and the versions of what is always there. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** The load of the last minute when the measurement began: processes that wanted a core. */
  readonly loadBefore: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** What is measured on. */
export function describeMachine(): Machine {
  const distribution = /^PRETTY_NAME="?([^"\n]*)/m.exec(readText('/etc/os-release'))?.[1];
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    system: [distribution, type(), release()].filter((part) => part !== undefined).join(', '),
    loadBefore: Math.round(loadavg()[0]! * 100) / 100,
    versions: {
      mlspec: ownVersion(),
      Node: process.versions.node,
      Python: versionOf(['python3', '--version']),
      OpenSSL: versionOf(['openssl', 'version']),
    },
  };
}

/** The number in what a program says of its version; `not there` where it cannot be started. */
export function versionOf(command: readonly [string, ...string[]]): string {
  try {
    const said = execFileSync(command[0], command.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return /\d+(?:\.\d+)+\S*/.exec(said)?.[0] ?? said.trim();
  } catch {
    return 'not there';
  }
}

/** The version of the package, and the commit where there is one. */
function ownVersion(): string {
  const root = join(import.meta.dirname, '..', '..');
  const { version } = JSON.parse(readText(join(root, 'package.json'))) as { version: string };
  try {
    const ask = (...args: string[]) => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: 'pipe' });
    const changed = ask('status', '--porcelain', '--', 'src', 'bin', 'python').trim() === '' ? '' : ', with changes';
    return `${version} (${ask('rev-parse', '--short=10', 'HEAD').trim()}${changed})`;
  } catch {
    return version;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
