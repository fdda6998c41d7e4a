/*
 * Attacks on a run by a program that one of its steps starts, as the same user. Each is refused, undone, or found by a rule;
 * or it succeeds, and then it stands in the one list of what no rule finds, which every verdict prints.
 */

import { generateKeyPairSync } from 'node:crypto';
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/encoding/index.ts';
import { type SameUserWay, sameUserWays } from '../../src/provenance/verify/index.ts';
import { testPython } from '../../tools/python-env.ts';
import { createProject, type Ended, type Project, shellStep } from '../engine/project.ts';

/** What became of an attack. */
interface Outcome {
  readonly run: Ended;
  /** Whether the program got what it wanted at that moment; null where it did not live to say so. */
  readonly reached: boolean | null;
  readonly how: string;
  readonly code: number | null;
  readonly broken: readonly string[];
  readonly unseen: readonly string[];
}

const program = fileURLToPath(new URL('from-within-program.ts', import.meta.url));
const ownKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const handedIn = { MLSPEC_SIGNING_KEY: ownKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
const succeeded = new Set<SameUserWay>();
let project: Project;
let base: string;

beforeAll(async () => {
  project = await createProject();
  base = join(project.root, '..');
  for (const name of ['helper.sh', 'part.sh']) await project.write(name, 'echo honest');
  await declare('nothing');
  expect((await project.run(['--jobs', '2'])).code).toBe(0);
  for (const name of ['project', 'keys']) await cp(join(base, name), join(base, 'copy', name), { recursive: true });
});
afterAll(() => project.remove());

/** A step, an attacker with one that runs beside it, and one that reads what both left. */
async function declare(attack: string): Promise<void> {
  const waits = 'i=0; while [ ! -e ../attacked ] && [ $i -lt 600 ]; do sleep 0.05; i=$((i+1)); done';
  const beside = `cat {inputs.x} > {outputs.out}; touch $TMPDIR/ready; ${waits}; cat {inputs.x} >> {outputs.out}; sh part.sh >> {outputs.out}`;
  const command = JSON.stringify([process.execPath, program, attack, testPython()]);
  await project.declare(
    shellStep('a', 'echo 1 > {outputs.out}') +
      `  attack:\n    command: ${command}\n    inputs: {x: a.out}\n    outputs: {out: Any}\n` +
      shellStep('beside', beside, 'inputs: {x: a.out}\nfiles: [part.sh]') +
      shellStep(
        'c',
        'cat {inputs.x} {inputs.y} > {outputs.out}; sh helper.sh >> {outputs.out}',
        'inputs: {x: attack.out, y: beside.out}\nfiles: [helper.sh]',
      ),
  );
}

/** Carries out a run with an attack in it, and verifies it; `look` sees what it left before all is put back. */
async function carryOut(
  attack: string,
  { env = {}, args = ['--force'], look = async () => {} }: Attempt = {},
): Promise<Outcome> {
  await declare(attack);
  try {
    const run = await project.run(['--jobs', '2', ...args], env);
    const report = await readFile(join(base, 'reached.json'), 'utf8').catch(
      () => '{"reached":null,"how":"it was not said"}',
    );
    const { code, stdout } = await project.mlspec(['verify', '--json']);
    const { rules, unseen } = JSON.parse(stdout) as { rules: { rule: string; holds: boolean }[]; unseen: string[] };
    await look();
    const broken = rules.filter(({ holds }) => !holds).map(({ rule }) => rule);
    return { run, ...JSON.parse(report), code, broken, unseen };
  } finally {
    for (const name of ['gift', 'gift.sig', 'reached.json', 'attacked'])
      await rm(join(base, name), { recursive: true, force: true });
    for (const name of ['project', 'keys']) {
      await rm(join(base, name), { recursive: true, force: true });
      await cp(join(base, 'copy', name), join(base, name), { recursive: true });
    }
  }
}

interface Attempt {
  readonly env?: NodeJS.ProcessEnv;
  readonly args?: readonly string[];
  readonly look?: () => Promise<void>;
}

const show = async (step: string): Promise<string> =>
  (await project.mlspec(['show', 'latest', step, '--output', 'out'])).stdout.trim();

describe('is refused', () => {
  it.each(['key in the own environment', 'open files of the engine'])('%s', async (attack) => {
    expect(await carryOut(attack, { env: {} })).toMatchObject({ reached: false, code: 0 });
  });
});

describe('changes nothing', () => {
  it.each(['files of the log', 'the declaration'])('%s', async (attack) => {
    const look = async (): Promise<void> => {
      expect((await project.mlspec(['log', 'verify'])).code).toBe(0);
      expect(await show('c')).toBe('1\nattacked\n1\n1\nhonest\nhonest');
    };
    expect(await carryOut(attack, { look })).toMatchObject({ reached: true, code: 0, broken: [] });
  });
});

describe('is found', () => {
  it.each([
    ['a statement without a key', ['statements/signed', 'run/ended']],
    ['an artifact of the store', ['artifacts/whole']],
    ['an artifact taken away', ['artifacts/whole']],
    ['a checkpoint of a key of its own', ['log/holds']],
    ['an earlier run taken out of the record', ['log/holds']],
    ['parameters in the record', ['record/agrees']],
    ['a metric in the record', ['record/agrees']],
    ['the digest of an artifact in the record', ['record/agrees']],
    ['an execution that never was', ['record/agrees']],
  ])('%s', async (attack, rules) => {
    const found = await carryOut(attack);
    expect(found, found.how).toMatchObject({ reached: true, code: 6, broken: expect.arrayContaining(rules) });
  });

  it('a result that is there to be reused', async () => {
    const found = await carryOut('a result that is there to be reused', { args: [] });
    expect(found.run.states, found.how).toMatchObject({ attack: 'complete', c: 'cached' });
    expect(found).toMatchObject({ reached: true, code: 6, broken: ['reuse/original', 'record/agrees'] });
  });

  it('the engine, killed', async () => {
    const found = await carryOut('the engine, killed');
    expect(found.run.signal).toBe('SIGKILL');
    expect(found).toMatchObject({ code: 6, broken: expect.arrayContaining(['run/ended', 'steps/complete']) });
  });
});

describe('succeeds, and stands in the list', () => {
  /** The run is good, whatever was done to it. */
  const unseen = async (way: SameUserWay, attack: string, attempt: Attempt = {}): Promise<Outcome> => {
    const found = await carryOut(attack, attempt);
    expect(found, found.how).toMatchObject({ reached: true, code: 0, broken: [], unseen: Object.keys(sameUserWays) });
    succeeded.add(way);
    return found;
  };

  it('finding the key, and signing another statement with it', async () => {
    await unseen('signing-key', 'key below the home folder');
    const look = async (): Promise<void> => {
      const bodies = await project.withRecord(async (metadata) =>
        (await metadata.allStatements()).map(({ body }) => body),
      );
      expect(bodies.filter((body) => body.includes('1999-12-31'))).toHaveLength(1);
      expect((await project.mlspec(['log', 'verify'])).code).toBe(0);
    };
    await unseen('signing-key', 'signing with a key that was found', { look });
  });

  it('variables and memory of the engine', async () => {
    await project.mlspec(['keys', 'list']);
    const found = await carryOut('variables of the engine', { env: handedIn });
    expect(found).toMatchObject({ reached: true });
    succeeded.add('engine-process');
    // Systems may refuse these two; where they do not, it is the same way.
    for (const attack of ['memory of the engine', 'ptrace of the engine'])
      expect(await carryOut(attack)).toMatchObject({ code: 0, broken: [] });
  });

  it('whom the user trusts', async () => {
    const look = async (): Promise<void> => {
      const verify = ['verify', join(base, 'gift')];
      expect(await project.mlspec(verify, { MLSPEC_KEYS_DIR: join(base, 'copy', 'keys') })).toMatchObject({ code: 6 });
      expect(await project.mlspec(verify)).toMatchObject({ code: 0, stdout: expect.stringContaining('signed by me') });
    };
    await unseen('trust-list', 'whom the user trusts', { look });
  });

  it('files of MLSpec', () => unseen('program', 'files of MLSpec'));

  it('its own inputs', () =>
    unseen('own-inputs', 'its own inputs', { look: async () => expect(await show('attack')).toBe('false\nattacked') }));

  it('what a step beside it reads and leaves', async () => {
    const look = async (): Promise<void> => expect(await show('beside')).toContain('false');
    await unseen('work-folders', 'outputs of a step beside it', { look });
    await unseen('work-folders', 'inputs of a step beside it', { look });
  });

  it('the code of another step, which is named where that one had not started', async () => {
    const says = (text: string, whether: boolean, step: string) => async (): Promise<void> => {
      expect(await show(step)).toContain('false');
      const statements = await project.withRecord(async (metadata) => {
        const [run] = await metadata.listRuns({ limit: 1 });
        return (await metadata.statements(run!.id)).map(({ body }) => body);
      });
      const own = statements.find((body) => body.includes(`"step":"${step}"`))!;
      expect(own.includes(digestOf(text).slice('sha256:'.length))).toBe(whether);
    };
    await unseen('code', 'the code of a later step', { look: says('echo false', true, 'c') });
    await unseen('code', 'the code of a step beside it', { look: says('echo false', false, 'beside') });
  });

  it('a program that goes on when the run has ended', async () => {
    const { how } = await unseen('left-behind', 'a program left behind');
    // It is there to be ended.
    expect(process.kill(Number(how), 'SIGKILL')).toBe(true);
  });

  it('what the record says and no statement', async () => {
    const look = async (): Promise<void> => {
      expect((await project.mlspec(['show', 'latest', 'a', '--json'])).stdout).toContain('"durationMs":1234567');
    };
    await unseen('record', 'how long a step took', { look });
  });
});

it('what succeeded is the list, which the verdict prints and the reference has', async () => {
  expect([...succeeded].sort()).toEqual(Object.keys(sameUserWays).sort());
  const { stdout } = await project.mlspec(['verify']);
  const page = await readFile(new URL('../../docs/reference/verify.md', import.meta.url), 'utf8');
  for (const [way, words] of Object.entries(sameUserWays)) {
    expect(stdout).toContain(words);
    expect(page).toContain(`| \`${way}\` | ${words} |`);
  }
});
