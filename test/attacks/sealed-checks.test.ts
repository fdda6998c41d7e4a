/*
 * A developer who declares checks of the sealed part, and wants to learn more from them than the gate's bit: which of them failed, for
 * how many rows, what was measured; or to learn the bit without paying for it.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDuckDb } from '../../src/tables/index.ts';
import { isFull } from '../full.ts';
import { gapOfKnownAnswers } from './answer-times.ts';
import { answers, differences, storedTexts, toldLines } from './everything-told.ts';
import { createSealedProject, type Declared, type SealedProject, sealedRows } from './sealed-project.ts';
import { filesBelow, findSealed } from './search-files.ts';

const slow = { timeout: 600_000 };

/** Commands that read the record. */
const questions = [
  ['show', 'latest', 'testing/promotion', '--json'],
  ['why', 'testing/promotion', '--json'],
  ['gate', 'status', '--json'],
  ['gate', 'open', 'promotion'],
  ...(isFull
    ? [
        ['show', 'latest', '--json'],
        ['show', 'latest', 'testing/promotion', '--logs'],
        ['show', 'latest', 'testing/promotion', '--output', 'verdict'],
        ['ls', 'artifacts', '--json'],
        ['report', 'latest', '--out', 'report.html'],
        ['debug', 'testing/promotion'],
      ]
    : []),
];

const profile = 'analysis: {sealed: profile}';

/**
 * Two checks of the sealed part, whose x are from 10 to 11: with 99.5 each holds, with 10.5 the first fails for half of the rows and the second
 * for all. What a project tells is compared with these numbers made alike.
 */
const twoChecks = (first: number, second: number): string =>
  `, {that: x < ${first}, on: test}, {that: x + 1 < ${second}, on: test}, {that: mean(x) > 0, on: test, severity: warn}`;

const made: SealedProject[] = [];
async function copyOf(project: SealedProject): Promise<SealedProject> {
  made.push(await project.copy());
  return made.at(-1)!;
}

let base: SealedProject;
beforeAll(async () => {
  base = await createSealedProject({ far: 10.4 });
  expect((await base.tell('run')).state).toBe('COMPLETE');
});
afterAll(async () => await base.remove());
afterEach(async () => {
  for (const project of made.splice(0)) await project.remove();
});

async function released(declared: Declared) {
  const project = await copyOf(base);
  await project.describe(declared);
  return { project, told: await project.tell('release') };
}

async function jsonOf<T>(project: SealedProject, ...args: string[]): Promise<T> {
  const { stdout, stderr, code } = await project.mlspec([...args, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

async function usesSpent(project: SealedProject): Promise<number> {
  return (await jsonOf<{ gates: { usesSpent: number }[] }>(project, 'gate', 'status')).gates[0]!.usesSpent;
}

interface Report {
  readonly bit: string;
  readonly clauses: readonly { readonly verdict: string }[];
  readonly checks: readonly { readonly outcome: string; readonly failingCount: number }[];
  readonly statistics: { readonly columns: readonly { readonly name: string; readonly numbers: object }[] };
}

/** What the owner finds in the only report, once the use of the part has ended. */
async function ownersReport(project: SealedProject): Promise<Report> {
  const { reports } = await jsonOf<{ reports: { report: Report }[] }>(project, 'gate', 'retire', 'promotion', '--yes');
  expect(reports).toHaveLength(1);
  return reports[0]!.report;
}

/** Of the sealed rows: how many have x from 10.5 on, and the mean of x. */
async function sealedFacts(project: SealedProject): Promise<{ readonly above: number; readonly mean: number }> {
  const lines = (await readFile(join(project.root, 'rows.csv'), 'utf8')).trimEnd().split('\n').slice(-sealedRows);
  const values = lines.map((line) => Number(line.split(',')[2]));
  return { above: values.filter((x) => x >= 10.5).length, mean: values.reduce((sum, x) => sum + x, 0) / sealedRows };
}

describe('which check failed, or whether the model did', () => {
  const failing: Readonly<Record<string, Declared>> = {
    'the first check': { far: 10.5, checks: twoChecks(10.5, 99.5), more: profile },
    'an objective': { far: 99.5, checks: twoChecks(99.5, 99.5), more: profile },
    ...(isFull ? { 'the second check': { far: 10.5, checks: twoChecks(99.5, 10.5), more: profile } } : {}),
  };

  it(
    'tells neither file nor command, and no count of it is anywhere; the owner learns it at the end',
    slow,
    async () => {
      const all = [];
      for (const declared of Object.values(failing)) all.push(await released(declared));
      for (const { told } of all) {
        expect([told.ended.code, told.modelVersion]).toEqual([3, null]);
        expect(told.gates).toMatchObject([{ verdict: 'fail', usesLeft: 3 }]);
      }
      const [first, ...others] = all;
      const stored = storedTexts(first!.project);
      const said = await answers(first!.project, questions);
      for (const { project, told } of others) {
        expect(differences(toldLines(first!.told), toldLines(told))).toEqual([]);
        expect(differences(stored, storedTexts(project))).toEqual([]);
        expect(differences(said, await answers(project, questions))).toEqual([]);
      }
      const { project, told } = first!;
      const { above, mean } = await sealedFacts(project);
      const counts = [
        `${above} of ${sealedRows}`,
        `failingCount":${above}`,
        `failingCount\\":${above}`,
        String(mean).slice(0, 8),
      ];
      await writeFile(
        join(project.root, '..', 'told'),
        `${told.ended.stdout}\n${told.ended.stderr}\n${said.join('\n')}`,
      );
      const paths = filesBelow(
        [join(project.root, '..')],
        [join(project.root, 'rows.csv'), join(project.root, '..', 'canary')],
      );
      const engine = await createDuckDb();
      const found = await findSealed(paths, { ...project.marks, measures: counts }, (sql) => engine.rows(sql));
      await engine.close();
      expect(found).toEqual([]);
      const reports = [];
      for (const one of all) reports.push(await ownersReport(one.project));
      const seen = reports.map(({ bit, clauses, checks }) => [bit, clauses[0]!.verdict, checks[0]!, checks[1]!]);
      expect(reports[0]!.statistics.columns.find(({ name }) => name === 'x')!.numbers).toMatchObject({ max: 10.999 });
      expect(seen.slice(0, 2)).toMatchObject([
        ['fail', 'pass', { outcome: 'failed', failingCount: above }, { outcome: 'passed' }],
        ['fail', 'fail', { outcome: 'passed' }, { outcome: 'passed' }],
      ]);
    },
  );

  it.runIf(isFull)('and with feedback none, whether anything failed at all', slow, async () => {
    const passed = await released({ feedback: 'none', far: 10.5, checks: twoChecks(99.5, 99.5) });
    const failed = await released({ feedback: 'none', far: 10.5, checks: twoChecks(10.5, 99.5) });
    expect([passed.told.ended.code, passed.told.gates[0]!.verdict]).toEqual([0, 'withheld']);
    expect(differences(toldLines(passed.told), toldLines(failed.told))).toEqual([]);
    expect(differences(storedTexts(passed.project), storedTexts(failed.project))).toEqual([]);
    const said = await answers(passed.project, questions);
    expect(differences(said, await answers(failed.project, questions))).toEqual([]);
    expect([(await ownersReport(passed.project)).bit, (await ownersReport(failed.project)).bit]).toEqual([
      'pass',
      'fail',
    ]);
  });

  it.runIf(isFull)('does not show in how long an answer takes that is known already', slow, async () => {
    const [one, other] = Object.values(failing);
    const asked = [
      [await copyOf(base), one!],
      [await copyOf(base), other!],
    ] as const;
    expect(await gapOfKnownAnswers(asked, 'fail')).toBeLessThan(50);
  });
});

describe('asking by checks', () => {
  it('costs a use for each change, and nothing where a check cannot be carried out', slow, async () => {
    const project = await copyOf(base);
    const asked = join(project.root, '..', 'asked-of-the-model');
    const modelCode = `if (columns.x[0] > 5) fs.writeFileSync(${JSON.stringify(asked)}, String(columns.x.length));`;
    const broken = `, {that: nope > 1, on: test}, {that: "note matches '['", on: test}`;
    await project.describe({ uses: 2, modelCode, checks: broken });
    const refused = await project.tell('release');
    expect(refused).toMatchObject({ gates: [], failed: [{ step: 'testing/promotion' }] });
    const { code, message } = refused.failed[0]!.error!;
    expect([code, message]).toEqual(['GATE_CHECK_BROKEN', expect.stringMatching(/no column nope.*no use was spent/)]);
    expect([await usesSpent(project), existsSync(asked)]).toEqual([0, false]);
    // Not even for a sketch of its rows was the part opened.
    expect(filesBelow([join(project.root, '..', 'keys', 'uses')])).toEqual([]);

    await project.describe({ uses: 2, modelCode, checks: ', {that: x < 10.5, on: test}' });
    const failed = await project.tell('release');
    expect([failed.ended.code, failed.gates]).toMatchObject([3, [{ verdict: 'fail', usesLeft: 1 }]]);
    // A model is asked whatever came of the checks: else time would tell.
    expect(await readFile(asked, 'utf8')).toBe(String(sealedRows));
    const again = await project.tell('release', ['--force', 'testing']);
    expect([again.gates, await usesSpent(project)]).toEqual([failed.gates, 1]);
    if (!isFull) return;

    await project.describe({ uses: 2, modelCode, checks: ', {that: x < 10.9999, on: test}' });
    const passed = await project.tell('release');
    expect([passed.ended.code, passed.gates]).toMatchObject([0, [{ verdict: 'pass', usesLeft: 0 }]]);
    const { code: verified, stdout } = await project.mlspec(['verify', '--json']);
    // The checks were changed after the first use: the statement of the gate shows that, as for objectives.
    expect([verified, stdout]).toEqual([
      6,
      expect.stringMatching(/earlier uses of testing\/promotion were by objectives/),
    ]);

    await project.describe({ uses: 2, modelCode, checks: ', {that: x < 10.9, on: test}' });
    const usedUp = await project.tell('release');
    expect(usedUp.failed).toMatchObject([{ step: 'testing/promotion', error: { code: 'GATE_USED_UP' } }]);
  });

  it.runIf(isFull)('that held is verified to have been carried out', slow, async () => {
    const { project, told } = await released({ checks: ', {that: x < 11, on: [train, test], why: it is a share}' });
    expect([told.ended.code, told.gates]).toMatchObject([0, [{ verdict: 'pass', usesLeft: 3 }]]);
    const { code, stderr } = await project.mlspec(['verify', '--json']);
    expect(code, stderr).toBe(0);
  });

  it('by SQL, functions, history or an open moment is a finding before anything runs', slow, async () => {
    const project = await copyOf(base);
    const checks = [
      '{sql: SELECT count(*) FROM data, that: value > 0, on: test}',
      '{typescript: "train.ts#train", on: [train, test]}',
      '{that: row_count(), history: normal, on: test}',
      '{that: age(t) < 1d, on: test}',
    ];
    await project.describe({ checks: checks.map((check) => `, ${check}`).join('') });
    const { code, stdout } = await project.mlspec(['check', '--json']);
    const refused = { rule: 'spec/sealed-check', severity: 'error' };
    expect([code, JSON.parse(stdout)]).toMatchObject([2, { findings: checks.map(() => refused) }]);
  });
});
