import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createProject, type Project, shellStep } from './project.ts';

let project: Project;

/** Writes wheels of a package of our own, so that nothing is fetched from anywhere. */
const makeWheels = `
import sys, zipfile
for version in ("1.0", "2.0"):
    info = f"tinypack-{version}.dist-info/"
    with zipfile.ZipFile(f"{sys.argv[1]}/tinypack-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tinypack.py", f'version = "{version}"\\n')
        wheel.writestr(info + "METADATA", f"Metadata-Version: 2.1\\nName: tinypack\\nVersion: {version}\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "tinypack.py,,\\n" + "".join(f"{info}{name},,\\n" for name in ("METADATA", "WHEEL", "RECORD")))
`;

async function requires(version: string, comment = ''): Promise<void> {
  await project.write('requirements.txt', `${comment}--no-index\n--find-links wheels\ntinypack==${version}\n`);
}

beforeEach(async () => {
  project = await createProject();
  await project.write('wheels/README', 'wheels of tinypack\n');
  execFileSync('python3', ['-c', makeWheels, join(project.root, 'wheels')]);
  await project.declare(
    shellStep(
      'use',
      'python -c "import tinypack; print(tinypack.version)" > {outputs.out}',
      'environment: requirements.txt',
    ),
  );
});

afterEach(async () => await project.remove());

it('an environment: another requirement runs the step again and is named; a comment does not', async () => {
  await requires('1.0');
  const env = { MLSPEC_CACHE_DIR: join(project.root, '..', 'cache') };
  const first = await project.run([], env);
  expect(first.states, first.stdout).toEqual({ use: 'complete' });
  await requires('1.0', '# another comment\n');
  expect((await project.run([], env)).states).toEqual({ use: 'cached' });
  await requires('2.0');
  expect((await project.run([], env)).states).toEqual({ use: 'complete' });
  expect((await project.mlspec(['why', 'use'], env)).stdout).toContain('package tinypack changed from 1.0 to 2.0');
  expect((await project.mlspec(['diff'], env)).stdout).toMatch(/^environment .*\ntinypack +1\.0 +2\.0/m);
  await requires('1.0');
  const back = await project.run([], env);
  expect(back.states).toEqual({ use: 'cached' });
  expect(back.record).toBe(first.record);
});

it('a requirement that cannot be met is an error that names it', async () => {
  await requires('3.0');
  const ended = await project.run([], { MLSPEC_CACHE_DIR: join(project.root, '..', 'cache') });
  expect(ended.code).toBe(1);
  expect(ended.stdout).toContain('tinypack');
  expect(ended.stdout).not.toContain('"INTERNAL"');
});
