import { execFile } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleProgram } from './bundle.ts';
import { repositoryRoot } from './problem.ts';

const run = promisify(execFile);

/** What of `package.json` says what is published. */
export interface DescribedPackage {
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
}

/** `package.json` of this repository. */
export async function describedPackage(): Promise<DescribedPackage> {
  return JSON.parse(await readFile(join(repositoryRoot, 'package.json'), 'utf8'));
}

/** Puts everything that is published into a new folder, built from the sources as they are; types are not checked. */
export async function stagePackage(folder: string): Promise<void> {
  const { files } = await describedPackage();
  for (const name of ['package.json', ...files.filter((file) => file !== 'dist' && !file.startsWith('!'))])
    await cp(join(repositoryRoot, name), join(folder, name), { recursive: true });
  const tsc = join(repositoryRoot, 'node_modules', 'typescript', 'bin', 'tsc');
  const project = join(repositoryRoot, 'tsconfig.build.json');
  await run(process.execPath, [tsc, '-p', project, '--outDir', join(folder, 'dist'), '--noCheck']);
  await bundleProgram(join(folder, 'dist'));
}
