/* An artifact that is larger than the memory of the process which verifies it: in the store, and in the folder of an export. */
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { peakMemoryEnv, takePeakMemories } from '../../bench/frame/peak-memory.ts';
import { createProject, type Project, shellStep } from '../engine/project.ts';

const mebibytes = 288;
const mostMebibytes = 256;
const slow = { timeout: 600_000 };
let project: Project;
let exported: string;

beforeAll(async () => {
  project = await createProject();
  exported = join(project.root, '..', 'exported');
  await project.declare(
    shellStep('large', `yes 0123456789abcdef | head -c ${mebibytes << 20} > {outputs.out}`) +
      shellStep('small', 'head -c 10 {inputs.x} > {outputs.out}', 'inputs: {x: large.out}'),
  );
  expect((await project.run()).code).toBe(0);
  expect(await project.mlspec(['export', 'latest', exported])).toMatchObject({ code: 0 });
}, 600_000);
afterAll(() => project.remove());

/** What verification finds, in a process of small memory, and how much of it that held. */
async function verify(what: string): Promise<{ code: number | null; broken: string[]; mebibytes: number }> {
  const file = join(project.root, '..', 'peak-memory');
  const { code, stdout, stderr } = await project.mlspec(['verify', what, '--json'], peakMemoryEnv(file, 64));
  expect(stderr).toBe('');
  const { rules } = JSON.parse(stdout) as { rules: { rule: string; holds: boolean }[] };
  const broken = rules.filter(({ holds }) => !holds).map(({ rule }) => rule);
  return { code, broken, mebibytes: Math.max(...takePeakMemories(file)) / 2 ** 20 };
}

it('is verified as it is read', slow, async () => {
  for (const what of ['latest', exported]) {
    const found = await verify(what);
    expect(found).toMatchObject({ code: 0, broken: [] });
    expect(found.mebibytes).toBeGreaterThan(10);
    expect(found.mebibytes, what).toBeLessThan(mostMebibytes);
  }
});

it('is found changed by its last bit', slow, async () => {
  const size = mebibytes << 20;
  const names = await readdir(join(exported, 'artifacts'), { recursive: true });
  const paths = names.map((name) => join(exported, 'artifacts', name));
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  await using file = await open(paths[sizes.indexOf(size)]!, 'r+');
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  last[0]! ^= 1;
  await file.write(last, 0, 1, size - 1);
  const found = await verify(exported);
  expect(found).toMatchObject({ code: 6, broken: ['export/whole', 'artifacts/whole'] });
  expect(found.mebibytes).toBeLessThan(mostMebibytes);
});
