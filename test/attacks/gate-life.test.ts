/* A gate from before its part exists until after it was retired, as its commands tell it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSealedProject, rightAnswers, type SealedProject, sealedRows } from './sealed-project.ts';

const slow = { timeout: 600_000 };

interface Report {
  readonly model: string;
  readonly report: { readonly bit: string; readonly clauses: readonly { name: string; estimate: number }[] | null };
}

async function jsonOf<T>(project: SealedProject, ...args: string[]): Promise<T> {
  const { stdout, stderr, code } = await project.mlspec([...args, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

describe('a gate', () => {
  let project: SealedProject;
  beforeAll(async () => {
    project = await createSealedProject({ far: 10.42 });
  });
  afterAll(async () => await project.remove());

  async function fails(...args: string[]): Promise<string> {
    const { code, stderr } = await project.mlspec(args);
    expect(code).toBeGreaterThan(0);
    return stderr;
  }

  it('that nobody declared is GATE_UNKNOWN, and so is one whose part was not made yet', slow, async () => {
    expect(await fails('gate', 'open', 'promotoin')).toMatch(
      /error\[GATE_UNKNOWN\].*"promotoin"; there are: promotion/,
    );
    expect(await fails('gate', 'retire', 'promotoin', '--yes')).toMatch(/error\[GATE_UNKNOWN\]/);
    expect(await fails('gate', 'open', 'promotion')).toMatch(/error\[GATE_UNKNOWN\].*no run has split the data yet/);
    const { gates } = await jsonOf<{ gates: unknown }>(project, 'gate', 'status');
    expect(gates).toEqual([{ gate: 'promotion', part: 'test', uses: 4, usesSpent: 0, retired: false, history: [] }]);
  });

  it('tells its uses and bits, and keeps what it saw sealed: GATE_STILL_SEALED', slow, async () => {
    expect((await project.tell('release')).gates).toMatchObject([{ verdict: 'pass', usesLeft: 3 }]);
    await project.describe({ far: 99.5 });
    const rejected = await project.tell('release');
    expect([rejected.ended.code, rejected.gates[0]]).toMatchObject([3, { verdict: 'fail', usesLeft: 2 }]);
    const { gates } = await jsonOf<{ gates: object[] }>(project, 'gate', 'status');
    expect(gates).toMatchObject([{ usesSpent: 2, history: [{ bit: 'pass' }, { bit: 'fail' }] }]);
    expect(await fails('gate', 'open', 'promotion')).toMatch(/error\[GATE_STILL_SEALED\].*part test/);
    expect(await fails('gate', 'retire', 'promotion')).toContain('mlspec gate retire promotion --yes');
  });

  it('opens what it saw of every model once its part is retired, also after runs without a release', slow, async () => {
    expect((await project.tell('run')).state).toBe('COMPLETE');
    const retired = await jsonOf<{ reports: Report[] }>(project, 'gate', 'retire', 'promotion', '--yes');
    const estimates = [99.5, 10.42].map((far) => rightAnswers(far) / sealedRows);
    expect(retired.reports.map(({ report }) => [report.bit, report.clauses![0]!.estimate])).toEqual([
      ['fail', estimates[0]],
      ['pass', estimates[1]],
    ]);
    expect(await jsonOf(project, 'gate', 'open', 'promotion')).toEqual(retired);
    expect(await jsonOf(project, 'gate', 'status')).toMatchObject({ gates: [{ retired: true, usesSpent: 2 }] });
  });

  it('of a retired part certifies no further model: GATE_RETIRED; what it said stays said', slow, async () => {
    await project.describe({ far: 10.5 });
    const told = await project.tell('release');
    expect(told.failed).toMatchObject([{ step: 'testing/promotion', error: { code: 'GATE_RETIRED' } }]);
    expect(told.ended.stderr).toContain('gate promotion: part test was retired');
    await project.describe({ far: 10.42 });
    const again = await project.tell('release', ['--force', 'testing']);
    expect(again.gates).toMatchObject([{ verdict: 'pass' }]);
    const { reports } = await jsonOf<{ reports: Report[] }>(project, 'gate', 'open', 'promotion');
    expect(reports.map(({ report }) => report.clauses?.length)).toEqual([1, 1]);
  });
});

describe('a gate whose part is too small', () => {
  it('is a warning once the size is known; its verdict was known before, and no use is spent', slow, async () => {
    const project = await createSealedProject({ require: '{right: accuracy > 0.7 +/- 0.01}' });
    try {
      const unknown = await jsonOf<{ findings: object[] }>(project, 'check');
      expect(unknown.findings).toEqual([]);
      await project.describe();
      expect((await project.tell('release')).gates).toMatchObject([{ verdict: 'pass', usesLeft: 3 }]);
      await project.describe({ require: '{right: accuracy > 0.7 +/- 0.01}' });
      const known = await jsonOf<{ ok: boolean; findings: object[] }>(project, 'check');
      expect(known).toMatchObject({
        ok: true,
        findings: [{ rule: 'objectives/too-few-examples', severity: 'warning', found: '1200' }],
      });
      const told = await project.tell('release');
      expect(told.gates).toMatchObject([{ verdict: 'unknown-before', usesLeft: 3 }]);
      expect(told.gates[0]!.says).toMatch(/^1200 examples, \d+ are needed: no use was spent$/);
      expect([told.ended.code, told.modelVersion, told.ended.states['packaging']]).toEqual([5, null, 'failed']);
      expect(await jsonOf(project, 'gate', 'status')).toMatchObject({ gates: [{ usesSpent: 1 }] });
      const retired = await jsonOf<{ reports: Report[] }>(project, 'gate', 'retire', 'promotion', '--yes');
      expect(retired.reports).toHaveLength(1);
    } finally {
      await project.remove();
    }
  });
});

describe('two gates on one part', () => {
  it('are a finding: the reliability of each assumes that it is alone', async () => {
    const project = await createSealedProject({ gates: '{first: {on: test}, second: {on: test}}' });
    try {
      const { stdout, code } = await project.mlspec(['check', '--json']);
      expect(code).toBe(2);
      expect(JSON.parse(stdout)).toMatchObject({ findings: [{ rule: 'spec/gate-shared-part', severity: 'error' }] });
    } finally {
      await project.remove();
    }
  });
});
