/* Lies that are signed well and logged, each with the rules that it breaks: what a runner who holds the key, and lies, must be found at. */
import { type Digest, digestJson, digestOf, type JsonObject } from '../../src/encoding/index.ts';
import { type AssertionFacts, testResultPredicateType } from '../../src/provenance/assertion.ts';
import type { LayoutStep } from '../../src/provenance/layout/layout.ts';
import type { Signer } from '../../src/provenance/signer.ts';
import { type AttestedArtifact, type ExecutionFacts, stepBuildType } from '../../src/provenance/statement.ts';
import { gateSays, type Lie, now, ownUse, paramsOf, runner, stranger, validator } from './signed-run.ts';

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

/** Changes what one step states of itself. */
export const at = (step: string, change: (facts: ExecutionFacts) => Partial<ExecutionFacts>): Lie => ({
  facts: (facts) => (facts.step === step ? { ...facts, ...change(facts) } : facts),
});
const withInput = (port: string, change: Partial<AttestedArtifact>) => (facts: ExecutionFacts) => ({
  inputs: facts.inputs.map((one) => (one.port === port ? { ...one, ...change } : one)),
});
/** Changes what the layout says of one step. */
export const inLayout = (step: string, change: (step: LayoutStep) => Partial<LayoutStep>): Lie => ({
  layout: (layout) => ({
    ...layout,
    steps: layout.steps.map((one) => (one.name === step ? { ...one, ...change(one) } : one)),
  }),
});

/** Changes what the test of a step came to. */
export const findsResult = (step: string, result: string): Lie => finds(step, () => ({ predicate: { result } }));
/** Changes which results of a step's test the layout lets through. */
export const lets = (step: string, result: readonly string[]): Lie =>
  inLayout(step, () => ({ attributes: { [testResultPredicateType]: { result } } }));
/** A layout as it was before layouts named attributes. */
export const sayingNothing: Lie = {
  layout: (layout) => ({
    ...layout,
    steps: layout.steps.map(({ attributes: _, performedBy: __, ...step }) => step),
  }),
};
/** A layout whose owner has no validator beside the runner. */
export const withoutValidator: Lie = {
  layout: (layout) => ({
    ...layout,
    functionaries: layout.functionaries.filter(({ role }) => role === 'runner'),
    steps: layout.steps.map((step) => ({ ...step, performedBy: 'runner' as const })),
  }),
};
/** Who signs one thing that is another's. */
export const signs = (signer: Signer, ...of: readonly string[]): Lie => ({
  signs: (step, what) => (of.includes(`${step} ${what}`) ? signer : null),
});
/** Has the layout give a step the key of the sealed parts, and one of them. */
const sealedTo = (step: string): Lie => ({
  ...inLayout(step, ({ inputs }) => ({
    unseals: true,
    inputs: { ...inputs, sealed: { sources: [{ step: 'splitting', port: 'test' }], pinned: [] } },
  })),
  ...at(step, ({ inputs }) => ({
    inputs: [...inputs, { ...inputs[0]!, port: 'sealed', type: 'SealedDataset', digest: digestOf('splitting/test') }],
  })),
});

/** A digest of nothing that is anywhere. */
export const other: Digest = digestOf('something else');
/** A gate whose part has declared checks, and what it says of having carried them out. */
export function withChecks(said: JsonObject): Lie {
  const params = { ...paramsOf('testing'), checks: { decides: digestOf('checks') } };
  return {
    ...inLayout('testing', () => ({ params: digestJson(params) })),
    ...at('testing', () => ({ params })),
    gates: [{ step: 'testing', params }],
    found: (facts) => {
      if (facts.step !== 'testing') return facts;
      const predicate = facts.predicate as { readonly mlspec_gate: JsonObject };
      return { ...facts, params, predicate: { ...predicate, mlspec_gate: { ...predicate.mlspec_gate, ...said } } };
    },
  };
}
/** What each does, and the rules that find it. */
export const lies: readonly (readonly [what: string, lie: Lie, rules: readonly string[]])[] = [
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
  [
    'a step under the name of another',
    at('testing', () => ({ step: 'packaging' })),
    ['steps/complete', 'steps/performed'],
  ],
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
  ['a sealed part that analysis reads, which the layout gives the key', sealedTo('analysis'), ['sealed/gates-only']],
  [
    'a sealed part that evaluation reads, which the layout gives the key',
    sealedTo('evaluation'),
    ['sealed/gates-only'],
  ],
  ['a gate that a runner signed for', { validator: runner }, ['steps/performed']],
  ['a gate whose verdict alone a runner signed', signs(runner, 'testing found'), ['steps/performed']],
  ['a gate that a runner carried out, as it says', signs(runner, 'testing did'), ['steps/performed']],
  ['training that a validator signed for', signs(validator, 'training did'), ['steps/performed']],
  ['a validation whose result a validator signed', signs(validator, 'validation found'), ['steps/performed']],
  ['a run that a validator ended', signs(validator, 'run ended'), ['steps/performed']],
  ['everything that a validator signed', { runner: validator }, ['steps/performed']],
  [
    'a gate whose verdict a runner signed, under a layout that does not say who carries it out',
    { ...signs(runner, 'testing found'), ...sayingNothing },
    ['steps/performed'],
  ],
  [
    'training that a validator signed for, under a layout that does not say who carries it out',
    { ...signs(validator, 'training did'), ...sayingNothing },
    ['steps/performed'],
  ],
  [
    'a gate that a key of nobody signed for, where a runner may',
    { ...withoutValidator, validator: stranger },
    ['statements/signed', 'run/ended', 'steps/complete'],
  ],
  ['a run that was canceled', { state: 'CANCELED' }, ['run/ended']],
  ['a test that says nothing', finds('testing', () => null), ['steps/attested']],
  [
    'a test of another model',
    finds('testing', ({ about: [first, ...rest] }) => ({ about: [{ ...first!, digest: other }, ...rest] })),
    ['steps/attested'],
  ],
  ['a test by other parameters', finds('testing', () => ({ params: {} })), ['steps/attested']],
  [
    'a finding of another execution',
    finds('validation', () => ({ executionId: 'exe_x' })),
    ['steps/attested', 'training/validated'],
  ],
  ['a validation that failed', findsResult('validation', 'FAILED'), ['steps/attested', 'training/validated']],
  [
    'a validation with warnings, of which the declaration lets none through',
    findsResult('validation', 'WARNED'),
    ['steps/attested', 'training/validated'],
  ],
  [
    'a validation that does not say what it came to',
    finds('validation', () => ({ predicate: {} })),
    ['steps/attested', 'training/validated'],
  ],
  [
    'a validation that failed, under a layout that does not say what it lets through',
    { ...findsResult('validation', 'FAILED'), ...sayingNothing },
    ['steps/attested', 'training/validated'],
  ],
  [
    'a validation that found nothing, under a layout that asks for nothing',
    { ...finds('validation', () => null), ...inLayout('validation', () => ({ attests: [] })) },
    ['training/validated'],
  ],
  ['a model that was packaged though its evaluation failed', findsResult('evaluation', 'FAILED'), ['gates/heeded']],
  [
    'an evaluation that failed, under a layout that does not say what it lets through',
    { ...findsResult('evaluation', 'FAILED'), ...sayingNothing },
    ['gates/heeded'],
  ],
  [
    'an evaluation that failed where no objective could stop a release',
    { ...findsResult('evaluation', 'FAILED'), ...lets('evaluation', ['PASSED', 'WARNED']) },
    ['steps/attested', 'gates/heeded'],
  ],
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
  ['checks of a part that nothing shows to have been carried out', withChecks({}), ['objectives/committed']],
  ['other checks of a part than were declared', withChecks({ checks: other }), ['objectives/committed']],
  [
    'a pass of checks that were not carried out, for no use is said to be spent',
    withChecks({ ledger: [], checks: other }),
    ['objectives/committed'],
  ],
  [
    'a gate that says nothing of itself',
    finds('testing', () => ({ predicate: { result: 'PASSED' } })),
    ['objectives/committed', 'sealed/uses'],
  ],
];
