/*
 * Checks against earlier runs of a project: what they are judged by, that it is an input of the step and of its evidence, and that the same data
 * stay as they were judged. Everything goes through the program.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HistoryJudgement } from '../../src/data-quality/index.ts';
import { createProject, type Ended, type Project } from '../engine/project.ts';

const slow = { timeout: 600_000 };
let project: Project;

beforeAll(async () => {
  project = await createProject();
  await declare('warn');
});
afterAll(() => project.remove());

async function declare(severity: string, more = ''): Promise<void> {
  await project.write(
    'mlspec.yaml',
    `mlspec: 1
name: days
task: {kind: regression, label: y, key: [x]}
ingestion: {sources: {d: {csv: d.csv}}}
splitting: {by: hash, parts: {train: 50%, validation: 50%}}
validation:
  leakage: none
  checks: [{that: mean(y), history: normal, severity: ${severity}}, row_count() > 1]
  ${more}
`,
  );
}

/** Sixty rows around a level, other ones each day. */
async function day(level: number, salt: number): Promise<void> {
  const rows = Array.from({ length: 60 }, (_, at) => `${at + salt * 1000},${level + Math.sin(at * 7.3 + salt)}`);
  await project.write('d.csv', `x,y\n${rows.join('\n')}\n`);
}

async function run(...more: string[]): Promise<Ended> {
  return await project.mlspec(['run', '--json', '--until', 'validation', ...more]);
}

async function judged(): Promise<HistoryJudgement> {
  const shown = await project.mlspec(['show', 'latest', 'validation', '--output', 'report']);
  return JSON.parse(shown.stdout).parts.train.checks[0].judged;
}

test(
  'values of earlier runs are what the next one is judged by; the same data are not judged by themselves',
  slow,
  async () => {
    for (const at of [1, 2, 3, 4]) {
      await day(10, at);
      const ended = await run();
      expect(ended.states, ended.stderr).toMatchObject({ validation: 'complete' });
      if (at === 1) expect(await judged()).toMatchObject({ count: 0, verdict: 'unjudged' });
    }
    expect(await judged()).toMatchObject({ count: 3, verdict: 'usual' });
    // Nothing changed: nothing is done, though the record has one report more than when these data were judged.
    expect((await run()).states).toMatchObject({ validation: 'cached' });
    // Data that come back are judged by all others.
    await day(10, 2);
    expect((await run()).states).toMatchObject({ validation: 'complete' });
    expect((await judged()).count).toBe(3);
  },
);

test(
  'an unusual value fails the run, names what was expected, and does not count; evidence names the earlier reports',
  slow,
  async () => {
    await declare('fail');
    await day(14, 5);
    const failed = await run();
    expect(failed.code).toBe(1);
    expect(failed.stdout + failed.stderr).toMatch(
      /train: mean\(y\): 1[34]\.\d+ is unusual: expected between .* \(normal of 4 values, 1% false alarms\); the last before it: 1?[09]\./,
    );
    await day(10, 6);
    expect((await run()).states).toMatchObject({ validation: 'complete' });
    const { count, series, last } = await judged();
    expect([count, last.length]).toEqual([4, 4]);
    expect(series).toMatch(/^sha256:/);
    const verified = await project.mlspec(['verify', 'latest']);
    expect(verified.stdout + verified.stderr).not.toMatch(/broken|read something else/);
    const reports = await project.withRecord(async (metadata) => {
      const { id } = await metadata.getRun('latest');
      const step = (await metadata.executions(id)).find((one) => one.step === 'validation')!;
      const { body } = (await metadata.statementOf(step.id))!;
      return { body, inputs: (await metadata.events([step.id])).filter((event) => event.port === 'earlier').length };
    });
    expect(reports.inputs).toBe(5);
    const page = await project.mlspec(['report', 'latest', '--out', 'page.html']);
    expect(page.code, page.stderr).toBe(0);
    expect(await readFile(join(project.root, 'page.html'), 'utf8')).toMatch(
      /<h2>Values against earlier runs<\/h2>.*<code>mean\(y\)<\/code>.*<span class="pass">usual<\/span>.*<polyline class="line" points="[\d., ]+"/s,
    );
    expect(reports.body).toContain('"input/earlier/4"');
  },
);

test(
  'an unusual value that was meant is accepted in a file of the project: the run passes and says why, and it does not count; as usual it does',
  slow,
  async () => {
    const accept = (...more: string[]): Promise<Ended> => project.mlspec(['data', 'history', 'accept', ...more]);
    const undeclared = await accept('latest');
    expect([undeclared.code, undeclared.stderr]).toEqual([2, expect.stringContaining('accepted: accepted.jsonl')]);
    await declare('fail', 'accepted: accepted.jsonl');
    await day(14, 7);
    expect((await run()).code).toBe(1);
    const other = await accept('latest', '--value', 'mean(z)');
    expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/found "mean\(z\)"[\s\S]*mean\(y\)/)]);
    const accepted = await accept('latest', '--value', 'mean( y )', '--why', 'public holiday');
    expect(accepted.code, accepted.stderr).toBe(0);
    expect((await run()).states).toMatchObject({ validation: 'complete' });
    expect(await judged()).toMatchObject({ verdict: 'accepted', why: 'public holiday', count: 5 });
    expect((await run()).states).toMatchObject({ validation: 'cached' });
    await day(10, 8);
    expect((await run()).states).toMatchObject({ validation: 'complete' });
    const left = await judged();
    expect([left.count, left.missingCount, left.verdict]).toEqual([5, 1, 'usual']);

    // What was said last counts: now the value is one as any other, and bounds are wide.
    await day(14, 7);
    expect((await run()).states).toMatchObject({ validation: 'complete' });
    expect((await accept('latest', '--as', 'usual', '--why', 'as every Friday')).code).toBe(0);
    await day(10, 8);
    expect((await run()).states).toMatchObject({ validation: 'complete' });
    expect(await judged()).toMatchObject({ count: 6, missingCount: 0 });
    const verified = await project.mlspec(['verify', 'latest']);
    expect(verified.stdout + verified.stderr).not.toMatch(/broken|read something else/);
  },
);
