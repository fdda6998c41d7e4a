import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, portNumber, positiveInteger } from '../../src/app/index.ts';
import { parseBytes, parseDigest, parseDuration } from '../../src/encoding/index.ts';
import { costMatrix } from '../../src/metrics/index.ts';
import { hoeffdingSize, hoeffdingTolerance } from '../../src/stats/index.ts';
import { createProject, type Project } from '../engine/project.ts';

let project: Project;
beforeAll(async () => {
  project = await createProject();
  await project.write('d.csv', 'y\n1\n2\n');
  await project.declare('  hello: {command: [sh, -c, "echo hello"]}\n');
});
afterAll(async () => await project.remove());

async function fail(...args: string[]): Promise<{ code: number | null; stderr: string }> {
  const { code, stderr } = await project.mlspec(args);
  return { code, stderr };
}

describe('what a user does wrong on the command line', () => {
  it.each([
    ['CLI_USAGE', ['ls', 'nothing'], /expected .*found "nothing"/],
    ['CLI_USAGE', ['spec', 'tell'], /expected show or schema, found "tell"/],
    ['CLI_USAGE', ['completion', 'csh'], /expected bash, zsh or fish, found "csh"/],
    ['CLI_USAGE', ['plan', '--param', 'size'], /expected --param name=value, found "size"/],
    ['CLI_USAGE', ['gate', 'retire', 'main'], /mlspec gate retire main --yes/],
    ['CONFIG_BAD_VALUE', ['run', '--jobs', 'many'], /whole number from 1 to 1024, found "many"/],
    ['SPEC_NOT_FOUND', ['check', '--spec', 'absent.yaml'], /absent\.yaml/],
    ['GATE_UNKNOWN', ['gate', 'open', 'main'], /found "main"; there are: none/],
    ['SERVE_NOTHING', ['serve', 'nobody/1'], /nobody/],
  ])('%s: mlspec %j', async (code, args, message) => {
    const ended = await fail(...args);
    expect(ended.code).toBeGreaterThan(0);
    expect(ended.stderr).toContain(`error[${code}]`);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(/at .*\.ts:\d+/);
  });

  it('SPEC_INVALID: all findings of the declaration at once, before anything runs', async () => {
    await project.write('bad.yaml', 'mlspec: 1\nname: bad\ntask: {kind: regresion, label: y}\ningestoin: {}\n');
    const { code, stderr } = await fail('run', '--spec', 'bad.yaml');
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain('error[SPEC_INVALID]');
    expect(stderr).toContain('regression');
    expect(stderr).toContain('ingestion');
  });

  it('STEP_NOT_FOUND and ARTIFACT_NOT_FOUND: names that a run does not have', async () => {
    expect((await project.run(['--only', 'hello'])).code).toBe(0);
    expect((await fail('why', 'helo')).stderr).toMatch(/error\[STEP_NOT_FOUND\].*helo/);
    expect((await fail('lineage', `sha256:${'0'.repeat(64)}`)).stderr).toContain('error[ARTIFACT_NOT_FOUND]');
  });
});

describe('values that have no sense', () => {
  const raised = (code: string) => expect.objectContaining({ code });

  it('CONFIG_BAD_VALUE: variables and flags', () => {
    expect(() => loadConfig({ env: { MLSPEC_JOBS: '0' }, cwd: tmpdir() })).toThrow(raised('CONFIG_BAD_VALUE'));
    expect(() => positiveInteger('1.5', '--jobs')).toThrow(raised('CONFIG_BAD_VALUE'));
    expect(() => portNumber('65536', '--http')).toThrow(raised('CONFIG_BAD_VALUE'));
    expect(portNumber('', '--http')).toBeUndefined();
  });

  it('ENCODING_BAD_QUANTITY and ENCODING_BAD_DIGEST: texts that are no quantity, no digest', () => {
    for (const text of ['', '3', '-1 s', '1 fortnight', 'constructor'])
      expect(() => parseDuration(text)).toThrow(raised('ENCODING_BAD_QUANTITY'));
    expect(() => parseBytes('1 s')).toThrow(raised('ENCODING_BAD_QUANTITY'));
    for (const text of ['', 'sha256:', `md5:${'0'.repeat(64)}`, `sha256:${'G'.repeat(64)}`])
      expect(() => parseDigest(text)).toThrow(raised('ENCODING_BAD_DIGEST'));
  });

  it('STATS_OUT_OF_RANGE: reliabilities and tolerances outside their range', () => {
    for (const delta of [0, 1, -1, Number.NaN])
      expect(() => hoeffdingSize([1], 0.1, delta)).toThrow(raised('STATS_OUT_OF_RANGE'));
    expect(() => hoeffdingSize([1], 0, 0.1)).toThrow(raised('STATS_OUT_OF_RANGE'));
    expect(() => hoeffdingSize([], 0.1, 0.1)).toThrow(raised('STATS_OUT_OF_RANGE'));
    expect(() => hoeffdingTolerance([1], 10, 2)).toThrow(raised('STATS_OUT_OF_RANGE'));
    expect(hoeffdingTolerance([1], 0, 0.1)).toBe(Number.POSITIVE_INFINITY);
  });

  it('METRIC_BAD_COST: conditions that have no truth value', () => {
    const cost = (when: string) => () => costMatrix({ missed: { when, cost: 1 } }, ['no', 'yes']);
    for (const when of ['predicted +', 'predicted + 1', 'weather == 1', '3', 'predicted < "a"'])
      expect(cost(when)).toThrow(raised('METRIC_BAD_COST'));
    expect(cost('actual and not predicted')()).toEqual(Float64Array.of(0, 0, 1, 0));
  });
});

it('GATE_STILL_SEALED: what a gate saw stays closed until its part is retired, which needs a yes', async () => {
  await project.write(
    'd.csv',
    `id,x,y\n${Array.from({ length: 200 }, (_, id) => `${id},${id % 7},${id % 2}`).join('\n')}\n`,
  );
  await project.write(
    'gate.yaml',
    `mlspec: 1
name: gate
task: {kind: binary, label: y, key: [id], positive: 1, classes: [0, 1]}
objectives:
  require: {good: {that: new.accuracy > 0.5 +/- 0.2, gate: main}}
  gates: {main: {on: test, reliability: 0.9, uses: 1}}
ingestion: {sources: {d: {csv: d.csv}}}
splitting: {by: hash(id), parts: {train: 50%, test: 50%}, sealed: [test]}
testing: {gates: [main]}
`,
  );
  const spec = ['--spec', 'gate.yaml'];
  expect((await fail('gate', 'open', 'main', ...spec)).stderr).toMatch(/error\[GATE_UNKNOWN\].*no run has split/);
  expect(await project.mlspec(['run', '--until', 'splitting', ...spec])).toMatchObject({ code: 0 });
  expect((await fail('gate', 'open', 'main', ...spec)).stderr).toContain('error[GATE_STILL_SEALED]');
  // A run that did not split, and a script's record, do not hide the part.
  expect((await project.mlspec(['exec', '--', 'true'])).code).toBe(0);
  expect((await fail('gate', 'open', 'main', ...spec)).stderr).toContain('error[GATE_STILL_SEALED]');
  expect((await fail('gate', 'retire', 'main', ...spec)).stderr).toContain('error[CLI_USAGE]');
  expect((await project.mlspec(['gate', 'retire', 'main', '--yes', ...spec])).code).toBe(0);
  expect((await project.mlspec(['gate', 'open', 'main', ...spec])).code).toBe(0);
  expect((await project.mlspec(['gate', 'status', ...spec])).stdout).toContain('retired');
});

it('leaves nothing of a declaration that was refused', async () => {
  await rm(`${project.root}/.mlspec`, { recursive: true, force: true });
  expect((await fail('run', '--param', 'size')).stderr).toContain('error[CLI_USAGE]');
  expect((await fail('ls', 'runs')).code).toBe(0);
});
