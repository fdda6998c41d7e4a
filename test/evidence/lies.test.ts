/*
 * Runs whose every statement is signed well and logged, and which still are not what their layout says: what a runner
 * who holds the key, and lies, must be found at. And: taking statements away never turns a no into a yes.
 */
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Digest, digestOf, type JsonObject } from '../../src/encoding/index.ts';
import type { AssertionFacts } from '../../src/provenance/assertion.ts';
import { deploymentStatement } from '../../src/provenance/deployment-statement.ts';
import { newSigner } from '../../src/provenance/fixtures/new-signer.ts';
import type { LayoutStep } from '../../src/provenance/layout/layout.ts';
import { monitoringWindowStatement } from '../../src/provenance/monitoring-statement.ts';
import { envelopeOf, signStatement } from '../../src/provenance/sign-statement.ts';
import type { Signer } from '../../src/provenance/signer.ts';
import {
  type AttestedArtifact,
  type ExecutionFacts,
  executionStatement,
  type StatementBody,
  stepBuildType,
} from '../../src/provenance/statement.ts';
import type { RunEvidence } from '../../src/provenance/verify/case.ts';
import type { Presented } from '../../src/provenance/verify/evidence.ts';
import { type Verification, verifyRun } from '../../src/provenance/verify/verify-run.ts';
import { isFull } from '../full.ts';
import {
  by,
  factsOf,
  gateSays,
  type Lie,
  now,
  owner,
  ownUse,
  runner,
  runWith,
  served,
  stages,
  stranger,
  watched,
  withLater,
} from './signed-run.ts';

/** Changes what one step says that it found. */
const finds = (step: string, change: (facts: AssertionFacts) => Partial<AssertionFacts> | null): Lie => ({
  found: (facts) => {
    if (facts.step !== step) return facts;
    const changed = change(facts);
    return changed === null ? null : { ...facts, ...changed };
  },
});
/** Changes what the gate says. */
const gateFinds = (verdict: string, ledger: readonly JsonObject[]): Lie =>
  finds('testing', () => ({ predicate: gateSays(verdict, ledger) }));

const brokenRules = async (evidence: RunEvidence, how: Verification = by): Promise<string[]> =>
  (await verifyRun(evidence, how)).rules.filter(({ holds }) => !holds).map(({ rule }) => rule);

/** Changes what one step states of itself. */
const at = (step: string, change: (facts: ExecutionFacts) => Partial<ExecutionFacts>): Lie => ({
  facts: (facts) => (facts.step === step ? { ...facts, ...change(facts) } : facts),
});
const withInput = (port: string, change: Partial<AttestedArtifact>) => (facts: ExecutionFacts) => ({
  inputs: facts.inputs.map((one) => (one.port === port ? { ...one, ...change } : one)),
});
const inLayout = (step: string, change: (step: LayoutStep) => Partial<LayoutStep>): Lie => ({
  layout: (layout) => ({
    ...layout,
    steps: layout.steps.map((one) => (one.name === step ? { ...one, ...change(one) } : one)),
  }),
});

test('a run that did what its layout says is good', async () => {
  const verdict = await verifyRun(await runWith(), by);
  expect(verdict).toMatchObject({ isGood: true, owners: [owner.keyId], statementCount: 14, artifactCount: 13 });
  expect(verdict.reached).toEqual({ level: 'signed', next: 'lifecycle', missing: ['a step of the stage evaluation'] });
  expect(verdict.caveats).toEqual([expect.stringContaining('no witness saw the log')]);
  // Its steps ran as somebody else than the engine.
  expect(verdict.unseen).toEqual([]);
});

const other: Digest = digestOf('something else');
const lies: readonly (readonly [what: string, lie: Lie, rules: readonly string[]])[] = [
  [
    'other data into training',
    at('training', withInput('train', { digest: other })),
    ['flow/inputs', 'training/validated'],
  ],
  [
    'the sealed part into training',
    at('training', withInput('train', { digest: digestOf('splitting/test'), type: 'SealedDataset' })),
    ['flow/inputs', 'sealed/gates-only'],
  ],
  [
    'one input more',
    at('training', (f) => ({ inputs: [...f.inputs, { ...f.inputs[0]!, port: 'more' }] })),
    ['flow/inputs'],
  ],
  ['one input less', at('training', (f) => ({ inputs: f.inputs.slice(1) })), ['flow/inputs']],
  [
    'two inputs exchanged',
    at('training', (f) => ({ inputs: f.inputs.map((one, i) => ({ ...one, digest: f.inputs[1 - i]!.digest })) })),
    ['flow/inputs'],
  ],
  ['other parameters', at('training', () => ({ params: { of: 'training', trees: 1 } })), ['steps/parameters']],
  ['another seed', at('training', () => ({ seed: 8 })), ['steps/parameters']],
  ['another component', at('training', () => ({ kind: 'command' })), ['steps/parameters']],
  [
    'an output more',
    at('training', (f) => ({ outputs: [...f.outputs, { ...f.outputs[0]!, port: 'extra' }] })),
    ['flow/outputs'],
  ],
  ['an output less', at('validation', () => ({ outputs: [] })), ['flow/outputs', 'steps/attested']],
  [
    'an output of another type',
    at('validation', (f) => ({ outputs: f.outputs.map((o) => ({ ...o, type: 'Model' })) })),
    ['flow/outputs'],
  ],
  [
    'a step that failed',
    at('validation', () => ({ state: 'FAILED', outputs: [] })),
    ['steps/complete', 'training/validated'],
  ],
  ['a statement of another run', at('training', () => ({ runId: 'run_2' })), ['steps/this-run']],
  ['another plan', at('training', () => ({ planDigest: other })), ['steps/this-run']],
  ['another declaration', at('training', () => ({ spec: { name: 'flights', digest: other } })), ['steps/this-run']],
  ['a step under the name of another', at('testing', () => ({ step: 'packaging' })), ['steps/complete']],
  ['another model packed', at('packaging', withInput('model', { digest: other })), ['flow/inputs', 'package/model']],
  [
    'another transformation packed',
    at('packaging', withInput('transform', { digest: other })),
    ['flow/inputs', 'transform/fitted-on-train'],
  ],
  ['a result that comes from nowhere', at('training', () => ({ state: 'CACHED' })), ['reuse/original']],
  [
    'a result that comes from an execution nobody shows',
    at('training', () => ({ state: 'CACHED', reusedFrom: { executionId: 'exe_x', statementDigest: other } })),
    ['reuse/original'],
  ],
  ['a layout that has expired', { layout: (layout) => ({ ...layout, expiresAtMs: now }) }, ['layout/fresh']],
  [
    'a layout that fits transformations on the validation part',
    inLayout('transformation', (step) => ({
      inputs: { ...step.inputs, train: { sources: [{ step: 'splitting', port: 'validation' }], pinned: [] } },
    })),
    ['flow/inputs', 'transform/fitted-on-train', 'fitted/on-train'],
  ],
  [
    'a step that learns, and reads the validation part',
    inLayout('training', () => ({ fits: true })),
    ['fitted/on-train'],
  ],
  [
    'a step that learns from rows that were not divided',
    inLayout('analysis', () => ({
      fits: true,
      inputs: { train: { sources: [{ step: 'ingestion', port: 'dataset' }], pinned: [] } },
    })),
    ['flow/inputs', 'fitted/on-train'],
  ],
  [
    'a step that learns, of which nothing shows from what',
    inLayout('analysis', () => ({ fits: true, inputs: {} })),
    ['flow/inputs', 'fitted/on-train'],
  ],
  [
    'a layout that hands the sealed part to a step of the project',
    inLayout('testing', () => ({ buildType: stepBuildType('python') })),
    ['steps/parameters', 'sealed/gates-only'],
  ],
  ['a run that was canceled', { state: 'CANCELED' }, ['run/ended']],
  ['a test that says nothing', finds('testing', () => null), ['steps/attested']],
  [
    'a test of another model',
    finds('testing', ({ about: [first, ...rest] }) => ({ about: [{ ...first!, digest: other }, ...rest] })),
    ['steps/attested'],
  ],
  ['a test by other parameters', finds('testing', () => ({ params: {} })), ['steps/attested']],
  ['a finding of another execution', finds('validation', () => ({ executionId: 'exe_x' })), ['steps/attested']],
  [
    'a split whose parts share keys',
    finds('splitting', () => ({ predicate: { manifest: { overlap: { verdict: 'found', keysInSeveralParts: 1 } } } })),
    ['split/disjoint'],
  ],
  [
    'a split that proves less than it made',
    finds('splitting', ({ about }) => ({ about: about.filter(({ port }) => port !== 'validation') })),
    ['split/disjoint'],
  ],
  ['a split that proves nothing', finds('splitting', () => ({ predicate: {} })), ['split/disjoint']],
  [
    'objectives that were committed to for another gate',
    { gates: [{ step: 'other', params: {} }] },
    ['objectives/committed'],
  ],
  ['a rejected model that was packaged', gateFinds('fail', [ownUse]), ['gates/heeded']],
  [
    'a part that was used too often',
    gateFinds('pass', [ownUse, { ...ownUse, model: 'b' }, { ...ownUse, model: 'c' }]),
    ['sealed/uses'],
  ],
  ['a use that the ledger does not hold', gateFinds('pass', [{ ...ownUse, model: 'b' }]), ['sealed/uses']],
  [
    'objectives that were changed after the first use',
    gateFinds('pass', [{ ...ownUse, model: 'b', commitment: other }, ownUse]),
    ['objectives/committed'],
  ],
  [
    'a gate that says nothing of itself',
    finds('testing', () => ({ predicate: { result: 'PASSED' } })),
    ['objectives/committed', 'sealed/uses'],
  ],
];

test('what learnt from held-out rows is named, with them; what read train alone is not', async () => {
  const verdict = await verifyRun(await runWith(inLayout('training', () => ({ fits: true }))), by);
  const rule = verdict.rules.find(({ rule: name }) => name === 'fitted/on-train')!;
  expect(rule.broken).toEqual(['training learnt from validation']);
  expect((await verifyRun(await runWith(inLayout('analysis', () => ({ fits: true }))), by)).isGood).toBe(true);
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
        const verdict = await verifyRun({ ...run, about: all.slice(0, 6), executions: all.slice(6) }, by);
        expect(verdict.isGood).toBe(false);
      }),
      { numRuns: isFull ? 200 : 60 },
    );
  });
});
