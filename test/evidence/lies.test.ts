/*
 * Runs whose every statement is signed well and logged, and which still are not what their layout says: what a runner
 * who holds the key, and lies, must be found at. And: taking statements away never turns a no into a yes.
 */
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Digest, digestOf } from '../../src/encoding/index.ts';
import { deploymentStatement } from '../../src/provenance/deployment-statement.ts';
import { newSigner } from '../../src/provenance/fixtures/new-signer.ts';
import { withKey } from '../../src/provenance/keys/trust.ts';
import { toTrusted } from '../../src/provenance/local/keyring.ts';
import { monitoringWindowStatement } from '../../src/provenance/monitoring-statement.ts';
import { envelopeOf, signStatement } from '../../src/provenance/sign-statement.ts';
import type { Signer } from '../../src/provenance/signer.ts';
import { executionStatement, type StatementBody } from '../../src/provenance/statement.ts';
import type { RunEvidence } from '../../src/provenance/verify/case.ts';
import { type Presented, presentedDigest } from '../../src/provenance/verify/evidence.ts';
import { type Verification, verifyRun } from '../../src/provenance/verify/verify-run.ts';
import { isFull } from '../full.ts';
import {
  at,
  findsResult,
  inLayout,
  lets,
  lies,
  other,
  sayingNothing,
  signs,
  withChecks,
  withoutValidator,
} from './lies.ts';
import {
  by,
  factsOf,
  type Lie,
  now,
  owner,
  runner,
  runWith,
  served,
  stages,
  stranger,
  watched,
  withLater,
} from './signed-run.ts';

const brokenRules = async (evidence: RunEvidence, how: Verification = by): Promise<string[]> =>
  (await verifyRun(evidence, how)).rules.filter(({ holds }) => !holds).map(({ rule }) => rule);

test('a run that did what its layout says is good', async () => {
  const verdict = await verifyRun(await runWith(), by);
  expect(verdict).toMatchObject({ isGood: true, owners: [owner.keyId], statementCount: 16, artifactCount: 15 });
  expect(verdict.reached).toMatchObject({ level: 'lifecycle', next: 'witnessed' });
  expect(verdict.caveats).toEqual([expect.stringContaining('no witness saw the log')]);
  // Its steps ran as somebody else than the engine.
  expect(verdict.unseen).toEqual([]);
});

test('every rule names what it looked at, by digest, and statements by their place in the log', async () => {
  const run = await runWith();
  const { rules } = await verifyRun(run, by);
  const presented = new Map([...run.about, ...run.executions].map((one) => [presentedDigest(one), one.place]));
  const named = new Map(rules.map(({ rule, evidence }) => [rule, evidence]));
  for (const one of rules.flatMap(({ evidence }) => evidence)) {
    expect(one.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    if (one.kind === 'statement' || one.kind === 'entry')
      expect([one, presented.get(one.digest)]).toEqual([one, one.place]);
    else expect(one.place).toBeNull();
  }
  const without = [...named].filter(([, evidence]) => evidence.length === 0).map(([rule]) => rule);
  // Nothing was reused.
  expect(without).toEqual(['reuse/original']);
  const statements = (rule: string): string[] =>
    named.get(rule)!.flatMap(({ kind, name }) => (kind === 'statement' ? [name] : []));
  expect(named.get('statements/signed')).toHaveLength(presented.size);
  expect(named.get('log/complete')).toHaveLength(presented.size);
  expect(statements('training/validated')).toEqual(['validation', 'training', 'validation found']);
  expect(statements('objectives/committed')).toEqual(['objectives', 'testing', 'testing found']);
  expect(statements('steps/attested').filter((name) => name.endsWith('found'))).toHaveLength(4);
  expect(named.get('artifacts/whole')!.map(({ kind }) => kind)).toEqual(Array(15).fill('artifact'));
  expect(named.get('sealed/gates-only')).toContainEqual({
    ...{ kind: 'artifact', name: 'testing/part', digest: digestOf('splitting/test'), place: null },
  });
});

test('what nobody signed who counts is no evidence', async () => {
  const { rules } = await verifyRun(await runWith({ runner: stranger }), by);
  const broken = rules.find(({ rule }) => rule === 'statements/signed')!;
  expect(broken.holds).toBe(false);
  const names = broken.evidence.map(({ name }) => name);
  expect(names).toEqual(['layout', 'objectives', 'testing']);
});

test('a gate that carried out the checks of its part is believed; one that failed before it spent a use carried out none', async () => {
  expect(await brokenRules(await runWith(withChecks({ checks: digestOf('checks') })))).toEqual([]);
  const foreseen = await brokenRules(await runWith(withChecks({ verdict: 'fail', ledger: [] })));
  expect(foreseen).not.toContain('objectives/committed');
});

test('what learnt from held-out rows is named, with them; what read train alone is not', async () => {
  const verdict = await verifyRun(await runWith(inLayout('training', () => ({ fits: true }))), by);
  const rule = verdict.rules.find(({ rule: name }) => name === 'fitted/on-train')!;
  expect(rule.broken).toEqual(['training learnt from validation']);
  expect((await verifyRun(await runWith(inLayout('analysis', () => ({ fits: true }))), by)).isGood).toBe(true);
});

test.each([
  ['with warnings, where the declaration goes on with them', lets('validation', ['PASSED', 'WARNED'])],
  ['with warnings, under a layout that does not say what it lets through', sayingNothing],
])('a validation %s is good', async (_, layout) => {
  expect(await brokenRules(await runWith({ ...findsResult('validation', 'WARNED'), ...layout }))).toEqual([]);
});

test.each([
  ['a runner, where there is no validator', { ...withoutValidator, validator: runner }],
  [
    'a runner, where the owner lets it',
    { validator: runner, ...inLayout('testing', () => ({ performedBy: 'runner' })) },
  ],
  [
    'a runner, and its verdict by a validator, under a layout of an earlier version',
    { ...signs(runner, 'testing did'), ...sayingNothing },
  ],
] as const)('a gate carried out by %s is good', async (_, lie) => {
  expect(await brokenRules(await runWith(lie))).toEqual([]);
});

describe('lies that are signed', () => {
  test.each(lies)('%s', async (_, lie, rules) => {
    expect([...(await brokenRules(await runWith(lie)))].sort()).toEqual([...rules].sort());
  });

  test('by a runner whom the layout does not name, though the user trusts its key', async () => {
    const broken = await brokenRules(await runWith({ runner: stranger }));
    expect(broken).toEqual(expect.arrayContaining(['statements/signed', 'run/ended', 'steps/complete']));
  });

  test('by an owner whom nobody trusts', async () => {
    expect(await brokenRules(await runWith({ owner: stranger }))).toContain('layout/signed');
  });

  test('places in the log that are exchanged, and statements outside the log', async () => {
    const run = await runWith();
    const late = { ...run, about: [{ ...run.about[0]!, place: 5 }, ...run.about.slice(1)] };
    // What the log has before the layout was not committed to for this run.
    expect(await brokenRules(late)).toEqual(['log/order', 'objectives/committed']);
    const hasty = { ...run, about: run.about.map((one, i) => (i === 1 ? { ...one, place: 11 } : one)) };
    expect(await brokenRules(hasty)).toEqual(['objectives/committed']);
    const unlogged = { ...run, executions: run.executions.map((one, i) => (i === 2 ? { ...one, place: null } : one)) };
    expect(await brokenRules(unlogged)).toEqual(['log/holds', 'log/order', 'log/complete']);
    expect(await brokenRules({ ...run, origin: null })).toContain('log/holds');
  });

  test.each([
    ['runner', 'statements/signed'],
    ['validator', 'statements/signed'],
    ['log', 'log/holds'],
  ] as const)('for who asks for two keys of the role %s, of which a run can have one', async (role, rule) => {
    const two = { ...by, trust: { ...by.trust, thresholds: { [role]: 2 } } };
    expect(await brokenRules(await runWith(), two)).toEqual([rule]);
  });

  test('artifacts that are not at hand, or changed', async () => {
    const model = digestOf('training/model');
    const checkArtifact: Verification['checkArtifact'] = async ({ digest }) => (digest === model ? 'corrupt' : 'ok');
    expect(await brokenRules(await runWith(), { ...by, checkArtifact })).toEqual(['artifacts/whole']);
  });
});

/** Reports of earlier runs that the plan names: some may be left out, no other may be read, and none in another order. */
describe('reports of earlier runs', () => {
  const earlier = ['a', 'b', 'c'].map((name) => digestOf(name));
  const read = (...digests: readonly Digest[]): Lie => ({
    ...inLayout('validation', ({ inputs }) => ({
      inputs: { ...inputs, earlier: { sources: [], pinned: earlier, mayOmit: true } },
    })),
    ...at('validation', (facts) => ({
      inputs: [
        ...facts.inputs,
        ...digests.map((digest, index) => ({ ...facts.inputs[0]!, port: 'earlier', type: 'Report', digest, index })),
      ],
    })),
  });

  test.each([
    ['all', read(...earlier), []],
    ['all but one', read(earlier[0]!, earlier[2]!), []],
    ['none', read(), []],
    ['one that the plan does not name', read(earlier[0]!, other), ['flow/inputs']],
    ['in another order', read(earlier[1]!, earlier[0]!), ['flow/inputs']],
    ['one twice', read(earlier[0]!, earlier[0]!), ['flow/inputs']],
  ] as const)('%s', async (_, lie, rules) => {
    expect(await brokenRules(await runWith(lie))).toEqual([...rules]);
  });
});

describe('reused results', () => {
  const original = executionStatement({ ...factsOf(stages[4]!), runId: 'run_0', executionId: 'exe_0' });
  const reused = at('training', () => ({
    state: 'CACHED',
    reusedFrom: { executionId: 'exe_0', statementDigest: original.digest },
  }));
  const shown = async (statement: StatementBody, signer: Signer): Promise<Presented> => ({
    envelope: envelopeOf(await signStatement(statement, [signer], now)),
    place: 0,
  });

  test('are good where the execution that they name is shown', async () => {
    const run = await runWith(reused);
    expect(await brokenRules(run)).toEqual(['reuse/original']);
    expect(await brokenRules({ ...run, originals: [await shown(original, stranger)] })).toEqual([]);
    expect(await brokenRules({ ...run, originals: [await shown(original, newSigner())] })).toContain('reuse/original');
  });

  test('are not, where it is one that only a validator signed whom the user trusts', async () => {
    const theirs = newSigner();
    const trusted = withKey(by.trust, toTrusted(theirs, { name: 'validator', roles: ['validator'] }));
    const run = { ...(await runWith(reused)), originals: [await shown(original, theirs)] };
    expect(await brokenRules(run, { ...by, trust: trusted })).toEqual(['steps/performed']);
  });

  test.each([
    ['that failed', { state: 'FAILED', outputs: [] }],
    ['of another key', { key: other }],
    ['with other outputs', { outputs: [] }],
    ['that is itself reused', { state: 'CACHED' }],
  ] as const)('are not, where it is one %s', async (_, change) => {
    const wrong = executionStatement({ ...factsOf(stages[4]!), runId: 'run_0', executionId: 'exe_0', ...change });
    const lie = at('training', () => ({
      state: 'CACHED',
      reusedFrom: { executionId: 'exe_0', statementDigest: wrong.digest },
    }));
    const run = { ...(await runWith(lie)), originals: [await shown(wrong, stranger)] };
    expect(await brokenRules(run)).toEqual(['reuse/original']);
  });
});

describe('taking statements away', () => {
  let cases: RunEvidence[];
  beforeAll(async () => {
    const run = await runWith();
    const production = [
      [served, watched],
      [{ ...served, packageDigest: other }, watched],
      [served, { ...watched, trained: { ...watched.trained, dataset: other } }],
    ] as const;
    cases = [
      run,
      ...(await Promise.all(lies.map(([, lie]) => runWith(lie)))),
      ...(await Promise.all(
        production.map(async ([deployment, window]) =>
          withLater(await withLater(run, deploymentStatement(deployment)), monitoringWindowStatement(window), {
            place: 101,
          }),
        ),
      )),
    ];
  });

  test('never turns a no into a yes, and always turns a yes into a no', async () => {
    // A few of them, or many.
    const gone = fc.oneof(fc.array(fc.nat(15), { maxLength: 2 }), fc.uniqueArray(fc.nat(15)));
    const some = fc.tuple(fc.nat(), gone);
    await fc.assert(
      fc.asyncProperty(some, async ([which, gone]) => {
        const run = cases[which % cases.length]!;
        const left: RunEvidence = {
          ...run,
          about: run.about.filter((_, index) => !gone.includes(index)),
          executions: run.executions.filter((_, index) => !gone.includes(index + run.about.length)),
        };
        const isWhole = left.about.length === run.about.length && left.executions.length === run.executions.length;
        const before = (await verifyRun(run, by)).isGood;
        expect((await verifyRun(left, by)).isGood).toBe(before && isWhole);
      }),
      { numRuns: isFull ? 300 : 60 },
    );
  });

  test('evidence of any form is answered', async () => {
    const run = cases[0]!;
    const anything = fc.oneof(fc.string(), fc.json(), fc.constant('{"_type":"https://in-toto.io/Statement/v1"}'));
    await fc.assert(
      fc.asyncProperty(anything, fc.nat(12), async (body, which) => {
        const statement = { body, digest: digestOf(body), statement: { predicateType: 'x' } } as StatementBody;
        const odd = envelopeOf(await signStatement(statement, [which < 2 ? owner : runner], now));
        const all = [...run.about, ...run.executions].map((one, i) => (i === which ? { ...one, envelope: odd } : one));
        const verdict = await verifyRun(
          { ...run, about: all.slice(0, run.about.length), executions: all.slice(run.about.length) },
          by,
        );
        expect(verdict.isGood).toBe(false);
      }),
      { numRuns: isFull ? 200 : 60 },
    );
  });
});
