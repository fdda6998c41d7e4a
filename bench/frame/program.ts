import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../../tools/problem.ts';
import { stagePackage } from '../../tools/stage-package.ts';

let built: Promise<string> | null = null;

/** The command as users have it: of the package as it is published, built at the first call. */
export async function builtProgram(): Promise<string> {
  built ??= build();
  return join(await built, 'bin', 'mlspec');
}

/** Removes what was built. */
export async function removeBuiltProgram(): Promise<void> {
  if (built !== null) await rm(await built, { recursive: true, force: true });
  built = null;
}

async function build(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-program-'));
  await stagePackage(folder);
  await symlink(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}
