import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProject, type Project } from '../../../test/engine/project.ts';
import { repositoryRoot } from '../../../tools/problem.ts';

/** examples/flights without its data: what a use of each gate costs depends on the declaration alone. */
let project: Project;

beforeAll(async () => {
  project = await createProject();
  const example = join(repositoryRoot, 'examples', 'flights');
  cpSync(example, project.root, { recursive: true, filter: (path) => !/[\\/](\.mlspec|data)$/.test(path) });
});

afterAll(async () => await project.remove());

// By hand: (4 + 4)² ln(2 / δ') / (2 · 0.1²), with δ' = 0.01 / (2 objectives · 2^uses histories).
const prices = [
  { gate: 'final', uses: 2, rowsNeeded: 23_609 },
  { gate: 'promotion', uses: 8, rowsNeeded: 36_918 },
];

it.each(['check', 'plan'])('mlspec %s tells what each gate costs, to people and to programs', async (command) => {
  const told = await project.mlspec([command]);
  expect(told.stdout, told.stderr).toContain('gate promotion on test: 36,918 examples for 8 uses at reliability 0.99');
  expect(told.stdout).toContain('gate final on holdback: 23,609 examples for 2 uses at reliability 0.99');
  const result = JSON.parse((await project.mlspec([command, '--json'])).stdout.trim().split('\n').at(-1)!);
  expect(result).toMatchObject({ type: 'result', prices });
});
