import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Project } from '../engine/project.ts';
import { program } from '../program.ts';

/** A witness in a process of its own, with keys of its own, beside a project. */
export interface WitnessProcess {
  readonly url: string;
  /** The name under which it signs. */
  readonly name: string;
  /** The variables of its user. */
  readonly env: NodeJS.ProcessEnv;
  isRunning(): boolean;
  end(): Promise<void>;
}

/** Starts the witness that lives beside a project; what it saw is kept there from one start to the next. */
export async function startWitness(project: Project): Promise<WitnessProcess> {
  const folder = join(project.root, '..');
  const env = { ...project.env, MLSPEC_KEYS_DIR: join(folder, 'witness-keys') };
  await mkdir(join(folder, 'seen'), { recursive: true });
  const child: ChildProcess = spawn(program, ['log', 'witness', join(folder, 'seen'), '--port', '0', '--json'], {
    ...{ cwd: folder, env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
  const { url, name } = JSON.parse(line) as { url: string; name: string };
  return {
    ...{ url, name, env },
    isRunning: () => child.exitCode === null && child.signalCode === null,
    end: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Hands the public key of one user to another one, who trusts it with a role under the name `their-NAME`. */
export async function handKey(
  project: Project,
  key: { readonly name: string; readonly role: string },
  users: { readonly from: NodeJS.ProcessEnv; readonly to: NodeJS.ProcessEnv },
): Promise<void> {
  const { name, role } = key;
  const { stdout } = await project.mlspec(['keys', 'show', name], users.from);
  const file = join(project.root, '..', `${name}.pub.pem`);
  await writeFile(file, stdout);
  const trusted = await project.mlspec(['keys', 'trust', `their-${name}`, '--file', file, '--role', role], users.to);
  if (trusted.code !== 0) throw new Error(trusted.stderr);
}
