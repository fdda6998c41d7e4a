/*
 * Content that somebody asked to have erased: it goes from the store, statements and log stay as they were, and verification
 * tells it apart from content that was taken away.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/index.ts';
import { createProject, type Project, shellStep } from '../engine/project.ts';

const secret = 'Erika Mustermann, born 1970';
let project: Project;
let digest: string;

interface Found {
  readonly code: number | null;
  readonly erased: readonly string[];
  readonly broken: readonly string[];
}

async function verify(what = 'latest'): Promise<Found> {
  const { code, stdout } = await project.mlspec(['verify', what, '--json']);
  const { rules, erased } = JSON.parse(stdout) as { rules: { rule: string; holds: boolean }[]; erased: string[] };
  return { code, erased, broken: rules.filter(({ holds }) => !holds).map(({ rule }) => rule) };
}

/** Files of the project's state that hold the text. */
async function keptIn(text: string): Promise<string[]> {
  const files = await readdir(join(project.root, '.mlspec'), { recursive: true, withFileTypes: true });
  const paths = files.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const held = await Promise.all(paths.map(async (path) => (await readFile(path)).includes(text)));
  return paths.filter((_, index) => held[index]);
}

beforeAll(async () => {
  project = await createProject();
  await project.write('people.txt', `${secret}\n`);
  const people = shellStep('people', 'cat people.txt > {outputs.out}', 'files: [people.txt]');
  const count = shellStep('count', 'wc -l < {inputs.x} > {outputs.out}', 'inputs: {x: people.out}');
  await project.declare(people + count);
  expect((await project.run()).code).toBe(0);
  digest = await project.withRecord(async (metadata) => {
    const [run] = await metadata.listRuns();
    const executions = await metadata.executions(run!.id);
    const made = executions.find(({ step }) => step === 'people')!.id;
    const [event] = (await metadata.events([made])).filter(
      ({ direction, port }) => direction === 'OUTPUT' && port === 'out',
    );
    return (await metadata.artifacts([event!.artifactId]))[0]!.digest;
  });
});
afterAll(() => project.remove());

describe('content that is erased', () => {
  it('is told before, and stays until it is asked for with --yes and a reason', async () => {
    expect(await verify()).toEqual({ code: 0, erased: [], broken: [] });
    const preview = await project.mlspec(['erase', digest, '--why', 'request 17']);
    expect(preview.code, preview.stderr).toBe(0);
    expect(preview.stdout).toMatch(/would erase 1 items/);
    expect((await project.mlspec(['erase', digest, '--yes'])).code).toBe(2);
    expect((await project.mlspec(['erase', 'sha256:00', '--why', 'x', '--yes'])).stderr).toContain('ARTIFACT_MISSING');
    expect(await verify()).toEqual({ code: 0, erased: [], broken: [] });
    expect(await keptIn(secret)).not.toEqual([]);
  });

  it('is gone from the store, and verification says erased, not tampered', async () => {
    const erased = await project.mlspec(['erase', digest, '--why', 'request 17', '--yes']);
    expect(erased.code, erased.stderr).toBe(0);
    expect(erased.stdout).toMatch(/erased 1 items/);
    expect(await keptIn(secret)).toEqual([]);
    expect(await verify()).toEqual({ code: 0, erased: ['people/out'], broken: [] });
    expect((await project.mlspec(['verify'])).stdout).toMatch(/erased {3}people\/out/);
    const log = await project.mlspec(['log', 'verify']);
    expect(log.code, log.stdout).toBe(0);
    const again = await project.mlspec(['erase', digest, '--why', 'request 17', '--yes', '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ itemCount: 0 });
  });

  it('is so in an exported run, too', async () => {
    const folder = join(project.root, '..', 'exported');
    expect((await project.mlspec(['export', 'latest', folder])).code).toBe(0);
    expect(await verify(folder)).toEqual({ code: 0, erased: ['people/out'], broken: [] });
  });

  it('is missing where the owner did not state it', async () => {
    const database = await openDatabase({ kind: 'sqlite', path: join(project.root, '.mlspec', 'metadata.db') });
    try {
      await database.run("update run_statements set signatures = '[]' where predicate_type like '%erasure%'");
    } finally {
      await database.close();
    }
    expect(await verify()).toEqual({ code: 6, erased: [], broken: ['artifacts/whole'] });
  });

  it('is made again by the next run, if what it is made of is still there', async () => {
    const ended = await project.run();
    expect(ended.states).toMatchObject({ people: 'complete', count: 'cached' });
    expect(await verify()).toEqual({ code: 0, erased: [], broken: [] });
  });
});

describe('what a failed attempt said', () => {
  const told = 'Max Mustermann, born 1980';
  let statement: string;

  const statements = async (): Promise<readonly { state: string; digest: string }[]> =>
    JSON.parse((await project.mlspec(['show', 'latest', 'fails', '--json'])).stdout).statements;

  beforeAll(async () => {
    await project.remove();
    project = await createProject();
    await project.write('told.txt', `${told}\n`);
    const script = '[ -e ../once ] || { touch ../once; cat told.txt >&2; exit 75; }; echo 1 > {outputs.out}';
    await project.declare(shellStep('fails', script, 'retries: 1'));
    const ended = await project.run();
    expect(ended.states, ended.stdout).toEqual({ fails: 'complete' });
    const [first, second] = await statements();
    expect([first!.state, second!.state]).toEqual(['FAILED', 'COMPLETE']);
    statement = first!.digest;
    expect(await keptIn(told)).not.toEqual([]);
  });

  it('goes from the record and its files; the log and the verdict of the run stay', async () => {
    const preview = await project.mlspec(['erase', statement, '--why', 'request 18']);
    expect(preview.stdout, preview.stderr).toContain(`statement    ${statement} of fails`);
    expect(await keptIn(told)).not.toEqual([]);
    const erased = await project.mlspec(['erase', statement, '--why', 'request 18', '--yes']);
    expect(erased.code, erased.stderr).toBe(0);
    expect(await keptIn(told)).toEqual([]);
    expect(await verify()).toEqual({ code: 0, broken: [], erased: ['fails, attempt 1, which ended FAILED'] });
    const log = await project.mlspec(['log', 'verify']);
    expect(log.code, log.stdout).toBe(0);
    expect((await project.mlspec(['show', 'latest', 'fails', '--logs'])).stdout).not.toContain(told);
    const folder = join(project.root, '..', 'exported-again');
    expect((await project.mlspec(['export', 'latest', folder])).code).toBe(0);
    expect(await verify(folder)).toMatchObject({ code: 0, erased: ['fails, attempt 1, which ended FAILED'] });
  });

  it('cannot be erased of a step that ended well', async () => {
    const [, kept] = await statements();
    const refused = await project.mlspec(['erase', kept!.digest, '--why', 'x', '--yes']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('ERASE_NEEDED');
  });

  it('is missing, in run and log, where the owner did not state it', async () => {
    const database = await openDatabase({ kind: 'sqlite', path: join(project.root, '.mlspec', 'metadata.db') });
    try {
      await database.run("delete from run_statements where predicate_type like '%erasure%'");
    } finally {
      await database.close();
    }
    expect(await verify()).toMatchObject({ code: 6, erased: [], broken: ['run/ended', 'log/complete'] });
    const log = await project.mlspec(['log', 'verify']);
    expect(log.code).toBe(6);
    expect(log.stdout).toContain('the statement is not the one that the log took in');
  });
});
