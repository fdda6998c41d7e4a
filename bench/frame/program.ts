import { rm } from 'node:fs/promises';
import { type StagedProgram, stageProgram } from '../../tools/stage-package.ts';

let built: Promise<StagedProgram> | null = null;

/** The command as users have it: of the package as it is published, built at the first call. */
export async function builtProgram(): Promise<string> {
  built ??= stageProgram();
  return (await built).command;
}

/** Removes what was built. */
export async function removeBuiltProgram(): Promise<void> {
  if (built !== null) await rm((await built).folder, { recursive: true, force: true });
  built = null;
}
