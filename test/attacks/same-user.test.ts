/*
 * A program of the same user, started from a step, that goes around MLSpec. Nothing on one machine under one user can
 * stop all of it; what it reaches must be said by the verdict, and what the verdict does not say it must not reach.
 */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../engine/project.ts';
import { createSealedProject, type SealedProject } from './sealed-project.ts';

const program = fileURLToPath(new URL('same-user-program.ts', import.meta.url));
let project: SealedProject;
let processId: number | null = null;

beforeEach(async () => {
  project = await createSealedProject();
});
afterEach(async () => {
  if (processId !== null) process.kill(processId, 'SIGKILL');
  await project.remove();
});

/** A step that starts the program in a session of its own, without the variable by which MLSpec knows its processes. */
const starter = `import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
export function start(context) {
  const { program, folder } = context.params;
  const child = spawn(process.execPath, [program, folder, join(folder, 'reached')], { detached: true, stdio: 'ignore', env: {}, cwd: '/' });
  child.unref();
  writeFileSync(join(folder, 'program'), String(child.pid));
  writeFileSync(context.outputs['done'].path, '{}');
}
`;

it('reaches what the verdict says, and nothing else', async () => {
  const folder = join(project.root, '..');
  await project.write('starter.ts', starter);
  await project.describe({
    datasets: '{copy: {query: SELECT * FROM rows}}',
    modelCode: `if (columns.x[0] > 5) fs.writeFileSync(${JSON.stringify(join(folder, 'asked-of-the-model'))}, String(columns.x));`,
    more: `steps: {starter: {typescript: starter.ts#start, params: {program: ${program}, folder: ${folder}}, outputs: {done: Report}}}`,
  });
  expect((await project.tell('run')).state).toBe('COMPLETE');
  processId = Number(await readFile(join(folder, 'program'), 'utf8'));
  await until(() => existsSync(join(folder, 'reached')), { tries: 600 });
  const [told] = (await project.tell('release')).gates;
  const lastLook = Date.now();
  await until(async () => (await stat(join(folder, 'reached'))).mtimeMs > lastLook + 500, { tries: 600 });
  const reached = JSON.parse(await readFile(join(folder, 'reached'), 'utf8')) as Record<string, string>;
  expect(Object.keys(reached).sort()).toEqual([...told!.exposed].sort());
  // What the verdict says stands on the terminal too.
  const { stderr } = await project.mlspec(['release']);
  expect(stderr).toContain(`sealed: ${told!.isolation}`);
});
