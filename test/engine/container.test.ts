import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkState, createProject, endOf, type Project, until } from './project.ts';

let project: Project;

beforeEach(async () => {
  project = await createProject();
});

afterEach(async () => {
  expect(await checkState(project)).toEqual([]);
  await project.remove();
});

const [one, two] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];

/**
 * Stands for a container engine that is not part of the product: a program named `docker` whose images are files. A tag
 * is a file of the folder `images` that holds an id, a registry is the folder `registry`; `run` runs the command that
 * comes after the image on this machine, and knows images by their id alone.
 */
const docker = `#!/bin/sh
home=$(dirname "$0")/..
echo "$@" >> "$home/asked"
file() { echo "$home/$1/$(echo "$2" | tr / _)"; }
case "$1" in
  version) [ ! -e "$home/down" ] || { echo "Cannot connect to the daemon" >&2; exit 1; }; echo 1.0;;
  image)
    for image; do :; done
    [ -e "$(file images "$image")" ] || { echo "Error: No such image: $image" >&2; exit 1; }
    cat "$(file images "$image")";;
  pull)
    [ -e "$(file registry "$2")" ] || { echo "trying" >&2; echo "Error: manifest for $2 not found" >&2; exit 1; }
    cp "$(file registry "$2")" "$(file images "$2")";;
  rm) exit 0;;
  run)
    shift
    while ! grep -qxs -- "$1" "$home"/images/*; do shift; [ $# -gt 0 ] || { echo "no such image" >&2; exit 125; }; done
    shift; exec "$@";;
esac
`;

/** Puts the program on the path of the project, and nothing else that is a container engine. */
async function installDocker(): Promise<NodeJS.ProcessEnv> {
  const folder = join(project.root, '..', 'tools');
  for (const name of ['tools', 'images', 'registry']) mkdirSync(join(project.root, '..', name));
  for (const tool of ['sh', 'cat', 'cp', 'tr', 'grep', 'dirname', 'echo', 'sleep', 'env', 'git', 'touch'])
    symlinkSync(execFileSync('which', [tool], { encoding: 'utf8' }).trim(), join(folder, tool));
  await project.write('../tools/docker', docker);
  chmodSync(join(folder, 'docker'), 0o755);
  return { PATH: folder };
}

const write = (path: string, id: string): Promise<void> => project.write(`../${path}`, `${id}\n`);

async function declare(image: string, script = 'echo made > {outputs.out}'): Promise<void> {
  await project.declare(
    `  boxed: {container: {image: '${image}', command: [sh, -c, '${script}']}, outputs: {out: Any}}\n`,
  );
}

async function asked(): Promise<string[]> {
  return (await readFile(join(project.root, '..', 'asked'), 'utf8')).trim().split('\n');
}

describe('the image of a container step', () => {
  let env: NodeJS.ProcessEnv;

  beforeEach(async () => {
    env = await installDocker();
    await write('images/tool:1', one);
    await declare('tool:1');
    const ended = await project.run([], env);
    expect(ended.states, ended.stdout).toEqual({ boxed: 'complete' });
  });

  const states = async (): Promise<string | undefined> => (await project.run([], env)).states['boxed'];
  const why = async (): Promise<string> => (await project.mlspec(['why', 'boxed'], env)).stdout;

  it('is run by its digest, which is in the record and the statement', async () => {
    expect((await asked()).find((line) => line.startsWith('run '))).toContain(` ${one} sh -c `);
    const [execution, statement] = await project.withRecord(async (metadata) => {
      const { id } = await metadata.getRun('latest');
      return [(await metadata.executions(id))[0]!, (await metadata.statements(id))[0]!.body] as const;
    });
    expect(execution.environment).toEqual({ digest: one, lock: { image: 'tool:1', id: one } });
    expect(statement).toContain(`"name":"environment/tool:1"`);
    expect(statement).toContain('1'.repeat(64));
  });

  it('is part of the key: a tag that moved runs the step again and is named; moved back, it reuses', async () => {
    expect(await states()).toBe('cached');
    await write('images/tool:1', two);
    expect((await project.mlspec(['plan'], env)).stdout).toMatch(/boxed/);
    expect(await states()).toBe('complete');
    expect(await why()).toMatch(/image tool:1 changed from sha256:1+\.* to sha256:2+/);
    await write('images/tool:1', one);
    expect(await states()).toBe('cached');
  });

  it('is no part of it by name: another tag of the same image reuses', async () => {
    await write('images/other_name:9', one);
    await declare('other/name:9');
    expect(await states()).toBe('cached');
  });

  it('a tag that moves while the step waits: what runs is what the key says', async () => {
    const started = join(project.root, '..', 'started');
    await project.declare(
      `  first: {command: [sh, -c, 'while [ ! -e ${started} ]; do sleep 0.05; done; echo ${two} > ../images/tool:1; echo 1 > {outputs.out}'], outputs: {out: Any}}
  boxed: {container: {image: 'tool:1', command: [sh, -c, 'touch ${started}; echo again > {outputs.out}']}, outputs: {out: Any}}
  after: {container: {image: 'tool:1', command: [sh, -c, 'cat {inputs.in} > {outputs.out}']}, inputs: {in: first.out}, outputs: {out: Any}}
`,
    );
    const ended = await project.run(['--jobs', '2'], env);
    expect(ended.states, ended.stdout).toEqual({ first: 'complete', boxed: 'complete', after: 'failed' });
    // The run knows the image as it was when first asked; it is gone from this engine, and nothing else is run instead.
    expect((await asked()).filter((line) => line.startsWith('run ') && line.includes(two))).toEqual([]);
    expect((await project.run([], env)).states).toEqual({ first: 'cached', boxed: 'complete', after: 'complete' });
  });

  it('is fetched where it is not here, and told where that fails', async () => {
    await write('registry/far_tool:2', two);
    await declare('far/tool:2');
    const dry = await project.mlspec(['run', '--until', 'steps', '--dry-run'], env);
    expect(dry.code, dry.stderr).toBe(0);
    expect(dry.stdout + dry.stderr).toMatch(/boxed[^\n]*No such image: far\/tool:2/);
    expect(existsSync(join(project.root, '..', 'images', 'far_tool:2'))).toBe(false);
    const fetched = await project.run([], env);
    expect(fetched.states).toEqual({ boxed: 'complete' });
    expect(fetched.stdout).toContain('fetching the image far/tool:2 with docker');
    await declare('nobody/knows:3');
    const ended = await project.run([], env);
    expect(ended.code).toBe(1);
    expect(ended.states).toEqual({ boxed: 'failed' });
    expect(ended.stdout).toContain('CONTAINER_IMAGE_UNKNOWN');
    expect(ended.stdout).toContain('Error: manifest for nobody/knows:3 not found');
  });

  it.each(['--privileged', '-v'])('is never an option of the engine: %s', async (image) => {
    await declare(image);
    const ended = await project.run([], env);
    expect(ended.stdout).toContain('CONTAINER_IMAGE_UNKNOWN');
    expect((await asked()).some((line) => line.includes(image))).toBe(false);
  });

  it('that the engine names by no digest is refused', async () => {
    await write('images/tool:1', 'latest');
    const ended = await project.run([], env);
    expect(ended.states).toEqual({ boxed: 'failed' });
    expect(ended.stdout).toContain('CONTAINER_IMAGE_UNKNOWN');
  });

  it('cannot be identified where no engine runs: not run and not reused, which a preview says', async () => {
    await project.write('../down', '');
    const ended = await project.run([], env);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain('CONTAINER_NO_ENGINE');
    expect(ended.stdout).toContain('Cannot connect to the daemon');
    const dry = await project.mlspec(['run', '--until', 'steps', '--dry-run'], env);
    expect(dry.stdout + dry.stderr).toMatch(/boxed[^\n]*expected Docker or Podman to run/);
  });
});

describe('the container of an engine that was killed', () => {
  it('is removed by the next run', async () => {
    const env = await installDocker();
    await write('images/tool:1', one);
    await declare('tool:1', 'touch ../started; [ -e quick ] || sleep 60; echo 1 > {outputs.out}');
    const engine = project.start(['run', '--json', '--until', 'steps'], env);
    const ending = endOf(engine);
    await until(() => existsSync(join(project.root, '..', 'started')));
    engine.kill('SIGKILL');
    await project.write('quick', '');
    await rm(join(project.root, '..', 'asked'));
    expect((await project.run([], env)).states).toEqual({ boxed: 'complete' });
    await ending;
    expect(await asked()).toContainEqual(expect.stringMatching(/^rm --force mlspec-exe_/));
    expect((await asked()).findIndex((line) => line.startsWith('rm '))).toBeLessThan(
      (await asked()).findIndex((line) => line.startsWith('run ')),
    );
  });
});

/** A small image that everybody has or can fetch. */
const realImage = 'busybox:1.36';

describe('a container engine that runs here', () => {
  // The one test that may be left out: it needs Docker or Podman, and the image or the network.
  it('runs a step in a container of its own', async (context) => {
    const engines = ['docker', 'podman'].filter((engine) => {
      try {
        execFileSync(engine, ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore', timeout: 10_000 });
        return true;
      } catch {
        return false;
      }
    });
    if (engines.length === 0) context.skip('no Docker and no Podman runs here');
    await project.declare(
      `  boxed: {container: {image: '${realImage}', command: [sh, -c, 'cat /etc/hostname; ls /bin/busybox > {outputs.out}']}, outputs: {out: Any}}\n`,
    );
    const ended = await project.run();
    expect(ended.states, ended.stdout).toEqual({ boxed: 'complete' });
    expect((await project.mlspec(['show', 'latest', 'boxed', '--output', 'out'])).stdout).toBe('/bin/busybox\n\n');
    expect((await project.run()).states).toEqual({ boxed: 'cached' });
  }, 300_000);
});
