import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leftOut } from '../../test/left-out.ts';
import type { EnvironmentSpec } from './environment.ts';
import { inspectPython } from './inspect-python.ts';
import { locatePython } from './locate-python.ts';
import { resolveEnvironment } from './resolve-environment.ts';

const root = mkdtempSync(join(tmpdir(), 'mlspec-environments-'));
const wheels = join(root, 'wheels');
// Without the network: pip is configured by the user's own variables to look in a folder.
const env = {
  PATH: process.env['PATH']!,
  HOME: root,
  PIP_NO_INDEX: '1',
  PIP_FIND_LINKS: wheels,
  UV_OFFLINE: '1',
  UV_FIND_LINKS: wheels,
  UV_CACHE_DIR: join(root, 'uv'),
  ...(process.env['PYENV_ROOT'] === undefined ? {} : { PYENV_ROOT: process.env['PYENV_ROOT'] }),
};
/** The folder of uv where it is on the path or in the environment of the tests; null and a word where it is not. */
function findUv(): string | null {
  const folders = [dirname(process.env['MLSPEC_TEST_PYTHON'] ?? ''), ...process.env['PATH']!.split(':')];
  const found = folders.find((folder) => existsSync(join(folder, 'uv')));
  if (found === undefined) leftOut('environments by uv', 'there is no uv');
  return found ?? null;
}
const uvFolder = findUv();

/** A folder that holds uv alone, so that it brings no other interpreter. */
function toolsWithUv(): string {
  const folder = join(root, 'uv-alone');
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'uv'))) symlinkSync(join(uvFolder!, 'uv'), join(folder, 'uv'));
  return folder;
}

/** Writes a wheel of a package that holds one module with its version. */
const wheelWriter = `
import sys, zipfile
folder, name, version, requires = sys.argv[1:5]
dist = "%s-%s.dist-info" % (name, version)
with zipfile.ZipFile("%s/%s-%s-py3-none-any.whl" % (folder, name, version), "w") as wheel:
    wheel.writestr(name + ".py", "VERSION = %r\\n" % version)
    lines = ["Metadata-Version: 2.1", "Name: " + name, "Version: " + version]
    if requires.startswith("python"):
        lines.append("Requires-Python: " + requires[6:])
    elif requires:
        lines.append("Requires-Dist: " + requires)
    wheel.writestr(dist + "/METADATA", "\\n".join(lines) + "\\n")
    wheel.writestr(dist + "/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(dist + "/RECORD", "")
`;

beforeAll(() => {
  mkdirSync(wheels);
  for (const [name, version, requires] of [
    ['apple', '1.0', ''],
    ['apple', '2.0', ''],
    ['pear_tree', '1.5', 'apple<2'],
    ['modern', '1.0', 'python>=99'],
  ] as const)
    execFileSync('python3', ['-c', wheelWriter, wheels, name, version, requires]);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
const freshCache = (): string => {
  count += 1;
  return join(root, `cache-${count}`);
};
const specOf = (file: string | null, text = '', members: Partial<EnvironmentSpec> = {}): EnvironmentSpec => {
  if (file === null) return { file: null, requirements: [], installer: 'pip', python: 'python3', ...members };
  count += 1;
  const path = join(root, `project-${count}`, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return { file: path, requirements: [], installer: 'pip', python: 'python3', ...members };
};
const resolveIn = async (spec: EnvironmentSpec, cacheDir = freshCache(), signal = new AbortController().signal) => {
  const progress: string[] = [];
  const environment = await resolveEnvironment(spec, {
    cacheDir,
    signal,
    env: spec.installer === 'uv' ? { ...env, PATH: `${toolsWithUv()}:${env.PATH}` } : env,
    onProgress: (line) => progress.push(line),
  });
  return { ...environment, progress };
};

describe('resolveEnvironment', () => {
  it('installs exactly what is required, locks it, and answers from the record afterwards', async () => {
    const cacheDir = freshCache();
    const spec = specOf('requirements.txt', 'pear-tree\n# a comment\n');
    const made = await resolveIn(spec, cacheDir);
    expect(made.lock.packages).toEqual({ apple: '1.0', 'pear-tree': '1.5' });
    expect(made.lock.hashes?.['apple']).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(made.lock.python).toMatch(/^3\./);
    expect(made.progress[0]).toMatch(/^making a Python environment for .* with pip; this is done once$/);
    expect(made.progress.some((line) => line.startsWith('Installing collected packages'))).toBe(true);
    const version = execFileSync(made.python, ['-c', 'import apple; print(apple.VERSION)'], { encoding: 'utf8' });
    expect(version.trim()).toBe('1.0');
    expect(await resolveIn(spec, cacheDir)).toEqual({ ...made, progress: [] });
  });

  it('names environments by what is in them, wherever and however they were made', async () => {
    const first = await resolveIn(specOf('requirements.txt', 'apple==1.0\n'));
    const second = await resolveIn(specOf('other.txt', 'apple<2\n'));
    const third = await resolveIn(specOf(null, '', { requirements: ['apple==2.0'] }));
    expect(second.digest).toBe(first.digest);
    expect(third.digest).not.toBe(first.digest);
  });

  it('is made anew when a file that the requirements include changes', async () => {
    const cacheDir = freshCache();
    const spec = specOf('requirements.txt', '-r more/base.txt\n-c limits.txt\n');
    const folder = dirname(spec.file!);
    mkdirSync(join(folder, 'more'));
    writeFileSync(join(folder, 'more', 'base.txt'), 'apple\n');
    writeFileSync(join(folder, 'limits.txt'), 'apple<2\n');
    expect((await resolveIn(spec, cacheDir)).lock.packages).toEqual({ apple: '1.0' });
    writeFileSync(join(folder, 'limits.txt'), 'apple<3\n');
    expect((await resolveIn(spec, cacheDir)).lock.packages).toEqual({ apple: '2.0' });
    rmSync(join(folder, 'limits.txt'));
    await expect(resolveIn(spec, cacheDir)).rejects.toMatchObject({ code: 'ENVIRONMENT_FILE_MISSING' });
  });

  it('reads pyproject.toml and pylock.toml', async () => {
    const project = '[project]\nname = "x"\nversion = "1"\ndependencies = ["pear-tree"]\n[tool.other]\nx = 1\n';
    expect((await resolveIn(specOf('pyproject.toml', project))).lock.packages).toEqual({
      apple: '1.0',
      'pear-tree': '1.5',
    });
    const lock =
      'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "apple"\nversion = "2.0"\n[[packages]]\nname = "modern"\nversion = "1.0"\nmarker = "python_version < \'3\'"\n';
    expect((await resolveIn(specOf('pylock.toml', lock))).lock.packages).toEqual({ apple: '2.0' });
    for (const text of ['[tool.poetry]\nname = "x"\n', 'not toml'])
      await expect(resolveIn(specOf('pyproject.toml', text))).rejects.toMatchObject({
        code: 'ENVIRONMENT_BAD_REQUIREMENT',
      });
    await expect(resolveIn(specOf('poetry.lock'))).rejects.toMatchObject({
      code: 'ENVIRONMENT_BAD_REQUIREMENT',
      hint: expect.stringContaining('poetry export'),
    });
  });

  it('names the requirement at fault, with the reason of pip', async () => {
    for (const [text, requirement, reason] of [
      ['apple==9.9', 'apple==9.9', /from versions: 1\.0, 2\.0/],
      ['nosuchpackage', 'nosuchpackage', /No matching distribution/],
      ['!!!', '!!!', /Invalid requirement/],
      ['apple==2.0\npear-tree', 'apple==2.0', /pear-tree 1.5 depends on apple<2/],
      ['modern', 'modern', /requires a different Python|Requires-Python|No matching/i],
      [
        'apple==1.0 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000',
        'apple==1.0',
        /hash/i,
      ],
    ] as const) {
      const failure = await resolveIn(specOf('requirements.txt', `${text}\n`)).catch((error) => error);
      expect(failure).toMatchObject({ code: 'ENVIRONMENT_BAD_REQUIREMENT' });
      expect(failure.message.split('\n')[0]).toContain(`requirements.txt: ${requirement}`);
      expect(failure.message).toMatch(reason);
    }
  });

  it('leaves nothing of a failed attempt, and says what the network has to do with it', async () => {
    const cacheDir = freshCache();
    await expect(resolveIn(specOf('requirements.txt', 'nosuch\n'), cacheDir)).rejects.toThrow();
    const [folder] = readdirSync(join(cacheDir, 'environments'));
    expect(readdirSync(join(cacheDir, 'environments', folder!))).toEqual([]);
    const offline = {
      ...env,
      PIP_NO_INDEX: '0',
      PIP_INDEX_URL: 'http://user:secret-password@127.0.0.1:9/simple',
      PIP_RETRIES: '1',
      PIP_TIMEOUT: '2',
      PIP_FIND_LINKS: '',
    };
    const failure = await resolveEnvironment(specOf('requirements.txt', 'nosuch\n'), {
      cacheDir,
      env: offline,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    }).catch((error) => error);
    expect(failure).toMatchObject({
      code: 'ENVIRONMENT_INSTALL_FAILED',
      message: expect.stringContaining('cannot be reached'),
    });
    expect(failure.message).not.toContain('secret-password');
  });

  it('is made once by processes that start together', async () => {
    const cacheDir = freshCache();
    const spec = specOf('requirements.txt', 'apple\n');
    const script = `
      const { resolveEnvironment } = await import(process.argv[1]);
      const made = await resolveEnvironment(JSON.parse(process.argv[2]), { cacheDir: process.argv[3], env: process.env, signal: new AbortController().signal, onProgress: (line) => process.stderr.write(line + '\\n') });
      process.stdout.write(JSON.stringify([made.python, made.digest]));`;
    const module = fileURLToPath(new URL('./resolve-environment.ts', import.meta.url));
    const runs = await Promise.all(
      [1, 2, 3].map(
        () =>
          new Promise<{ out: string; err: string }>((resolve) => {
            const child = spawn(
              process.execPath,
              ['--input-type=module', '-e', script, module, JSON.stringify(spec), cacheDir],
              { env },
            );
            const text = { out: '', err: '' };
            child.stdout.on('data', (chunk) => (text.out += chunk));
            child.stderr.on('data', (chunk) => (text.err += chunk));
            child.on('close', () => resolve(text));
          }),
      ),
    );
    expect(new Set(runs.map((run) => run.out)).size).toBe(1);
    expect(JSON.parse(runs[0]!.out)[1]).toMatch(/^sha256:/);
    expect(runs.filter((run) => run.err.includes('this is done once'))).toHaveLength(1);
  });

  it('is made anew after a maker was killed, and where its interpreter is gone', async () => {
    const cacheDir = freshCache();
    const spec = specOf('requirements.txt', 'apple\n');
    const made = await resolveIn(spec, cacheDir);
    const folder = dirname(dirname(dirname(dirname(made.python))));
    const dead = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
    rmSync(join(folder, 'complete.json'));
    mkdirSync(join(folder, `env_00000000000000000000000000-${dead}`, 'venv'), { recursive: true });
    writeFileSync(join(folder, 'making'), dead);
    const again = await resolveIn(spec, cacheDir);
    expect(again.digest).toBe(made.digest);
    expect(readdirSync(folder).filter((name) => name.endsWith(`-${dead}`))).toEqual([]);
    expect(existsSync(join(folder, 'making'))).toBe(false);
    rmSync(again.python);
    symlinkSync('/no/such/interpreter', again.python);
    const third = await resolveIn(spec, cacheDir);
    expect(execFileSync(third.python, ['-c', 'import apple; print(1)'], { encoding: 'utf8' })).toBe('1\n');
  });

  it('can be canceled, and leaves nothing', async () => {
    const cacheDir = freshCache();
    const abort = new AbortController();
    const running = resolveIn(specOf('requirements.txt', 'apple\n'), cacheDir, abort.signal);
    setTimeout(() => abort.abort(), 150);
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    const [folder] = readdirSync(join(cacheDir, 'environments'));
    expect(readdirSync(join(cacheDir, 'environments', folder!))).toEqual([]);
    expect((await resolveIn(specOf('requirements.txt', 'apple\n'), cacheDir)).lock.packages).toEqual({ apple: '2.0' });
  });

  it.runIf(uvFolder !== null)('gives the same lock with uv as with pip, and names what is at fault', async () => {
    const withUv = await resolveIn(specOf('requirements.txt', 'pear-tree\n', { installer: 'uv' }));
    const withPip = await resolveIn(specOf('requirements.txt', 'pear-tree\n', { installer: 'pip' }));
    expect(withUv.digest).toBe(withPip.digest);
    const project = '[project]\nname = "x"\nversion = "1"\ndependencies = ["pear-tree"]\n';
    expect((await resolveIn(specOf('pyproject.toml', project, { installer: 'uv' }))).digest).toBe(withPip.digest);
    for (const [text, requirement] of [
      ['apple==9.9', 'apple==9.9'],
      ['nosuchpackage', 'nosuchpackage'],
      ['apple==', 'apple=='],
      ['apple==2.0\npear-tree', 'apple'],
    ] as const) {
      const failure = await resolveIn(specOf('requirements.txt', `${text}\n`, { installer: 'uv' })).catch(
        (error) => error,
      );
      expect(failure).toMatchObject({ code: 'ENVIRONMENT_BAD_REQUIREMENT' });
      expect(failure.message.split('\n')[0]).toContain(requirement);
    }
  });

  it('needs uv where the declaration or the lock file says so', async () => {
    const tools = join(root, 'tools');
    mkdirSync(tools);
    symlinkSync((await locatePython('python3', env)).path, join(tools, 'python3'));
    const options = {
      cacheDir: freshCache(),
      signal: new AbortController().signal,
      env: { PATH: tools },
      onProgress: () => undefined,
    };
    for (const spec of [specOf('requirements.txt', 'apple\n', { installer: 'uv' }), specOf('uv.lock', 'version = 1\n')])
      await expect(resolveEnvironment(spec, options)).rejects.toMatchObject({
        code: 'ENVIRONMENT_INSTALL_FAILED',
        message: expect.stringContaining('expected the program uv'),
      });
  });
});

describe('the interpreter as it is', () => {
  it('is named by its packages, and noticed when it changes', async () => {
    const cacheDir = freshCache();
    const venv = join(root, 'own');
    execFileSync('python3', ['-m', 'venv', '--without-pip', venv]);
    const spec = specOf(null, '', { python: join(venv, 'bin', 'python') });
    const empty = await resolveIn(spec, cacheDir);
    expect(empty).toMatchObject({ python: spec.python, lock: { packages: {} } });
    expect((await resolveIn(spec, cacheDir)).digest).toBe(empty.digest);
    const packages = execFileSync(spec.python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'], {
      encoding: 'utf8',
    });
    const info = join(packages.trim(), 'apple-1.0.dist-info');
    mkdirSync(info);
    writeFileSync(join(info, 'METADATA'), 'Metadata-Version: 2.1\nName: Apple\nVersion: 1.0\n');
    const changed = await resolveIn(spec, cacheDir);
    expect(changed.lock.packages).toEqual({ apple: '1.0' });
    expect(changed.digest).not.toBe(empty.digest);
  });

  it('is asked for where there is none, or one that is too old', async () => {
    const options = { signal: new AbortController().signal, env };
    for (const python of ['no-such-python', '/no/such/python'])
      await expect(inspectPython(python, options)).rejects.toMatchObject({ code: 'ENVIRONMENT_NO_PYTHON' });
    const old = join(root, 'python2');
    writeFileSync(
      old,
      '#!/bin/sh\necho \'{"lock": {"python": "3.8.1", "packages": {}}, "folders": [], "version": [3, 8]}\'\n',
      { mode: 0o755 },
    );
    await expect(inspectPython(old, options)).rejects.toMatchObject({
      code: 'ENVIRONMENT_NO_PYTHON',
      message: expect.stringContaining('3.9 or newer'),
    });
    const broken = join(root, 'broken');
    writeFileSync(broken, '#!/bin/sh\necho "broken thing" >&2; exit 1\n', { mode: 0o755 });
    await expect(inspectPython(broken, options)).rejects.toMatchObject({
      message: expect.stringContaining('broken thing'),
    });
  });

  it('is found behind a shim of pyenv', async () => {
    const pyenv = join(root, 'pyenv');
    for (const path of ['shims/python3', 'versions/3.12.1/bin/python3', 'versions/3.13.0/bin/python3']) {
      mkdirSync(dirname(join(pyenv, path)), { recursive: true });
      writeFileSync(join(pyenv, path), '#!/bin/sh\n', { mode: 0o755 });
    }
    writeFileSync(join(pyenv, 'version'), '3.12.1\n');
    const shims = { PATH: join(pyenv, 'shims'), PYENV_ROOT: pyenv };
    expect((await locatePython('python3', shims)).path).toBe(join(pyenv, 'versions/3.12.1/bin/python3'));
    expect((await locatePython('python3', { ...shims, PYENV_VERSION: '3.13.0' })).path).toBe(
      join(pyenv, 'versions/3.13.0/bin/python3'),
    );
  });
});
