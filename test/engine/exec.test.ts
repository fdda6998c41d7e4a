import { spawnSync } from 'node:child_process';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExecResult } from '../../src/app/index.ts';
import { program } from '../program.ts';
import { createProject, endOf, type Project, said } from './project.ts';

let project: Project;

beforeEach(async () => {
  project = await createProject();
  await rm(join(project.root, 'd.csv'));
  await project.write('helper.py', 'VALUE = 1\n');
});

afterEach(async () => await project.remove());

/** Gives a command; answers its result, its output on the standard streams, and the paths of its code. */
async function exec(argv: readonly string[], options: readonly string[] = []) {
  const child = project.start(['exec', '--json', ...options, '--', ...argv]);
  const ended = await endOf(child);
  const lines = ended.stdout.split('\n').filter((line) => line.startsWith('{'));
  const events = lines.map((line) => JSON.parse(line));
  const output = (stream: string): string =>
    events.flatMap(({ event }) => (event?.type === 'output' && event.stream === stream ? [event.text] : [])).join('');
  const warnings = events.flatMap(({ event }) => (event?.type === 'log' ? [event.message] : []));
  const result = events.at(-1) as ExecResult;
  return { ...result, stdout: output('stdout'), stderr: output('stderr'), warnings, code: result.code?.files ?? [] };
}

const why = async (): Promise<string> => (await project.mlspec(['why', 'exec'])).stdout;

describe('the code of a Python command', () => {
  it('is every file of the project that it loaded, and no other', async () => {
    await project.write('train.py', 'import json\nimport helper\nprint(helper.VALUE, open("rows.csv").read())\n');
    await project.write('rows.csv', 'a');
    await project.write('unused.py', 'x = 1\n');
    const train = ['python3', 'train.py'];
    expect(await exec(train)).toMatchObject({ isReused: false, stdout: '1 a\n', code: ['helper.py', 'train.py'] });
    expect(await exec(train)).toMatchObject({ isReused: true, code: ['helper.py', 'train.py'] });
    expect(await why()).toContain('was reused');
    await project.write('unused.py', 'x = 2\n');
    // What it reads is data, which counts where --in names it.
    await project.write('rows.csv', 'b');
    expect((await exec(train)).isReused).toBe(true);
    await project.write('helper.py', 'VALUE = 2\n');
    expect(await exec(train)).toMatchObject({ isReused: false, stdout: '2 b\n' });
    expect(await why()).toContain('helper.py changed');
    await project.write('helper.py', 'VALUE = 1\n');
    expect((await exec(train)).isReused).toBe(true);
    expect((await exec(train, ['--in', 'rows.csv'])).isReused).toBe(false);
    await project.write('rows.csv', 'c');
    expect((await exec(train, ['--in', 'rows.csv'])).isReused).toBe(false);
  });

  it('is the source that stands there, whatever bytecode was kept of an older one', async () => {
    await project.write('train.py', 'import helper\nprint(helper.VALUE)\n');
    const keep = 'import helper, os; found = os.stat("helper.py"); print(found.st_mtime_ns, end="")';
    const times = spawnSync('python3', ['-c', keep], { cwd: project.root, encoding: 'utf8' }).stdout;
    await project.write('helper.py', 'VALUE = 2\n');
    const back = `import os; os.utime("helper.py", ns=(${times}, ${times}))`;
    spawnSync('python3', ['-c', back], { cwd: project.root });
    expect((await exec(['python3', 'train.py'])).stdout).toBe('2\n');
  });

  it('is loaded by -m, by -c and from standard input too, and by what exec and runpy are given', async () => {
    await project.write('pack/__init__.py', '');
    await project.write('pack/__main__.py', 'from . import inner\nimport helper\n');
    await project.write('pack/inner.py', '');
    expect((await exec(['python3', '-m', 'pack'])).code).toEqual([
      'helper.py',
      'pack/__init__.py',
      'pack/__main__.py',
      'pack/inner.py',
    ]);
    expect((await exec(['python3', '-c', 'import helper'])).code).toEqual(['helper.py']);
    await project.write('text.py', 'import runpy\nexec(compile(open("cell.txt").read(), "cell.txt", "exec"))\n');
    await project.write('cell.txt', 'runpy.run_path("helper.py")\n');
    expect((await exec(['python3', 'text.py'])).code).toEqual(['cell.txt', 'helper.py', 'text.py']);
    const piped = (): string =>
      spawnSync('sh', ['-c', 'echo "import helper; print(helper.VALUE)" | "$0" exec --in - -- python3 -', program], {
        cwd: project.root,
        env: project.env,
        encoding: 'utf8',
      }).stderr;
    expect(piped()).toContain('code, as its Python loaded it: helper.py');
    expect(piped()).toContain('reused');
    await project.write('helper.py', 'VALUE = 2\n');
    expect(piped()).not.toContain('reused');
    expect((await project.mlspec(['exec', '--', 'python3'])).stderr).toContain('add --in -');
  });

  it('is what lies beside the project too, and what was looked for in vain', async () => {
    await writeFile(join(project.root, '..', 'beside.py'), 'VALUE = 1\n');
    await project.write(
      'train.py',
      'import sys\nsys.path.append("..")\nimport beside\ntry:\n    import overrides\nexcept ImportError:\n    pass\n',
    );
    const train = ['python3', 'train.py'];
    expect((await exec(train)).code).toEqual(['../beside.py', 'train.py']);
    expect((await exec(train)).isReused).toBe(true);
    await writeFile(join(project.root, '..', 'beside.py'), 'VALUE = 2\n');
    expect((await exec(train)).isReused).toBe(false);
    expect(await why()).toContain('../beside.py changed');
    await project.write('overrides.py', '');
    expect((await exec(train)).isReused).toBe(false);
    await project.write('json.py', '');
    expect((await exec(train)).isReused).toBe(true);
  });

  it('is that of its children too: forked, spawned, started, ended without a word', async () => {
    for (const name of ['forked', 'spawned', 'started', 'late']) await project.write(`${name}.py`, '');
    await project.write('child.py', 'import os, started\nos._exit(0)\n');
    await project.write(
      'train.py',
      `import multiprocessing, os, subprocess, sys
def load(name):
    __import__(name)
if __name__ == "__main__":
    for method, name in (("fork", "forked"), ("spawn", "spawned")):
        child = multiprocessing.get_context(method).Process(target=load, args=(name,))
        child.start()
        child.join()
    subprocess.run([sys.executable, "child.py"], check=True)
    import late
    os._exit(0)
`,
    );
    const ended = await exec(['python3', 'train.py']);
    expect(ended.stderr).toBe('');
    expect(ended.code).toEqual(['child.py', 'forked.py', 'late.py', 'spawned.py', 'started.py', 'train.py']);
    await project.write('forked.py', 'x = 1\n');
    expect((await exec(['python3', 'train.py'])).isReused).toBe(false);
  });

  it('has the packages of its environment as that: not by their files', async () => {
    const made = spawnSync('python3', ['-m', 'venv', '--without-pip', '.venv'], { cwd: project.root });
    expect(made.status).toBe(0);
    const found = spawnSync('.venv/bin/python', ['-c', 'import site; print(site.getsitepackages()[0])'], {
      cwd: project.root,
      encoding: 'utf8',
    });
    const packages = found.stdout.trim();
    await writeFile(join(packages, 'installed.py'), 'VALUE = 1\n');
    const install = async (version: string): Promise<void> => {
      await rm(join(packages, 'installed-1.0.dist-info'), { recursive: true, force: true });
      await mkdir(join(packages, `installed-${version}.dist-info`));
      await writeFile(
        join(packages, `installed-${version}.dist-info`, 'METADATA'),
        `Metadata-Version: 2.1\nName: installed\nVersion: ${version}\n`,
      );
    };
    await install('1.0');
    await project.write('train.py', 'import installed, helper\n');
    const train = ['.venv/bin/python', 'train.py'];
    expect((await exec(train)).code).toEqual(['helper.py', 'train.py']);
    expect((await exec(train)).isReused).toBe(true);
    await install('2.0');
    expect((await exec(train)).isReused).toBe(false);
    expect(await why()).toContain('package installed changed from 1.0 to 2.0');
  });
});

describe('a Python command that is watched', () => {
  const probe = `
import os, sys, traceback
print(sys.path[0] == os.getcwd(), [path for path in sys.path if "mlspec" in path], sys.argv, __name__, __file__)
print(sys.modules["__main__"].__spec__, sys.stdin.read() == "", sorted(sys.modules))
import helper
print(helper.VALUE, helper.__file__)
sys.stdout.flush()
def fail():
    raise SystemExit(7) if sys.argv[1] == "exit" else ValueError("no " + sys.argv[1])
fail()
`;

  it.each(['exit', 'rows'])('sees no difference, ends the same and says the same (%s)', async (word) => {
    await project.write('probe.py', probe);
    // A module of a name that Python itself loads later must still be found by the program.
    await project.write('types.py', 'raise ImportError("not that one")\n');
    const plain = spawnSync('python3', ['probe.py', word], {
      cwd: project.root,
      env: { ...project.env, PYTHONDONTWRITEBYTECODE: '1' },
      encoding: 'utf8',
      input: '',
    });
    const watched = await exec(['python3', 'probe.py', word]);
    const modules = (text: string): Set<string> => new Set(/'[^\]]*'\]\n/.exec(text)![0].match(/'[^']*'/g)!);
    const more = [...modules(watched.stdout).difference(modules(plain.stdout))];
    expect(
      more.filter((name) => !/^'(?:_mlspec_watch|importlib|_sha|sitecustomize|_?warnings|_imp)/.test(name)),
    ).toEqual([]);
    const withoutModules = (text: string): string => text.replace(/\['__main__'.*\]\n/, '\n');
    expect(withoutModules(watched.stdout)).toBe(withoutModules(plain.stdout));
    expect(watched.stderr).toBe(plain.stderr);
    expect(watched.exitCode).toBe(plain.status);
  });

  it('finds the sitecustomize of its own path', async () => {
    await project.write('site/sitecustomize.py', 'import builtins\nbuiltins.CUSTOM = "mine"\n');
    const program = 'import sitecustomize; print(CUSTOM, sitecustomize.__file__)';
    const env = { PYTHONPATH: join(project.root, 'site') };
    const ended = await project.mlspec(['exec', '--', 'python3', '-c', program], env);
    expect(ended.stdout).toBe(`mine ${join(project.root, 'site', 'sitecustomize.py')}\n`);
  });

  it('is recorded with what it used', async () => {
    await project.write(
      'use.py',
      'import time\nblock = bytearray(200_000_000)\nuntil = time.process_time() + 1\nwhile time.process_time() < until: pass\n',
    );
    await exec(['python3', 'use.py']);
    const { step } = JSON.parse((await project.mlspec(['show', 'latest', 'exec', '--json'])).stdout);
    expect(step.execution.usage.cpuSeconds).toBeGreaterThan(0.8);
    expect(step.execution.usage.cpuSeconds).toBeLessThan(20);
    expect(step.execution.usage.peakMemoryBytes).toBeGreaterThan(200_000_000);
    expect(step.execution.usage.peakMemoryBytes).toBeLessThan(1_000_000_000);
  });
});

describe('code that is not known', () => {
  it.each([
    ['a Python that reports nothing', ['python3', '-I', 'alone.py']],
    ['one inside a shell', ['sh', '-c', 'PYTHONPATH=. python3 alone.py; true']],
  ])('keeps a result from being reused, and is said: %s', async (_, argv) => {
    await project.write('alone.py', 'import time\ntime.sleep(1)\n');
    const first = await exec(argv);
    expect(first).toMatchObject({ state: 'COMPLETE', isReused: false });
    expect(first.warnings.join()).toContain('will not be reused');
    expect((await exec(argv)).isReused).toBe(false);
  });

  it('keeps a result from being reused where the report could not be written', async () => {
    await project.write(
      'full.py',
      `import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
import helper
`,
    );
    const first = await exec(['python3', 'full.py']);
    expect(first).toMatchObject({ state: 'COMPLETE', isReused: false });
    expect(first.warnings.join()).toContain('could not be written');
    expect((await exec(['python3', 'full.py'])).isReused).toBe(false);
  });

  it('is no question where the run was killed: nothing of it is reused', async () => {
    await project.write(
      'slow.py',
      'import helper, os, time\nprint("begun", flush=True)\ntime.sleep(600 * helper.VALUE)\n',
    );
    const argv = ['python3', 'slow.py'];
    const child = project.start(['exec', '--', ...argv]);
    const begun = said(child, /begun/);
    const ended = endOf(child);
    await begun;
    child.kill('SIGKILL');
    await ended;
    await project.write('helper.py', 'VALUE = 0\n');
    expect(await exec(argv)).toMatchObject({ state: 'COMPLETE', isReused: false });
    expect((await exec(argv)).isReused).toBe(true);
  });
});

describe('other commands', () => {
  it('count the files that they name and those that --code names', async () => {
    await project.write('run.sh', '. ./lib/words.sh\n');
    await project.write('lib/words.sh', 'echo one\n');
    const argv = ['sh', 'run.sh'];
    const shown = await project.mlspec(['exec', '--', ...argv]);
    expect(shown.stderr).toContain('code: run.sh; what it loads itself is not seen');
    expect(await exec(argv, ['--code', 'lib/*.sh'])).toMatchObject({
      code: ['lib/words.sh', 'run.sh'],
      isReused: false,
    });
    expect((await exec(argv, ['--code', 'lib/*.sh'])).isReused).toBe(true);
    await project.write('lib/words.sh', 'echo two\n');
    expect(await exec(argv, ['--code', 'lib'])).toMatchObject({ stdout: 'two\n', isReused: false });
    expect(await why()).toContain('lib/words.sh changed');
    expect((await project.mlspec(['exec', '--code', 'none/*.R', '--', 'true'])).stderr).toContain('EXEC_INPUT_MISSING');
  });

  it('do not take what they make inside of an input for an input', async () => {
    await project.write('data/rows.csv', 'a\n');
    const argv = ['sh', '-c', 'mkdir -p data/made; cat data/rows.csv > data/made/copy.csv; cp data/rows.csv last.csv'];
    const options = ['--in', '.', '--in', 'data', '--out', 'data/made', '--out', 'last.csv'];
    expect((await exec(argv, options)).isReused).toBe(false);
    expect((await exec(argv, options)).isReused).toBe(true);
    await project.write('data/rows.csv', 'b\n');
    expect((await exec(argv, options)).isReused).toBe(false);
  });

  it('name a program of the project in one way', async () => {
    await project.write('run.py', '#!/usr/bin/env python3\nimport helper\n');
    await chmod(join(project.root, 'run.py'), 0o755);
    expect((await exec(['./run.py'])).code).toEqual(['helper.py', 'run.py']);
  });

  it('count the Python that they start, with its environment', async () => {
    await project.write('run.sh', 'echo shell\npython3 train.py\n');
    await project.write('train.py', 'import helper\n');
    const argv = ['sh', 'run.sh'];
    expect((await exec(argv)).code).toEqual(['helper.py', 'run.sh', 'train.py']);
    const { step } = JSON.parse((await project.mlspec(['show', 'latest', 'exec', '--json'])).stdout);
    expect(Object.keys(step.execution.code.files).filter((path) => path.startsWith('python:'))).toHaveLength(1);
    expect((await exec(argv)).isReused).toBe(true);
    await rename(join(project.root, 'helper.py'), join(project.root, 'other.py'));
    await project.write('train.py', 'import other\n');
    expect(await exec(argv)).toMatchObject({ isReused: false, code: ['other.py', 'run.sh', 'train.py'] });
  });

  it('as steps of a declaration have the code of their Python found out too', async () => {
    await project.declare("  make: {command: [python3, make.py, '{outputs.out}'], outputs: {out: Report}}\n");
    await project.write('make.py', 'import helper, sys\nopen(sys.argv[1], "w").write("{}")\n');
    await project.write('d.csv', 'x,y\n1,2\n');
    expect((await project.run()).states['make']).toBe('complete');
    expect((await project.run()).states['make']).toBe('cached');
    await project.write('helper.py', 'VALUE = 2\n');
    expect((await project.run()).states['make']).toBe('complete');
    expect((await project.mlspec(['why', 'make'])).stdout).toContain('helper.py changed');
  });
});
