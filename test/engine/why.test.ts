import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProject, type Project, shellStep } from './project.ts';

let project: Project;

beforeEach(async () => {
  project = await createProject();
});

afterEach(async () => await project.remove());

const why = async (...args: string[]): Promise<string> => (await project.mlspec(['why', ...args])).stdout;
const runIds = async (): Promise<string[]> =>
  await project.withRecord(async (metadata) => (await metadata.listRuns({ limit: 10 })).map((run) => run.id));

describe('a step that was reused', () => {
  const declare = async (n: number, more = ''): Promise<void> =>
    await project.declare(shellStep('make', 'echo {params.n} > {outputs.out}', `params: {n: ${n}}\n${more}`));

  it('names the run that made the result, and what is different since the run before', async () => {
    await declare(1);
    await project.run();
    const [made] = await runIds();
    await project.run();
    expect(await why('make')).toMatch(
      new RegExp(`^make  was reused: code, parameters, inputs and environment equal those of ${made} of \\d{4}-.*Z\n$`),
    );
    await declare(2);
    await project.run();
    const [other] = await runIds();
    expect(await why('make')).toContain('parameter n changed from 1 to 2');
    await declare(1);
    await project.run();
    const text = await why('make');
    expect(text).toContain(`equal those of ${made} of`);
    expect(text).toContain(`  - since ${other}: parameter n changed from 2 to 1`);
    await declare(1, 'seed: 5');
    await project.run();
    expect(await why('make')).toContain('the seed changed from 0 to 5');
    expect(await why('make', 'latest~1')).toContain('was reused');
  });

  it('names the step that made it where that had another name', async () => {
    await declare(1);
    await project.run();
    await project.declare(
      shellStep('make', 'echo {params.n} > {outputs.out}', 'params: {n: 1}').replace('  make:', '  other:'),
    );
    await project.run();
    expect(await why('other')).toMatch(/was reused: .*, where the step is make/);
  });

  it('is not said of one that ran: what else made it run is told', async () => {
    await declare(1);
    await project.run();
    expect(await why('make')).toContain('no earlier execution of it that ended well is recorded');
    await project.run(['--force']);
    expect(await why('make')).toContain('it was forced');
  });
});

describe('each ingredient of the key', () => {
  const plain = (name: string, rest = ''): string => shellStep(name, 'echo 1 > {outputs.out}', rest);
  const ingredients: readonly (readonly [name: string, changed: string, there: string, back: string])[] = [
    ['secret', plain('secret', 'secrets: [TOKEN]'), 'secret TOKEN is new: true', 'secret TOKEN is gone (was true)'],
    [
      'output',
      plain('output').replace('{out: Any}', '{out: Report}'),
      'output out changed from Any to Report',
      'output out changed from Report to Any',
    ],
    [
      'parameter',
      plain('parameter', 'params: {a: {b: [1, 2]}}'),
      'parameter a is new: {"b":[1,2]}',
      'parameter a is gone (was {"b":[1,2]})',
    ],
    ['file', plain('file', 'files: [d.csv]'), 'file d.csv is new', 'file d.csv is gone'],
    ['seed', plain('seed', 'seed: 3'), 'the seed changed from 0 to 3', 'the seed changed from 3 to 0'],
    [
      'command',
      plain('command').replace('echo 1 >', 'echo  1 >'),
      'component argv changed from',
      'component argv changed from',
    ],
    ['input', plain('input', 'inputs: {more: seed.out}'), 'input more is new', 'input more is gone'],
  ];

  it('is named, both ways', async () => {
    const env = { TOKEN: 'some-secret' };
    const names = ingredients.map(([name]) => name);
    const reasons = async (): Promise<Record<string, readonly string[]>> => {
      const { explanations } = JSON.parse(await why('steps', '--json'));
      return Object.fromEntries(
        explanations.map((one: { step: string; reasons: string[] }) => [one.step, one.reasons]),
      );
    };
    await project.declare(names.map((name) => plain(name)).join(''));
    await project.run([], env);
    await project.declare(ingredients.map(([, changed]) => changed).join(''));
    expect((await project.run([], env)).states).toEqual(Object.fromEntries(names.map((name) => [name, 'complete'])));
    const forth = await reasons();
    for (const [name, , there] of ingredients) expect(forth[name]).toEqual([expect.stringContaining(there)]);
    await project.declare(names.map((name) => plain(name)).join(''));
    await project.run(['--force'], env);
    const again = await reasons();
    for (const [name, , , back] of ingredients) expect(again[name]).toEqual([expect.stringContaining(back)]);
  });
});

const data = `mlspec: 1
name: tiny
task: {kind: regression, label: y, key: [id]}
ingestion: {sources: {d: {csv: d.csv}}}
splitting: {by: hash, parts: {train: 60%, validation: 40%}}
`;

async function writeTable(columns: string, row: (index: number) => string): Promise<void> {
  await project.write('d.csv', `${columns}\n${Array.from({ length: 40 }, (_, index) => row(index)).join('\n')}\n`);
}

describe('a change of the columns', () => {
  it('of a schema is named by column: settings, new and gone ones; words beside them are not', async () => {
    await writeTable('id,x,y', (index) => `${index},${index % 7},${index}`);
    const schema = (columns: string): Promise<void> =>
      project.write('d.schema.yaml', `schema: 1\ncolumns:\n${columns}`);
    const typed = '  id: {type: int64}\n  y: {type: int64}\n';
    await project.write('mlspec.yaml', `${data}validation: {schema: d.schema.yaml}\n`);
    await schema(`${typed}  x: {type: int64, max: 10}\n`);
    const validate = async () => await project.mlspec(['run', '--json', '--until', 'validation']);
    expect((await validate()).states['validation']).toBe('complete');
    await schema(`${typed}  x: {type: int64, max: 9, min: 0}\n`);
    expect((await validate()).states['validation']).toBe('complete');
    expect(await why('validation')).toContain(
      '  - file d.schema.yaml changed: column x.max changed from 10 to 9; column x.min is new: 0\n',
    );
    await schema('  id: {type: int64}\n  y: {type: int64, nullable: true}\n');
    expect((await validate()).states['validation']).toBe('complete');
    expect(await why('validation')).toMatch(
      /changed: column x is gone \(was .*; column y.nullable changed from false to true/,
    );
    await schema('  id: {type: int64} # a number\n  y: {type: int64, nullable: true}\n');
    expect((await validate()).states['validation']).toBe('complete');
    expect(await why('validation')).toContain('  - file d.schema.yaml changed\n');
  });

  it('of a table is named where the table is read', async () => {
    await project.write('mlspec.yaml', data);
    await writeTable('id,x,y', (index) => `${index},${index % 7},${index}`);
    const analyse = async () => await project.mlspec(['run', '--json', '--until', 'analysis']);
    expect((await analyse()).states).toEqual({ ingestion: 'complete', splitting: 'complete', analysis: 'complete' });
    await writeTable('id,x,y,z', (index) => `${index},a${index % 7},${index},1`);
    await analyse();
    expect(await why('splitting')).toContain(
      '  - input dataset has other content: column x changed from int64 to string; column z is new: int64\n',
    );
    expect(await why('analysis')).toMatch(/input train has other content: column x changed from int64 to string/);
    await writeTable('id,x,y,z', (index) => `${index === 39 ? 1000 : index},a${index % 7},${index},1`);
    await analyse();
    expect(await why('splitting')).toContain('  - input dataset has other content\n');
    await writeTable('id,x,y,z', (index) => `${index},a${index % 7},${index},1\n${index + 100},a,1,1`);
    await analyse();
    expect(await why('splitting')).toContain('  - input dataset has other content: 40 rows became 80\n');
  });
});
