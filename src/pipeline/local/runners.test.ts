import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../encoding/index.ts';
import { createDuckDb } from '../../tables/index.ts';
import type { Invocation, InvocationInput } from '../invocation.ts';
import { createStepFixture } from './fixtures/step-fixture.ts';

const fixture = createStepFixture({ PATH: process.env['PATH']!, HOME: process.env['HOME'] ?? '/' });
afterAll(() => fixture.remove());

const report = { path: '', type: 'Report', optional: false } as const;
const dataset = { path: '', type: 'Dataset', optional: false } as const;
const inputOf = (path: string, type: InvocationInput['type']): InvocationInput => ({
  path,
  type,
  digest: digestOf(path),
  properties: { of: path.length },
  from: { step: 's', port: 'p' },
});

describe('typescript steps', () => {
  const typescript = (name: string, members: Partial<Invocation> = {}): Invocation =>
    fixture.invocation({ kind: 'typescript', file: 'steps/step.ts', export: name }, members);

  beforeAll(() => {
    fixture.write('steps/helper.ts', 'export const factor: number = 3;\n');
    fixture.write('steps/unused.ts', 'export const x = 1;\n');
    fixture.write('steps/data.json', '{"offset": 1}\n');
    fixture.write(
      'steps/step.ts',
      `import { writeFileSync } from 'node:fs';
import data from './data.json' with { type: 'json' };
import { factor } from './helper.ts';
export async function good(context: any) {
  const optional = await import('./local-settings.ts').catch(() => ({ extra: 0 }));
  context.metric('loss', 0.5, 3);
  context.log('info', 'hello', { a: 1 });
  context.progress({ done: 1, total: 2 });
  context.outputs.out.setProperties({ rows: 2 });
  writeFileSync(context.outputs.out.path, JSON.stringify({ sum: context.params.x * factor + data.offset, extra: optional.extra, random: context.random(), rows: context.inputs.rows[0].properties.of }));
  return { total: 4, secretLength: context.secrets.TOKEN?.length ?? 0 };
}
export function bad() { throw new TypeError('not good', { cause: new Error('the inner one') }); }
export function busy() { throw Object.assign(new Error('busy'), { retryable: true }); }
export async function stray() { setTimeout(() => { throw new Error('from a timer'); }, 10); await new Promise(() => setTimeout(() => undefined, 5000)); }
export function forgets() { setInterval(() => undefined, 1000); }
export async function waits() { await new Promise(() => undefined); }
export function wrong() { return [1]; }
export function leaves() { process.exit(0); }
export const value = 3;
`,
    );
  });

  it('run with typed ports, and leave metrics, values, properties and the graph of their modules', async () => {
    const given = fixture.write('rows.json', '{}');
    const invocation = typescript('good', {
      inputs: { rows: [inputOf(given, 'Report')] },
      outputs: { out: report },
      params: { x: 4 },
    });
    const outcome = await fixture.execute(invocation, { secrets: { TOKEN: 'abcdefghij' } });
    expect(outcome.result.error).toBeUndefined();
    expect(JSON.parse(readFileSync(invocation.outputs['out']!.path, 'utf8'))).toMatchObject({
      sum: 13,
      extra: 0,
      rows: given.length,
    });
    expect(outcome.result.values).toEqual({ total: 4, secretLength: 10 });
    expect(outcome.result.outputs).toEqual({ out: { properties: { rows: 2 } } });
    const files = new Map(outcome.result.code.files.map((file) => [file.path, file.digest]));
    expect([...files.keys()].filter((path) => !path.startsWith('program:')).sort()).toEqual([
      'steps/data.json',
      'steps/helper.ts',
      'steps/step.ts',
    ]);
    expect(files.get('steps/helper.ts')).toBe(digestOf('export const factor: number = 3;\n'));
    expect(files.has('program:src/pipeline/local/run-typescript.ts')).toBe(true);
    expect(outcome.result.code.absent).toEqual(['steps/local-settings.ts']);
    expect(outcome.events.map((event) => event.type).sort()).toEqual(['log', 'metric', 'progress']);
    expect(outcome.result.usage.peakMemoryBytes).toBeGreaterThan(1e7);
  });

  it('that throw fail with a traceback of the project', async () => {
    const { result } = await fixture.execute(typescript('bad'));
    expect(result).toMatchObject({
      status: 'failed',
      error: { code: 'PIPELINE_STEP_FAILED', message: 'TypeError: not good' },
    });
    expect(result.error!.traceback).toMatch(/at bad \(steps\/step.ts:13:/);
    expect(result.error!.traceback).toContain('caused by: Error: the inner one');
    expect(result.error!.traceback).not.toContain('run-typescript');
    expect(result.code.files.map((file) => file.path)).toContain('steps/helper.ts');
  });

  it('may say that a failure passes', async () => {
    const outcome = await fixture.execute(typescript('busy'));
    expect(outcome.result.error).toMatchObject({ retryable: true });
    expect(outcome.exitCode).toBe(75);
  });

  it('fail by errors that nobody waited for, and end in spite of timers', async () => {
    const stray = await fixture.execute(typescript('stray'));
    expect(stray.result.error).toMatchObject({ code: 'PIPELINE_STEP_FAILED', message: 'Error: from a timer' });
    const startedAtMs = performance.now();
    expect((await fixture.execute(typescript('forgets'))).result.status).toBe('complete');
    expect(performance.now() - startedAtMs).toBeLessThan(60_000);
  });

  it('that wait for a promise that nothing settles are told so', async () => {
    expect((await fixture.execute(typescript('waits'))).result.error).toMatchObject({
      code: 'PIPELINE_BAD_RESULT',
      message: expect.stringMatching(/waits for a promise that nothing can settle any more: .* is left$/),
    });
  });

  it('that name what is not there, or return what cannot be a value, are told', async () => {
    const codeOf = async (invocation: Invocation) => (await fixture.execute(invocation)).result.error;
    expect(await codeOf(typescript('goood'))).toMatchObject({
      code: 'COMPONENT_NOT_FOUND',
      message: expect.stringContaining('did you mean good?'),
    });
    expect(await codeOf(typescript('value'))).toMatchObject({ code: 'COMPONENT_NOT_FOUND' });
    for (const file of ['steps/none.ts', '../outside.ts', '/etc/passwd'])
      expect(await codeOf(fixture.invocation({ kind: 'typescript', file, export: 'x' }))).toMatchObject({
        code: 'COMPONENT_NOT_FOUND',
      });
    expect(await codeOf(typescript('wrong'))).toMatchObject({ code: 'COMPONENT_BAD_OUTPUT' });
    expect(await codeOf(typescript('leaves'))).toMatchObject({ code: 'PIPELINE_BAD_RESULT' });
    fixture.write('broken.ts', 'export function x( {');
    expect((await codeOf(fixture.invocation({ kind: 'typescript', file: 'broken.ts', export: 'x' })))!.message).toMatch(
      /SyntaxError/,
    );
  });
});

describe('sql steps', () => {
  const rows = join(fixture.root, 'rows [1].parquet');
  const more = join(fixture.root, 'more.parquet');

  beforeAll(async () => {
    mkdirSync(fixture.root, { recursive: true });
    const engine = await createDuckDb();
    await engine.writeParquet("select i as id, 'n' || i as name from range(5) t(i)", rows);
    await engine.writeParquet('select i as id from range(5, 7) t(i)', more);
    await engine.close();
  });

  const sql = (text: string, members: Partial<Invocation> = {}): Invocation =>
    fixture.invocation(
      { kind: 'sql', sql: text },
      {
        inputs: { rows: [inputOf(rows, 'Dataset')], joined: [inputOf(rows, 'Dataset'), inputOf(more, 'Dataset')] },
        outputs: { out: dataset },
        ...members,
      },
    );

  it('select from their inputs by the names of the ports, with parameters as values', async () => {
    const invocation = sql(
      'select b.id, rows.name as name from joined b left join rows using (id) where b.id >= {params.least} and rows.name is distinct from {params.not} order by id',
      {
        params: { least: 2, not: "n3' or true --" },
      },
    );
    const outcome = await fixture.execute(invocation);
    expect(outcome.result.error).toBeUndefined();
    expect(outcome.result.values).toEqual({ row_count: 5 });
    const engine = await createDuckDb();
    const found = await engine.rows(`select * from read_parquet('${invocation.outputs['out']!.path}')`);
    await engine.close();
    expect(found.map((row) => row['name'])).toEqual(['n2', 'n3', 'n4', null, null]);
  });

  it('give the same bytes again', async () => {
    const invocations = [sql('select * from joined'), sql('select * from joined')];
    for (const invocation of invocations) expect((await fixture.execute(invocation)).result.error).toBeUndefined();
    const [first, second] = invocations.map((one) => digestOf(readFileSync(one.outputs['out']!.path)));
    expect(first).toBe(second);
  });

  it('read nothing but their inputs, and change nothing', async () => {
    const secret = fixture.write('secret.csv', 'a,b\n1,2\n');
    const codeOf = async (text: string) => (await fixture.execute(sql(text))).result.error?.code;
    expect(await codeOf(`select * from read_csv('${secret}')`)).toBe('TABLE_FILE_NOT_ALLOWED');
    expect(await codeOf(`select * from '${secret}'`)).toBe('TABLE_FILE_NOT_ALLOWED');
    expect(await codeOf('drop view rows')).toBe('TABLE_NOT_A_QUERY');
    expect(await codeOf('select 1; select 2')).toBe('TABLE_NOT_A_QUERY');
    expect(await codeOf('select nope from rows')).toBe('TABLE_QUERY_FAILED');
    expect(await codeOf('select {params.nope}')).toBe('PIPELINE_BAD_PLACEHOLDER');
  });

  it('need one table to write', async () => {
    const outcome = await fixture.execute(sql('select 1 as x', { outputs: { out: report } }));
    expect(outcome.result.error).toMatchObject({ code: 'COMPONENT_MISSING_PORT' });
  });
});

describe('python steps', () => {
  it('run from a file of the project; a module named like the package does not take its place', async () => {
    fixture.write('mlspec.py', 'raise RuntimeError("shadow")\n');
    fixture.write('step.py', 'import mlspec\ndef f(x: int):\n    mlspec.log_metric("m", x)\n    return {"x": x}\n');
    const invocation = fixture.invocation({ kind: 'python', module: 'step.py', function: 'f' }, { params: { x: 4 } });
    const { result, events } = await fixture.execute(invocation);
    expect(result.values).toEqual({ x: 4 });
    expect(result.code.files.map((file) => file.path)).toContain('step.py');
    expect(result.code.files.map((file) => file.path)).toContain('program:python/mlspec/run.py');
    expect(events.filter((event) => event.type === 'metric')).toHaveLength(1);
  });

  it('without an interpreter say so', async () => {
    const invocation = fixture.invocation(
      { kind: 'python', module: 'step.py', function: 'f' },
      { environment: { python: '/no/such/python', digest: null } },
    );
    await expect(fixture.execute(invocation)).rejects.toMatchObject({ code: 'PIPELINE_CANNOT_START' });
  });
});
