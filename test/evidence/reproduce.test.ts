/*
 * An exported run, carried out again by somebody else: what is identical, equal and other is told, and the finding signed.
 * And folders that must not be carried out: changed ones, those of strangers, those that lack something.
 */
import { appendFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEnvelope, parseEnvelope } from '../../src/provenance/index.ts';
import { createProject, type Ended, type Project, shellStep } from '../engine/project.ts';
import { introduce } from './introduce.ts';
import { createPenguinsProject } from './penguins-project.ts';

let project: Project;
let auditor: Project;
let exported: string;

const metric = (name: string, text: string): string =>
  `  ${name}: {command: [sh, -ec, ${JSON.stringify(text)}], outputs: {out: Metrics}}\n`;
/** What a step finds outside its project, where no key sees it: the reason why runs cannot be reproduced. */
const outside = (): string => join(project.root, '..', 'weather');

beforeAll(async () => {
  [project, auditor] = await Promise.all([createProject(), createProject()]);
  await project.write('helper.sh', 'echo hi');
  await project.write('data/rows.txt', 'a\nb\n');
  await writeFile(outside(), '0.5');
  await project.declare(
    [
      shellStep('fixed', 'cat data/rows.txt > {outputs.out}', 'files: [data/rows.txt]'),
      shellStep(
        'behind',
        'sh helper.sh; cat {inputs.in} > {outputs.out}',
        'inputs: {in: fixed.out}\nfiles: [helper.sh]',
      ),
      metric('measured', `value=$(cat ${outside()}); printf '{"value": %s}' "$value" > {outputs.out}`),
    ].join(''),
  );
  const ran = await project.run();
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  exported = join(project.root, '..', 'exported');
  expect(await project.mlspec(['export', 'latest', exported])).toMatchObject({ code: 0 });
  await introduce(project, auditor);
});
afterAll(async () => {
  await Promise.all([project.remove(), auditor.remove()]);
});

interface Found {
  readonly code: number | null;
  readonly likeness: Readonly<Record<string, string>>;
  readonly isReproduced: boolean;
  readonly statement: string;
}

let count = 0;

async function reproduce(args: readonly string[] = [], by = auditor, folder = exported): Promise<Ended> {
  count += 1;
  return await by.mlspec(['reproduce', folder, '--json', '--into', join(by.root, '..', `again-${count}`), ...args]);
}

async function found(args: readonly string[] = [], by = auditor): Promise<Found> {
  const { code, stdout, stderr } = await reproduce(args, by);
  const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? stderr);
  const steps = result.steps as readonly { step: string; likeness: string }[];
  return { ...result, code, likeness: Object.fromEntries(steps.map(({ step, likeness }) => [step, likeness])) };
}

describe('an exported run', () => {
  it('is carried out again from its folder alone, and is the same', async () => {
    await project.write('data/rows.txt', 'other\n');
    await rm(join(project.root, 'helper.sh'));
    const { code, likeness, isReproduced } = await found();
    expect({ code, likeness, isReproduced }).toEqual({
      code: 0,
      isReproduced: true,
      likeness: { fixed: 'identical', behind: 'identical', measured: 'identical' },
    });
  });

  it('leaves a finding that whoever carried it out again signed', async () => {
    const { statement } = await found();
    const { publicKey, algorithm, keyId } = JSON.parse(
      (await auditor.mlspec(['keys', 'show', 'default', '--json'])).stdout,
    );
    const opened = openEnvelope(parseEnvelope(await readFile(statement, 'utf8')), {
      keys: [{ publicKey, algorithm }],
    });
    expect(opened?.signedBy).toEqual([keyId]);
    const { predicateType, predicate, subject } = JSON.parse(opened!.body.toString('utf8'));
    expect(predicateType).toBe('https://in-toto.io/attestation/test-result/v0.1');
    expect(predicate).toMatchObject({
      result: 'PASSED',
      failedTests: [],
      passedTests: expect.arrayContaining(['fixed']),
    });
    expect(subject.map(({ name }: { name: string }) => name)).toEqual(['behind/out', 'fixed/out', 'measured/out']);
  });

  it('differs where a step reads what no key sees; within a tolerance it is equal', async () => {
    await writeFile(outside(), '0.5001');
    expect(await found()).toMatchObject({ code: 6, isReproduced: false, likeness: { measured: 'differs' } });
    const { stdout, code } = await auditor.mlspec(['reproduce', exported, '--into', join(auditor.root, '..', 'told')]);
    expect({ code, stdout }).toEqual({
      code: 6,
      stdout: expect.stringMatching(/measured +differs +out: other values at value/),
    });
    expect(await found(['--tolerance', '0.001'])).toMatchObject({
      code: 0,
      likeness: { measured: 'equal', fixed: 'identical' },
    });
    await writeFile(outside(), '0.5');
  });

  it('whose step fails this time says so', async () => {
    await rm(outside());
    expect(await found()).toMatchObject({ code: 6, likeness: { measured: 'failed', fixed: 'identical' } });
    await writeFile(outside(), '0.5');
  });
});

describe('nothing is carried out', () => {
  it('of a stranger, unless that is asked for', async () => {
    const stranger = await createProject();
    const refused = await reproduce([], stranger);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('EXPORT_UNTRUSTED');
    expect(await found(['--untrusted'], stranger)).toMatchObject({ code: 0, isReproduced: true });
    await stranger.remove();
  });

  it('of a folder that was changed, also where that is asked for', async () => {
    const changed = join(auditor.root, '..', 'changed');
    await cp(exported, changed, { recursive: true });
    await appendFile(join(changed, 'code', 'helper.sh'), '\necho more');
    const { code, stderr } = await reproduce(['--untrusted'], auditor, changed);
    expect(code).not.toBe(0);
    expect(stderr).toContain('EXPORT_BAD');
  });

  it('into a folder that holds something, nor with a tolerance that is none', async () => {
    const taken = join(auditor.root, '..', 'taken');
    await mkdir(taken);
    await writeFile(join(taken, 'mine'), '');
    expect((await auditor.mlspec(['reproduce', exported, '--into', taken])).stderr).toContain('EXPORT_PLACE_TAKEN');
    expect((await reproduce(['--tolerance', 'some'])).stderr).toContain('expected --tolerance to be a number');
    expect((await reproduce([], auditor, auditor.root)).stderr).toContain('EXPORT_BAD');
  });
});

describe('a run that reads sources and has a sealed part', { timeout: 300_000 }, () => {
  let penguins: Project;

  beforeAll(async () => {
    penguins = await createPenguinsProject();
    expect(await penguins.mlspec(['run'])).toMatchObject({ code: 0 });
    exported = join(penguins.root, '..', 'exported');
    expect(await penguins.mlspec(['export', 'latest', exported])).toMatchObject({ code: 0 });
  });
  afterAll(async () => await penguins.remove());

  it('asks for the very files that were read', async () => {
    const elsewhere = join(penguins.root, '..', 'elsewhere');
    await mkdir(join(elsewhere, 'data'), { recursive: true });
    await writeFile(join(elsewhere, 'data/penguins.json'), '[]');
    const { code, stderr } = await reproduce(['--files', elsewhere], penguins);
    expect(code).toBe(2);
    expect(stderr).toMatch(/EXPORT_NOT_REPRODUCIBLE[\s\S]*data\/penguins\.json \(sha256:/);
  });

  it('is the same bit by bit where it is open, and cannot be compared where it is sealed', async () => {
    const { code, likeness } = await found(['--files', penguins.root], penguins);
    expect({ code, likeness }).toEqual({
      code: 0,
      likeness: {
        ingestion: 'unknown',
        splitting: 'unknown',
        analysis: 'identical',
        validation: 'identical',
        transformation: 'identical',
        training: 'identical',
        evaluation: 'identical',
      },
    });
  });
});
