/*
 * What somebody leaves out who may choose what is shown. Everything here is signed well and in the log; some of it speaks against
 * the run. Leaving any of it out, or showing it in another order, never turns a no into a yes.
 */
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { type Digest, digestOf } from '../../src/encoding/index.ts';
import { assertionStatement, objectivesStatement, testResultPredicateType } from '../../src/provenance/assertion.ts';
import { deploymentStatement } from '../../src/provenance/deployment-statement.ts';
import { erasureStatement } from '../../src/provenance/erasure-statement.ts';
import { layoutStatement, type RunEnd, runEndStatement } from '../../src/provenance/layout/layout.ts';
import { readLayout, readRunEnd } from '../../src/provenance/layout/read-layout.ts';
import { aboutOf, readLogEntry } from '../../src/provenance/log-entry.ts';
import { monitoringWindowStatement } from '../../src/provenance/monitoring-statement.ts';
import { executionStatement, type StatementBody } from '../../src/provenance/statement.ts';
import type { RunEvidence } from '../../src/provenance/verify/case.ts';
import { verifyRun } from '../../src/provenance/verify/verify-run.ts';
import { isFull } from '../full.ts';
import {
  by,
  factsOf,
  now,
  owner,
  paramsOf,
  runner,
  runWith,
  served,
  spec,
  stages,
  stranger,
  watched,
  withLater,
} from './signed-run.ts';

const other = digestOf('something else');
const validation = stages.findIndex(([stage]) => stage === 'validation');
const training = stages.findIndex(([stage]) => stage === 'training');

const broken = async (evidence: RunEvidence): Promise<string[]> =>
  (await verifyRun(evidence, by)).rules.filter(({ holds }) => !holds).map(({ rule }) => rule);

const saidIn = (run: RunEvidence, type: string): unknown =>
  run.about
    .map(({ envelope }) => JSON.parse(Buffer.from(envelope.payload, 'base64').toString('utf8')))
    .find(({ predicateType }) => predicateType.includes(type)).predicate;
const endOfRun = (run: RunEvidence, change: Partial<RunEnd>): StatementBody =>
  runEndStatement({ ...readRunEnd(saidIn(run, 'predicate:run:'))!, ...change });

/** What the run of that execution says to have found. */
function foundBy(execution: string, result: string, runId = 'run_1'): StatementBody {
  const facts = factsOf(stages[validation]!);
  const about = [...facts.inputs, ...facts.outputs].map((one) => ({ direction: 'input' as const, ...one }));
  return assertionStatement({
    ...{ runId, executionId: execution, step: 'validation', spec, params: paramsOf('validation') },
    ...{ predicateType: testResultPredicateType, predicate: { result }, about },
  });
}

/** A run whose validation was taken from an earlier one, which found the same thing twice, and differently. */
async function reused(results: readonly string[]): Promise<RunEvidence> {
  const original = executionStatement({ ...factsOf(stages[validation]!), runId: 'run_0', executionId: 'exe_0' });
  let run = await runWith({
    facts: (facts) =>
      facts.step === 'validation'
        ? { ...facts, state: 'CACHED', reusedFrom: { executionId: 'exe_0', statementDigest: original.digest } }
        : facts,
    found: (facts) => (facts.step === 'validation' ? null : facts),
  });
  const earlier = { signer: stranger, as: 'originals' } as const;
  run = await withLater(run, original, { ...earlier, place: -3 });
  for (const [index, result] of results.entries())
    run = await withLater(run, foundBy('exe_0', result, 'run_0'), { ...earlier, place: index - 2 });
  return { ...run, logged: { ...run.logged!, from: -3 } };
}

/** The same run, whose entries of the log are those of an earlier version of the program: they do not say of which run they are. */
function untold({ logged, ...run }: RunEvidence): RunEvidence {
  const entries = logged!.entries.map((entry) => ({ ...entry, run: undefined, execution: null }));
  return { ...run, logged: { ...logged!, entries } };
}

type Against = readonly [what: string, rule: string, make: (run: RunEvidence) => Promise<RunEvidence>];
const facts = factsOf(stages[training]!);
const again = (change: object): StatementBody => executionStatement({ ...facts, executionId: 'exe_more', ...change });
const against: readonly Against[] = [
  [
    'a later end, which says that it failed',
    'run/ended',
    async (run) => await withLater(run, endOfRun(run, { state: 'FAILED' })),
  ],
  [
    'an earlier end, which says that it failed',
    'run/ended',
    async (run) => await withLater(run, endOfRun(run, { state: 'FAILED' }), { place: 5 }),
  ],
  [
    'objectives that were committed to besides',
    'objectives/committed',
    async (run) =>
      await withLater(
        run,
        objectivesStatement({ id: 'run_1', spec }, [{ step: 'testing', params: { of: 'other' } }], now),
        {
          signer: owner,
          place: 2,
        },
      ),
  ],
  ['a further execution', 'run/ended', async (run) => await withLater(run, again({}), { as: 'executions', place: 12 })],
  [
    'a further execution that failed, and is stated to be erased',
    'run/ended',
    async (run) => {
      const failed = again({ state: 'FAILED', outputs: [] });
      const erasure = erasureStatement({
        ...{ run: 'run_1', why: 'request 17', atMs: now },
        subjects: [{ name: 'statement/training', digest: failed.digest }],
      });
      const more = await withLater(run, failed, { as: 'executions', place: 12 });
      return await withLater(more, erasure, { signer: owner });
    },
  ],
  [
    'an execution that no key signed which counts',
    'statements/signed',
    async (run) => await withLater(run, again({}), { as: 'executions', place: 12, signer: owner }),
  ],
  [
    'a further finding, which says the contrary',
    'run/ended',
    async (run) => await withLater(run, foundBy('exe_validation', 'FAILED'), { place: 6 }),
  ],
  [
    'a deployment of another package',
    'serving/packaged',
    async (run) => await withLater(run, deploymentStatement({ ...served, packageDigest: other })),
  ],
  [
    'a window that was compared with other data',
    'monitoring/trained',
    async (run) =>
      await withLater(run, monitoringWindowStatement({ ...watched, trained: { ...watched.trained, dataset: other } })),
  ],
  [
    'a deployment that an owner signed',
    'serving/packaged',
    async (run) => await withLater(run, deploymentStatement(served), { signer: owner }),
  ],
  ['a result that was found twice, differently', 'steps/attested', async () => await reused(['FAILED', 'PASSED'])],
  [
    'a deployment of another package, in a log that does not say of which run its entries are',
    'serving/packaged',
    async (run) => untold(await withLater(run, deploymentStatement({ ...served, packageDigest: other }))),
  ],
];

/** Evidence of which only some is shown, in some order. */
function shown(run: RunEvidence, is: (index: number) => boolean, order: readonly number[] = []): RunEvidence {
  let index = 0;
  const pick = <One>(list: readonly One[]): One[] => {
    const kept = list.filter(() => is(index++));
    const rank = (one: One): number => order[kept.indexOf(one) % Math.max(1, order.length)] ?? 0;
    return order.length === 0 ? kept : [...kept].sort((a, b) => rank(a) - rank(b));
  };
  return { ...run, about: pick(run.about), executions: pick(run.executions), originals: pick(run.originals) };
}

const countOf = ({ about, executions, originals }: RunEvidence): number =>
  about.length + executions.length + originals.length;

describe('what speaks against a run', () => {
  test.each(against)('%s', async (_, rule, make) => {
    const run = await make(await runWith());
    expect(await broken(run)).toContain(rule);
    for (let gone = 0; gone < countOf(run); gone++)
      expect([gone, await broken(shown(run, (index) => index !== gone))]).not.toEqual([gone, []]);
  });

  it('is told where it is left out, by the place that the log has it at', async () => {
    const run = await withLater(await runWith(), deploymentStatement({ ...served, packageDigest: other }));
    const verdict = await verifyRun(
      shown(run, (index) => index !== run.about.length - 1),
      by,
    );
    expect(verdict.rules.find(({ rule }) => rule === 'log/complete')).toMatchObject({
      holds: false,
      broken: [
        'entry 100 of the log, urn:mlspec:predicate:deployment:v1, is of this run, and no statement is shown for it',
      ],
    });
  });
});

describe('what speaks for nothing', () => {
  it('is what the log has before the layout: another layout, objectives, an end, an execution, a deployment', async () => {
    const run = await runWith();
    const layout = readLayout(saidIn(run, 'predicate:layout:'))!;
    const later: RunEvidence = {
      ...run,
      about: run.about.map((one) => ({ ...one, place: one.place! + 50 })),
      executions: run.executions.map((one) => ({ ...one, place: one.place! + 50 })),
      logged: { ...run.logged!, entries: run.logged!.entries.map((one) => ({ ...one, place: one.place + 50 })) },
    };
    let more = later;
    for (const [place, statement, how] of [
      [1, layoutStatement({ ...layout, expiresAtMs: now }), { signer: owner }],
      [2, objectivesStatement({ id: 'run_1', spec }, [{ step: 'x', params: {} }], now), { signer: owner }],
      [3, again({}), { as: 'executions' }],
      [4, deploymentStatement({ ...served, packageDigest: other }), {}],
      [5, endOfRun(run, { state: 'FAILED' }), {}],
    ] as const)
      more = await withLater(more, statement, { ...how, place });
    expect(await broken(more)).toEqual([]);
    for (let gone = run.about.length; gone < countOf(more); gone++)
      await broken(shown(more, (index) => index !== gone));
    expect(await broken(later)).toEqual([]);
  });

  it('is what the log holds of other runs', async () => {
    const run = await withLater(
      await runWith(),
      deploymentStatement({ ...served, run: 'run_2', packageDigest: other }),
    );
    expect(await broken(run)).toEqual([]);
    expect(await broken(shown(run, (index) => index !== run.about.length - 1))).toEqual([]);
  });
});

describe('a log of entries that do not say of which run they are', () => {
  it('is good where every deployment and window is shown, or its text says another run; what else there is, is told', async () => {
    const others = deploymentStatement({ ...served, run: 'run_2' });
    const run = untold(
      await withLater(await withLater(await runWith(), deploymentStatement(served)), others, { place: 101 }),
    );
    const without = shown(run, (index) => index !== run.about.length - 1);
    expect(await broken(without)).toEqual(['log/complete']);
    const explained = { ...without, logged: { ...run.logged!, ofOthers: new Set<Digest>([others.digest]) } };
    expect(await broken(explained)).toEqual([]);
    expect((await verifyRun(explained, by)).caveats.join()).not.toContain('do not say of which run');
    const more = {
      place: 102,
      statement: other,
      predicateType: 'https://slsa.dev/provenance/v1',
      execution: null,
      at: null,
    };
    const entries = [...run.logged!.entries, { ...more, run: undefined }];
    const verdict = await verifyRun({ ...explained, logged: { ...explained.logged, entries } }, by);
    expect(verdict).toMatchObject({ isGood: true });
    expect(verdict.caveats.join()).toContain('1 entries of the log do not say of which run they are');
  });
});

describe('a part of the log', () => {
  it('that begins behind the first statement, or is not there, shows nothing', async () => {
    const run = await runWith();
    expect(await broken({ ...run, logged: { ...run.logged!, from: 1 } })).toEqual(['log/complete']);
    expect(await broken({ ...run, logged: null })).toEqual(['log/complete']);
  });

  it('is read as it was written: run and execution of every statement', async () => {
    const run = await runWith();
    for (const { envelope, place } of [...run.about, ...run.executions]) {
      const { predicate } = JSON.parse(Buffer.from(envelope.payload, 'base64').toString('utf8'));
      const entry = run.logged!.entries.find((one) => one.place === place)!;
      expect([entry.run, entry.execution]).toEqual(['run_1', aboutOf(predicate).execution]);
    }
    expect(run.logged!.entries.filter(({ execution }) => execution !== null).length).toBe(13);
    for (const text of ['', '{}', '[]', 'null', '{"statement":"sha256:1","predicateType":"x"}', '{"statement":1}'])
      expect(readLogEntry(Buffer.from(text), 0)).toBeNull();
    const early = `{"mlspec":"statement/v1","predicateType":"x","signedBy":[],"statement":"${other}"}`;
    expect(readLogEntry(Buffer.from(early), 7)).toEqual({
      ...{ place: 7, statement: other, predicateType: 'x', run: undefined, execution: null, at: null },
    });
  });
});

describe('leaving out any, in any order', () => {
  let cases: RunEvidence[];
  beforeAll(async () => {
    const run = await runWith();
    const each = await Promise.all(against.map(([, , make]) => make(run)));
    const both = await Promise.all([0, 3, 6, 7].map(async (index) => await against[index]![2](each[8]!)));
    cases = [run, await reused(['PASSED']), ...each, ...both];
  });

  test('never turns a no into a yes', async () => {
    const places = fc.nat(20);
    const gone = fc.oneof(fc.array(places, { maxLength: 2 }), fc.uniqueArray(places));
    await fc.assert(
      fc.asyncProperty(fc.nat(), gone, fc.array(fc.nat(), { maxLength: 9 }), async (which, gone, order) => {
        const run = cases[which % cases.length]!;
        const isGood = (await verifyRun(run, by)).isGood;
        expect(
          (
            await verifyRun(
              shown(run, () => true, order),
              by,
            )
          ).isGood,
        ).toBe(isGood);
        const isLeft = (index: number): boolean => !gone.includes(index);
        const left = shown(run, isLeft, order);
        expect((await verifyRun(left, by)).isGood).toBe(isGood && countOf(left) === countOf(run));
      }),
      { numRuns: isFull ? 300 : 60 },
    );
  });
});

test('a runner’s key that the user trusts beside those of the layout does not count for the run itself', async () => {
  const run = await runWith();
  const end = endOfRun(run, { state: 'FAILED' });
  expect(await broken(await withLater(run, end, { signer: stranger }))).toEqual(['statements/signed']);
  expect(await broken(await withLater(run, end, { signer: runner }))).toEqual(['run/ended']);
});
