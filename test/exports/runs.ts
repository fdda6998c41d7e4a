import { execFile, spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../../tools/problem.ts';
import { formatsPython } from '../../tools/python-env.ts';
import { program } from '../program.ts';

/** A copy of an example in a folder of its own, with keys of its own. */
export interface ExampleProject {
  readonly root: string;
  mlspec(
    ...args: readonly string[]
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
}

/** Copies an example. @param change what is done to its declaration */
export async function copyExample(
  name: string,
  change: (text: string) => string = (text) => text,
): Promise<ExampleProject> {
  const prepared = spawnSync(process.execPath, [join(repositoryRoot, 'examples', 'prepare.mjs'), name], {
    stdio: 'pipe',
  });
  if (prepared.status !== 0) throw new Error(String(prepared.stderr));
  const folder = await mkdtemp(join(tmpdir(), `mlspec-export-${name}-`));
  const root = join(folder, 'project');
  await cp(join(repositoryRoot, 'examples', name), root, {
    recursive: true,
    filter: (path) => !path.includes('.mlspec'),
  });
  const spec = join(root, 'mlspec.yaml');
  await writeFile(spec, change(await readFile(spec, 'utf8')));
  const env = { ...process.env, MLSPEC_KEYS_DIR: join(folder, 'keys') };
  return {
    root,
    mlspec: async (...args) => {
      const options = { cwd: root, env, encoding: 'utf8', maxBuffer: 1 << 28 } as const;
      return await new Promise((resolve) => {
        execFile(program, [...args], options, (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
        );
      });
    },
  };
}

/** What the tools of the formats' makers say of documents: complaints by `FORMAT=FILE`. */
export async function complaints(
  ...documents: readonly string[]
): Promise<Readonly<Record<string, readonly string[]>>> {
  const script = join(repositoryRoot, 'test', 'exports', 'validate.py');
  const { stdout } = await promisify(execFile)(formatsPython(), [script, ...documents], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { PATH: process.env['PATH'], HOME: tmpdir(), PYTHONDONTWRITEBYTECODE: '1', HF_HUB_OFFLINE: '1' },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

/** No complaint about any of them. */
export function none(documents: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(documents.map((document) => [document, []]));
}
