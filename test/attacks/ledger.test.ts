/*
 * A developer who wants more uses of the sealed part than were declared: by asking again, by hiding that it is the same
 * model, by losing the ledger or putting an old one back, and by killing the gate at the right moment.
 */
import { copyFile, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endOf, until } from '../engine/project.ts';
import { createSealedProject, type SealedProject, type Told, toldOf } from './sealed-project.ts';
import { filesBelow } from './search-files.ts';

const slow = { timeout: 600_000 };

let base: SealedProject;
let project: SealedProject;
beforeAll(async () => {
  base = await createSealedProject();
  expect((await base.tell('run')).state).toBe('COMPLETE');
});
afterAll(async () => await base.remove());
beforeEach(async () => {
  project = await base.copy();
});
afterEach(async () => await project.remove());

/** A model that answers as every other and is made of other bytes. */
function another(name: string): { readonly modelCode: string } {
  return { modelCode: `/* ${name} */` };
}

async function usesSpent(): Promise<number> {
  const { stdout } = await project.mlspec(['gate', 'status', '--json']);
  return (JSON.parse(stdout) as { gates: { usesSpent: number }[] }).gates[0]!.usesSpent;
}

function refused(told: Told): string | undefined {
  expect([told.ended.code, told.gates, told.modelVersion]).toEqual([1, [], null]);
  return told.failed.find(({ step }) => step === 'testing/promotion')?.error?.code;
}

describe('asking again', () => {
  it(
    'gives the same answer for the same model, also by force; equal answers of another model cost a use',
    slow,
    async () => {
      await project.describe({ uses: 2 });
      const first = await project.tell('release');
      expect(first.gates).toMatchObject([{ verdict: 'pass', usesLeft: 1 }]);
      expect((await project.tell('release')).gates).toEqual(first.gates);
      const forced = await project.tell('release', ['--force', 'testing']);
      expect([forced.ended.states['testing/promotion'], forced.gates]).toEqual(['complete', first.gates]);
      await project.describe({ uses: 2, ...another('b') });
      expect((await project.tell('release')).gates).toMatchObject([{ verdict: 'pass', usesLeft: 0 }]);
      await project.describe({ uses: 2, ...another('c') });
      expect(refused(await project.tell('release'))).toBe('GATE_USED_UP');
      await project.describe({ uses: 2 });
      expect((await project.tell('release', ['--force', 'testing'])).gates).toMatchObject([{ verdict: 'pass' }]);
      expect(await usesSpent()).toBe(2);
    },
  );

  it('with rows that are nearly the same gives no new use: parts that share rows count together', slow, async () => {
    await project.describe({ uses: 1 });
    expect((await project.tell('release')).gates).toMatchObject([{ verdict: 'pass', usesLeft: 0 }]);
    const rows = (await readFile(join(project.root, 'rows.csv'), 'utf8')).trimEnd().split('\n');
    await project.write('rows.csv', `${rows.slice(0, -1).join('\n')}\n`);
    // Another state finds them too: it takes the sketches from the use log, and their key is not the project's.
    await rm(join(project.root, '.mlspec'), { recursive: true });
    const told = await project.tell('release');
    expect(refused(told)).toBe('GATE_USED_UP');
    expect(told.ended.stdout).toContain('1 of them on parts that share rows with it');
  });

  it('says before it spends what a use costs', slow, async () => {
    await project.describe({ uses: 1 });
    const before = 'a model that it has not answered for costs one use of part test; 1 of 1 is left';
    expect((await project.mlspec(['release', '--dry-run'])).stderr).toContain(before);
    expect((await project.tell('release')).ended.stderr).toContain(before);
    const after = 'all 1 uses of part test are spent; only models that it has answered for get an answer';
    expect((await project.mlspec(['run', '--through', 'testing', '--dry-run'])).stderr).toContain(after);
    expect((await project.mlspec(['run', '--dry-run'])).stderr).not.toContain('part test');
  });
});

describe('losing the ledger', () => {
  const ledger = (): string => join(project.root, '.mlspec', 'ledger.db');
  const removeLedger = async (): Promise<void> => {
    for (const ending of ['', '-wal', '-shm']) await rm(ledger() + ending, { force: true });
  };
  const useLogs = (): string => join(project.root, '..', 'keys', 'uses');

  it('or putting an old one back, gives no use back: the use log remembers', slow, async () => {
    await project.describe({ uses: 1 });
    await project.mlspec(['gate', 'status']);
    await copyFile(ledger(), join(project.root, '..', 'old-ledger'));
    expect((await project.tell('release')).gates).toMatchObject([{ verdict: 'pass', usesLeft: 0 }]);
    await project.describe({ uses: 1, ...another('b') });
    await removeLedger();
    expect(refused(await project.tell('release'))).toBe('GATE_USED_UP');
    await removeLedger();
    await copyFile(join(project.root, '..', 'old-ledger'), ledger());
    expect(refused(await project.tell('release'))).toBe('GATE_USED_UP');
    await project.describe({ uses: 1 });
    const again = await project.tell('release', ['--force', 'testing']);
    expect(again.gates).toMatchObject([{ verdict: 'pass', usesLeft: 0 }]);
    expect(again.gates[0]!.says).toContain('1 of the spent ones the ledger knows from the use log alone');
  });

  it(
    'with the whole state, keys kept, gives no use back either; with the use log too it does, and the verdict says so',
    slow,
    async () => {
      await project.describe({ uses: 1 });
      expect((await project.tell('release')).gates).toMatchObject([{ verdict: 'pass' }]);
      await project.describe({ uses: 1, ...another('b') });
      await rm(join(project.root, '.mlspec'), { recursive: true });
      expect(refused(await project.tell('release'))).toBe('GATE_USED_UP');
      await rm(useLogs(), { recursive: true });
      expect(refused(await project.tell('release'))).toBe('GATE_USED_UP');
      await removeLedger();
      await rm(useLogs(), { recursive: true });
      const unnoticed = await project.tell('release');
      expect(unnoticed.gates).toMatchObject([{ verdict: 'pass', usesLeft: 0 }]);
      expect(unnoticed.gates[0]!.isolation).toContain('ledger and use log, which can be deleted together');
    },
  );
});

describe('killing a release', () => {
  it.each(['before:execute', 'after:execute', 'before:publish'])(
    'at %s of the gate never makes a use free',
    slow,
    async (point) => {
      await project.describe({ uses: 1 });
      const killed = await project.mlspec(['release', '--json'], { MLSPEC_FAIL_POINT: `${point}@testing/promotion` });
      expect(killed.signal).toBe('SIGKILL');
      const spent = await usesSpent();
      expect(spent).toBe(point === 'before:execute' ? 0 : 1);
      await project.describe({ uses: 1, ...another('b') });
      const other = await project.tell('release');
      if (spent === 1) expect(refused(other)).toBe('GATE_USED_UP');
      else expect(other.gates).toMatchObject([{ verdict: 'pass', usesLeft: 0 }]);
      await project.describe({ uses: 1 });
      const same = await project.tell('release');
      if (spent === 1) expect(same.gates).toMatchObject([{ verdict: 'pass', usesLeft: 0 }]);
      else expect(refused(same)).toBe('GATE_USED_UP');
      expect(await usesSpent()).toBe(1);
    },
  );

  /** What must have happened before engine and gate are killed. */
  const moments = {
    'the use is spent': async () => (await logText()).includes('"spent"'),
    // Before, it is opened for a sketch of its rows: no model is asked then, and no use is spent.
    'the part is open': async () => (await logText()).includes('"spent"') && (await clearFiles()).length > 0,
    'the bit is written': async () => (await logText()).includes('"settled"'),
  };

  async function logText(): Promise<string> {
    const paths = filesBelow([join(project.root, '..', 'keys', 'uses')]);
    return (await Promise.all(paths.map((path) => readFile(path, 'utf8')))).join('\n');
  }

  /** Tables in the folders of attempts that a gate may have made. */
  async function clearFiles(): Promise<string[]> {
    const paths = filesBelow([join(project.root, '.mlspec', 'scratch')]);
    return paths.filter((path) => path.includes('/work/') && path.endsWith('.parquet'));
  }

  async function gateProcesses(): Promise<number[]> {
    const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'latin1').catch(() => '')));
    return ids.filter((_, at) => lines[at]!.includes(join(project.root, '.mlspec', 'scratch'))).map(Number);
  }

  it.each(Object.entries(moments))(
    'and its gate once %s: no free use, and nothing is left in clear',
    slow,
    async (_, hasCome) => {
      await project.describe({ uses: 1 });
      const engine = project.start(['release', '--json']);
      const ending = endOf(engine);
      await until(hasCome, { everyMs: 5, tries: 8_000 });
      engine.kill('SIGKILL');
      for (const id of await gateProcesses()) process.kill(id, 'SIGKILL');
      await ending;
      await project.describe({ uses: 1, ...another('b') });
      expect(refused(await project.tell('release'))).toBe('GATE_USED_UP');
      expect(await clearFiles()).toEqual([]);
      await project.describe({ uses: 1 });
      const same = toldOf(project.start(['release', '--json']));
      expect((await same).gates).toMatchObject([{ verdict: 'pass', usesLeft: 0 }]);
      expect(await usesSpent()).toBe(1);
    },
  );

  it('leaves nothing in clear behind once any command was given', slow, async () => {
    const engine = project.start(['release', '--json']);
    const ending = endOf(engine);
    await until(moments['the part is open'], { everyMs: 5, tries: 8_000 });
    engine.kill('SIGKILL');
    for (const id of await gateProcesses()) process.kill(id, 'SIGKILL');
    await ending;
    await project.mlspec(['ls', 'runs']);
    expect(await clearFiles()).toEqual([]);
    expect(await readdir(join(project.root, '.mlspec', 'scratch'))).toEqual([]);
  });
});
