import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRunning } from '../is-running.ts';
import { createProject, type Project } from './project.ts';

let project: Project;
const python = process.env['MLSPEC_TEST_PYTHON'];

beforeEach(async () => {
  project = await createProject();
  await project.write(
    'rows.csv',
    `id,x,y\n${Array.from({ length: 200 }, (_, row) => `${row},${row % 50},1`).join('\n')}\n`,
  );
});

afterEach(async () => await project.remove());

const declare = async (checks: string): Promise<void> =>
  await project.write(
    'mlspec.yaml',
    `mlspec: 1
name: own
task: {kind: regression, label: y, key: [id]}
ingestion: {sources: {d: {csv: rows.csv}}}
splitting: {by: hash, parts: {train: 60%, validation: 20%, test: 20%}, sealed: [test]}
validation: {leakage: none, checks: [${checks}]}
`,
  );

const validate = () =>
  project.mlspec(['run', '--json', '--until', 'validation'], python === undefined ? {} : { MLSPEC_PYTHON: python });

async function stateAfter(change: () => Promise<void>): Promise<string> {
  await change();
  const ended = await validate();
  expect(ended.code, ended.stdout).toBe(0);
  return ended.states['validation']!;
}

const languages = {
  typescript: {
    key: 'typescript: checks.ts#small',
    files: {
      'checks.ts':
        "import { limit } from './lib/limit.ts';\nexport const small = ({ columns }: any) => columns.x.map((x: number) => x < limit);\n",
      'lib/limit.ts': 'export const limit = 50;\n',
    },
    imported: ['lib/limit.ts', 'export const limit = 51;\n'],
    unused: ['lib/other.ts', 'export {};\n'],
  },
  python: {
    key: "python: 'checks.py:small'",
    files: {
      'checks.py':
        'from lib.limit import LIMIT\n\ndef small(rows):\n    return [x < LIMIT for x in rows["x"].to_pylist()]\n',
      'lib/limit.py': 'LIMIT = 50\n',
    },
    imported: ['lib/limit.py', 'LIMIT = 51\n'],
    unused: ['lib/other.py', 'x = 1\n'],
  },
} as const;

describe.each(['typescript', 'python'] as const)('the code of a check in %s', (name) => {
  it.runIf(name === 'typescript' || python !== undefined)('is code of its step, imports too', async () => {
    const { key, files, imported, unused } = languages[name];
    await declare(`{${key}}`);
    for (const [path, text] of Object.entries(files)) await project.write(path, text);
    expect(await stateAfter(async () => undefined)).toBe('complete');
    expect(await stateAfter(async () => await project.write(unused[0], unused[1]))).toBe('cached');
    expect(await stateAfter(async () => await project.write(imported[0], imported[1]))).toBe('complete');
    expect((await project.mlspec(['why', 'validation'])).stdout).toContain(`${imported[0]} changed`);
  });
});

it('a function that leaves processes behind, or is ended, breaks its check alone; nothing of it goes on, and no later run reuses that', async () => {
  const pids = join(project.root, '..', 'pids');
  await project.write(
    'checks.ts',
    `import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
export const leave = ({ rowCount }: any) => {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  child.unref();
  appendFileSync(${JSON.stringify(pids)}, child.pid + '\\n');
  return Array(rowCount).fill(true);
};
export const hang = () => new Promise((resolve) => setTimeout(resolve, 60_000));
`,
  );
  await declare('{typescript: checks.ts#leave}, {typescript: checks.ts#hang, timeout: 1 s, severity: warn}, x >= 0');
  const first = await validate();
  expect(first.code, first.stdout).toBe(0);
  expect(first.stdout).toContain('longer than its timeout of 1.0 s');
  const left = (await readFile(pids, 'utf8')).trim().split('\n').map(Number);
  expect(left.length).toBeGreaterThan(0);
  expect(left.filter(isRunning)).toEqual([]);
  expect((await validate()).states['validation']).toBe('complete');
});
