/* A kind of step of one's own: the work is written once, and carried out under several specifications. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProject, type Project, shellStep } from './project.ts';

let project: Project;

beforeAll(async () => {
  project = await createProject();
  await project.write(
    'gather.ts',
    `import { readFileSync, writeFileSync } from 'node:fs';
/** Writes what all inputs hold to every output, once for each time that is asked for. */
export function gather({ inputs, outputs, params }) {
  const text = Object.values(inputs).flat().map(({ path }) => readFileSync(path, 'utf8').trim()).join('+');
  for (const { path } of Object.values(outputs)) writeFileSync(path, JSON.stringify(text.repeat(params['times'] ?? 1)));
}
`,
  );
  await project.write(
    'scale.py',
    `from mlspec import Parameter
def scale(given, left, by: Parameter[float] = 1.0, **more):
    left.write([len(given.read()) * by, more])
`,
  );
});
afterAll(() => project.remove());

it('one function is the executor of steps with other ports, types and parameters', async () => {
  await project.declare(`${shellStep('one', 'echo 1 > {outputs.out}')}${shellStep('two', 'echo 2 > {outputs.out}')}
  alone: {typescript: 'gather.ts#gather', inputs: {a: one.out}, outputs: {said: Report}}
  both: {typescript: 'gather.ts#gather', inputs: {first: one.out, second: two.out}, outputs: {x: Metrics, y: Report}, params: {times: 2}}
  small: {python: 'scale.py:scale', inputs: {given: alone.said}, outputs: {left: Metrics}}
  large: {python: 'scale.py:scale', inputs: {given: both.y}, outputs: {left: Report}, params: {by: 10, note: wide}}
`);
  const ended = await project.run([], { MLSPEC_PYTHON: process.env['MLSPEC_TEST_PYTHON'] });
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  const left = async (step: string, port: string): Promise<unknown> =>
    JSON.parse((await project.mlspec(['show', 'latest', step, '--output', port])).stdout);
  expect(await left('alone', 'said')).toBe('1');
  expect([await left('both', 'x'), await left('both', 'y')]).toEqual(['1+21+2', '1+21+2']);
  expect([await left('small', 'left'), await left('large', 'left')]).toEqual([
    [1, {}],
    [60, { note: 'wide' }],
  ]);
});
