import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { prepare } from '../../examples/prepare.mjs';
import { type Ran, runProcess } from './processes.ts';
import { builtProgram } from './program.ts';

const examples = join(import.meta.dirname, '..', '..', 'examples');

/** A folder in which a user would work: a declaration, files beside it, keys of its own. */
export interface Project {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs the program in the folder, from the start of its process to the end. */
  mlspec(...args: readonly string[]): Promise<Ran>;
  /** The same, with further variables. */
  mlspecWith(more: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<Ran>;
}

/**
 * A project in a folder, with files by their paths. Its keys lie beside the folder, unless they are given; caches are the user's,
 * so that environments are not made again.
 */
export function projectAt(root: string, files: Readonly<Record<string, string>>, keys = `${root}-keys`): Project {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const env = { ...process.env, MLSPEC_KEYS_DIR: keys, CI: '1', NO_COLOR: '1' };
  const mlspecWith: Project['mlspecWith'] = async (more, ...args) =>
    await runProcess([await builtProgram(), ...args], { cwd: root, env: { ...env, ...more } });
  return { root, env, mlspecWith, mlspec: async (...args) => await mlspecWith({}, ...args) };
}

/** An example below a folder, with its data, that has not run yet. */
export function exampleAt(name: 'flights' | 'penguins', folder: string): Project {
  const root = join(folder, name);
  cpSync(join(examples, name), root, {
    recursive: true,
    filter: (path) => !/[\\/](\.mlspec|data)$/.test(path),
  });
  prepare(name, root);
  return projectAt(root, {});
}
