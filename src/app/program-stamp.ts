import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Digest, digestOf } from '../encoding/index.ts';

const code = /(?<!\.test|\.d)\.[jt]s$/;

/**
 * What changes whenever a program does: sizes and times of the code files below its folder and of the list of its
 * installed packages, and the version of Node. Costs one `stat` a file; nothing is read. Where the build gathered the program
 * into few files, these are the program.
 */
export function programStamp(codeFolder: string, programRoot: string): Digest {
  const seen = [process.version, ...packageLists(programRoot).map(describe)];
  const gathered = join(codeFolder, 'bundle');
  const waiting = [existsSync(gathered) ? gathered : codeFolder];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      else if (code.test(entry.name)) seen.push(describe(path));
    }
  }
  return digestOf(seen.sort().join('\n'));
}

/** Where npm lists the packages: in the program's folder where that is a checkout, beside it where it is installed. */
function packageLists(programRoot: string): string[] {
  return [join(programRoot, 'node_modules'), dirname(programRoot)].map((folder) => join(folder, '.package-lock.json'));
}

function describe(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined
    ? `${path} absent`
    : `${path} ${found.size} ${found.mtimeMs} ${found.ctimeMs} ${found.ino}`;
}
