/*
 * The package as it is published: built, packed, unpacked into an empty folder where it finds only the packages that it
 * declares, and used there by its command.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describedPackage, stagePackage } from '../tools/stage-package.ts';
import { isFull } from './full.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
let folder: string;
let tarball: string;

/** What is published, built and packed as `npm pack` does, without touching the checkout. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlspec-published-'));
  const stage = join(folder, 'stage');
  await stagePackage(stage);
  await mkdir(join(stage, 'python', 'mlspec', '__pycache__'), { recursive: true });
  await writeFile(join(stage, 'python', 'mlspec', '__pycache__', 'left.cpython-312.pyc'), '');
  await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: stage });
  tarball = join(folder, 'mlspec-0.1.0.tgz');
}, 600_000);

afterAll(async () => await rm(folder, { recursive: true, force: true }));

/** A project with one table, in which the package is unpacked; of other packages only those that it declares. */
async function installUnpacked(): Promise<string> {
  const root = await mkdtemp(join(folder, 'project-'));
  const installed = join(root, 'node_modules', 'mlspec');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components', '1', '-C', installed]);
  for (const name of Object.keys((await describedPackage()).dependencies)) {
    const place = join(root, 'node_modules', name);
    await mkdir(dirname(place), { recursive: true });
    await symlink(join(repository, 'node_modules', name), place);
  }
  await mkdir(join(root, 'node_modules', '.bin'));
  await symlink('../mlspec/bin/mlspec', join(root, 'node_modules', '.bin', 'mlspec'));
  await writeTable(root);
  return root;
}

async function writeTable(root: string): Promise<void> {
  const cities = ['Ulm', 'Bonn', 'Jena'];
  const rows = Array.from({ length: 300 }, (_, index) => {
    const age = 18 + ((index * 37) % 60);
    return `${index},${age},${cities[index % 3]},${age > 45 ? 1 : 0}`;
  });
  await writeFile(join(root, 'people.csv'), `id,age,city,bought\n${rows.join('\n')}\n`);
}

/** What the command says in a project; its environment holds nothing of the checkout. */
function mlspec(root: string, args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(join(root, 'node_modules', '.bin', 'mlspec'), [...args], {
    cwd: root,
    encoding: 'utf8',
    env: variables(),
  });
}

function variables(): NodeJS.ProcessEnv {
  return {
    PATH: [dirname(process.execPath), process.env['PATH']].join(':'),
    HOME: folder,
    NO_COLOR: '1',
    MLSPEC_CACHE_DIR: join(folder, 'cache'),
    MLSPEC_KEYS_DIR: join(folder, 'keys'),
    MLSPEC_PYTHON: process.env['MLSPEC_TEST_PYTHON'] ?? 'python3',
  };
}

/** Serves the package of a project, asks it once, and ends it. */
async function askServed(root: string, request: unknown): Promise<unknown> {
  const command = join(root, 'node_modules', '.bin', 'mlspec');
  const server = spawn(command, ['serve', 'people', '--port', '0', '--json'], { cwd: root, env: variables() });
  try {
    const [line] = await once(createInterface(server.stdout), 'line');
    const answer = await fetch(`${JSON.parse(line).url}/invocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    return await answer.json();
  } finally {
    server.kill('SIGINT');
    await once(server, 'close');
  }
}

function countsOf(ended: ReturnType<typeof mlspec>): unknown {
  const lines = ended.stdout.split('\n').filter((line) => line.startsWith('{'));
  const result = lines.map((line) => JSON.parse(line)).find((event) => event.type === 'result');
  return result?.counts ?? ended.stdout + ended.stderr;
}

describe('the published package', () => {
  it('holds the program, its schemas, templates and the Python package, and nothing that only tests need', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball]);
    const files = stdout.trim().split('\n');
    for (const file of ['dist/index.js', 'dist/index.d.ts', 'dist/bundle/main.js', 'bin/mlspec', 'bin/start.cjs'])
      expect(files).toContain(`package/${file}`);
    expect(files).toContain('package/dist/bundle/LICENSES.txt');
    expect(files).toContain('package/schemas/mlspec.schema.json');
    expect(files).toContain('package/templates/nist-ai-rmf.yaml');
    expect(files).toContain('package/python/mlspec/run.py');
    const odd = /\.test\.|\/fixtures\/|__pycache__|\.pyc$|(?<!\.d)\.ts$|\/tests?\//;
    expect(files.filter((file) => odd.test(file))).toEqual([]);
  });

  it('starts a project from a table and carries it out, with steps of every language', async () => {
    const root = await installUnpacked();
    expect(mlspec(root, ['--version']).stdout).toBe('0.1.0\n');
    const begun = mlspec(root, ['init', 'people.csv', '--yes']);
    expect(begun.status, begun.stderr).toBe(0);
    const declared = await readFile(join(root, 'mlspec.yaml'), 'utf8');
    // The interpreter of the tests has what the model needs; making an environment is tested elsewhere.
    await writeFile(join(root, 'mlspec.yaml'), declared.replace('  environment: requirements.txt\n', ''));
    await writeFile(join(root, 'count.ts'), counting);
    await appendFile(join(root, 'mlspec.yaml'), ownSteps);
    const first = mlspec(root, ['run', '--json']);
    expect(countsOf(first)).toEqual({ complete: 10 });
    expect(mlspec(root, ['show', 'latest', 'count', '--output', 'out']).stdout.trim()).toMatch(/^\{"rows":\d+\}$/);
    expect(countsOf(mlspec(root, ['run', '--json']))).toEqual({ cached: 10 });
    expect(mlspec(root, ['metrics', 'latest']).stdout).toContain('accuracy');
    expect(mlspec(root, ['report', 'latest', '--out', 'report.html']).status).toBe(0);
    const card = mlspec(root, ['report', 'card', 'latest', '--as', 'markdown']);
    expect(card.stdout, card.stderr).toMatch(/^cells {4}\d{2} verified/m);
  }, 600_000);

  it('runs a step again when the code of the product changes that the step really loaded', async () => {
    const root = await installUnpacked();
    mlspec(root, ['init', 'people.csv', '--yes']);
    expect(countsOf(mlspec(root, ['run', '--json', '--until', 'splitting']))).toEqual({ complete: 2 });
    const dist = join(root, 'node_modules', 'mlspec', 'dist');
    await appendFile(join(dist, 'steps', 'splitting', 'index.js'), '// another version\n');
    expect(countsOf(mlspec(root, ['run', '--json', '--until', 'splitting']))).toMatchObject({ complete: 2 });
    expect(mlspec(root, ['why', 'splitting']).stdout).toContain('program:dist/steps/splitting/index.js changed');
    expect(countsOf(mlspec(root, ['run', '--json', '--until', 'splitting']))).toEqual({ cached: 2 });
  });

  it('gives a program the builder and its types', async () => {
    const root = await installUnpacked();
    await writeFile(join(root, 'build.mjs'), "import { defineSpec } from 'mlspec';\nconsole.log(typeof defineSpec);\n");
    const { stdout } = await run(process.execPath, [join(root, 'build.mjs')]);
    expect(stdout).toBe('function\n');
    const verify =
      "import { verifyFolder } from 'mlspec/verify';\nconsole.log(await verifyFolder('.', { keys: [] }).catch((e) => e.code));\n";
    await writeFile(join(root, 'verify.mjs'), verify);
    expect((await run(process.execPath, [join(root, 'verify.mjs')], { cwd: root })).stdout).toBe('EXPORT_BAD\n');
  });

  it.runIf(isFull)(
    'is installed by npm, makes its environment, releases a package and serves it',
    async () => {
      const root = await mkdtemp(join(folder, 'installed-'));
      await writeTable(root);
      // The script of onnxruntime-node would fetch parts for graphics cards from another network.
      const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
      await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', tarball], { cwd: root, env });
      expect(mlspec(root, ['init', 'people.csv', '--yes']).status).toBe(0);
      expect(countsOf(mlspec(root, ['release', '--json', '--yes']))).toEqual({ complete: 8 });
      const answered = await askServed(root, { dataframe_records: [{ age: 70, city: 'Ulm' }] });
      expect(JSON.stringify(answered)).toContain('predictions');
    },
    900_000,
  );
});

const counting = `import { writeFileSync } from 'node:fs';
import type { StepContext } from 'mlspec';
export async function count(context: StepContext): Promise<void> {
  const tables = await context.tables();
  const path = context.inputs['rows']![0]!.path;
  const [row] = await tables.rows(\`select count(*)::integer as rows from '\${path}'\`);
  writeFileSync(context.outputs['out']!.path, JSON.stringify(row));
}
`;

const ownSteps = `steps:
  few: {sql: 'select age from rows limit 3', inputs: {rows: splitting.train}, outputs: {out: Dataset}}
  count: {typescript: 'count.ts#count', inputs: {rows: few.out}, outputs: {out: Report}}
  copy: {command: [cp, '{inputs.in}', '{outputs.out}'], inputs: {in: count.out}, outputs: {out: Report}}
`;
