import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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

/** The program as it is published. */
export interface StagedProgram {
  /** To be removed by whoever asked for it. */
  readonly folder: string;
  readonly command: string;
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

/** The package in a new temporary folder, with the packages of this repository beside it: ready to be started. */
export async function stageProgram(): Promise<StagedProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'mlspec-program-'));
  await stagePackage(folder);
  await symlink(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'));
  return { folder, command: join(folder, 'bin', 'mlspec') };
}
