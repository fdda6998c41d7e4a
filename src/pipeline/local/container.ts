import { dirname, join } from 'node:path';
import { assert } from '../../errors/index.ts';
import type { ExecuteOptions, Invocation } from '../invocation.ts';
import { commandLine } from './command-line.ts';
import { containerName, findEngine, removeContainer } from './container-engine.ts';
import type { Launch } from './spawn.ts';

/**
 * How the container of a step is started: with Docker or, where it does not run, Podman. Inputs, outputs and declared
 * files are mounted at the paths that they have outside, so that every path means the same inside: inputs and files
 * read-only. Secrets are handed over by name, so that their values are in no argument. The container is removed at the
 * end, however the step ended.
 *
 * @throws PlatformError CONTAINER_NO_ENGINE
 */
export async function containerLaunch(
  invocation: Invocation,
  options: Pick<ExecuteOptions, 'secrets'>,
  base: Pick<Launch, 'cwd'> & { readonly env: NonNullable<Launch['env']> },
): Promise<Launch> {
  const { component } = invocation;
  assert(component.kind === 'container', `${invocation.step} is not a container step`);
  const engine = await findEngine(base.env);
  const line = commandLine(['container', ...component.argv], invocation);
  const inner = { ...line.env, TMPDIR: invocation.workDir, ...options.secrets };
  const name = containerName(invocation.executionId);
  const args = [
    ...['run', '--rm', '--name', name, '--label', 'mlspec.step', '--workdir', invocation.workDir],
    ...userArguments(engine),
    ...mountArguments(invocation),
    ...limitArguments(invocation),
    ...Object.keys(inner).flatMap((variable) => ['--env', variable]),
    component.image,
    ...line.args,
  ];
  return {
    ...base,
    env: { ...base.env, ...inner },
    command: engine,
    args,
    input: null,
    cleanUp: async () => {
      // Killing the command leaves the container alone; this ends it.
      await removeContainer(invocation.executionId, base.env, engine);
    },
  };
}

/** Files that the container makes belong to the user, not to root. Podman maps its root to the user by itself. */
function userArguments(engine: string): string[] {
  if (engine === 'podman' || process.getuid === undefined || process.getgid === undefined) return [];
  return ['--user', `${process.getuid()}:${process.getgid()}`];
}

function mountArguments(invocation: Invocation): string[] {
  const inputs = Object.values(invocation.inputs).flatMap((ports) => ports.map((input) => input.path));
  const files = Object.keys(invocation.files).map((path) => join(invocation.projectRoot, path));
  const written = new Set([
    invocation.workDir,
    dirname(invocation.resultPath),
    ...Object.values(invocation.outputs).map((output) => dirname(output.path)),
  ]);
  return [
    ...[...written].map((path) => mount(path, '')),
    ...[...inputs, ...files].map((path) => mount(path, ',readonly')),
  ].flatMap((text) => ['--mount', text]);
}

function mount(path: string, mode: string): string {
  // A comma would begin another option of the mount.
  const place = path.includes(',') ? `"${path.replaceAll('"', '""')}"` : path;
  const field = (name: string): string => (path.includes(',') ? `"${name}=${place.slice(1)}` : `${name}=${place}`);
  return `type=bind,${field('source')},${field('target')}${mode}`;
}

function limitArguments({ limits }: Invocation): string[] {
  const { memoryBytes, cpuSeconds } = limits;
  return [
    ...(memoryBytes === undefined ? [] : ['--memory', String(memoryBytes), '--memory-swap', String(memoryBytes)]),
    ...(cpuSeconds === undefined ? [] : ['--ulimit', `cpu=${Math.ceil(cpuSeconds)}`]),
  ];
}
