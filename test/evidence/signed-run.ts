import { type Digest, digestJson, digestOf, type JsonObject } from '../../src/encoding/index.ts';
import {
  type AssertionFacts,
  assertionStatement,
  type CommittedGate,
  objectivesStatement,
  splitPredicateType,
  testResultPredicateType,
} from '../../src/provenance/assertion.ts';
import type { Deployment } from '../../src/provenance/deployment-statement.ts';
import { newSigner } from '../../src/provenance/fixtures/new-signer.ts';
import { type Trust, withKey } from '../../src/provenance/keys/trust.ts';
import {
  type Functionary,
  type Layout,
  type LayoutStep,
  layoutStatement,
  runEndStatement,
} from '../../src/provenance/layout/layout.ts';
import { toTrusted } from '../../src/provenance/local/keyring.ts';
import { type FoundEntry, readLogEntry } from '../../src/provenance/log-entry.ts';
import type { MonitoringWindow } from '../../src/provenance/monitoring-statement.ts';
import { envelopeOf, signStatement } from '../../src/provenance/sign-statement.ts';
import type { Signer } from '../../src/provenance/signer.ts';
import {
  type AttestedArtifact,
  type ExecutionFacts,
  executionStatement,
  type StatementBody,
  stepBuildType,
} from '../../src/provenance/statement.ts';
import type { TestResult } from '../../src/provenance/test-result.ts';
import type { RunEvidence } from '../../src/provenance/verify/case.ts';
import type { Presented } from '../../src/provenance/verify/evidence.ts';
import type { Verification } from '../../src/provenance/verify/verify-run.ts';

export const [owner, runner, validator, stranger] = [newSigner(), newSigner(), newSigner(), newSigner()];
export const trust: Trust = withKey(
  withKey({ keys: [], thresholds: {} }, toTrusted(owner, { name: 'owner', roles: ['owner'] })),
  toTrusted(stranger, { name: 'stranger', roles: ['runner'] }),
);
export const now = Date.parse('2026-06-01T00:00:00Z');
export const by: Verification = { trust, nowMs: now, checkArtifact: async () => 'ok' };
export const spec = { name: 'flights', digest: digestOf('spec') };
export const plan = digestOf('plan');

/** Port: type, and where it comes from. */
type Ports = Readonly<Record<string, string>>;
type Inputs = Readonly<Record<string, readonly [step: string, port: string]>>;
export const stages: readonly (readonly [stage: string, inputs: Inputs, outputs: Ports])[] = [
  ['ingestion', {}, { dataset: 'SealedDataset' }],
  [
    'splitting',
    { dataset: ['ingestion', 'dataset'] },
    { train: 'Dataset', validation: 'Dataset', test: 'SealedDataset', split: 'Split' },
  ],
  ['validation', { train: ['splitting', 'train'], validation: ['splitting', 'validation'] }, { report: 'Report' }],
  [
    'transformation',
    { train: ['splitting', 'train'], validation: ['splitting', 'validation'] },
    { train: 'Dataset', validation: 'Dataset', transform: 'Transform' },
  ],
  [
    'training',
    { train: ['transformation', 'train'], validation: ['transformation', 'validation'] },
    { model: 'Model' },
  ],
  ['testing', { model: ['training', 'model'], part: ['splitting', 'test'] }, { verdict: 'Verdict' }],
  ['packaging', { model: ['training', 'model'], transform: ['transformation', 'transform'] }, { package: 'Package' }],
  ['analysis', { train: ['splitting', 'train'] }, { statistics: 'Statistics' }],
  [
    'evaluation',
    { model: ['training', 'model'], part: ['transformation', 'validation'] },
    { metrics: 'Metrics', verdict: 'Verdict' },
  ],
];

const committed = digestOf('committed');
const gateDigest = digestOf('gate');
const model = digestOf('model');

export function paramsOf(stage: string): JsonObject {
  return stage === 'testing' ? { of: stage, uses: 2, commitment: committed } : { of: stage };
}

const asked: Readonly<Record<string, string>> = {
  splitting: splitPredicateType,
  validation: testResultPredicateType,
  testing: testResultPredicateType,
  evaluation: testResultPredicateType,
};

/** What the declaration lets through: validation stops at what is wrong, evaluation may find what only stops a release. */
const letThrough: Readonly<Record<string, readonly TestResult[]>> = {
  validation: ['PASSED'],
  evaluation: ['PASSED', 'WARNED', 'FAILED'],
};

/** The only use of the part so far. */
export const ownUse = { gate: 'final', part: digestOf('part'), gateDigest, model, commitment: committed };

/** What each step that is asked found. */
const findings: Readonly<Record<string, JsonObject>> = {
  splitting: { manifest: { overlap: { verdict: 'none', keysInSeveralParts: 0 } } },
  validation: { result: 'PASSED' },
  evaluation: { result: 'PASSED' },
  testing: gateSays('pass', [ownUse]),
};

export function gateSays(verdict: string, ledger: readonly JsonObject[]): JsonObject {
  const result = { pass: 'PASSED', fail: 'FAILED' }[verdict] ?? 'WARNED';
  return { result, mlspec_gate: { ...ownUse, use: ownUse, verdict, uses: 2, ledger: [...ledger] } };
}

/** All inputs and outputs of a step. */
function aboutOf(facts: ExecutionFacts): AssertionFacts['about'] {
  return [
    ...facts.inputs.map((one) => ({ direction: 'input' as const, ...one })),
    ...facts.outputs.map((one) => ({ direction: 'output' as const, ...one })),
  ];
}

function layoutSteps(): LayoutStep[] {
  return stages.map(([stage, inputs, outputs]) => ({
    name: stage,
    stage,
    buildType: stepBuildType(stage === 'training' ? 'python' : stage),
    params: digestJson(paramsOf(stage)),
    seed: 7,
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([port, [step, from]]) => [port, { sources: [{ step, port: from }], pinned: [] }]),
    ),
    outputs: Object.fromEntries(Object.entries(outputs).map(([port, type]) => [port, { type, optional: false }])),
    performedBy: stage === 'testing' ? 'validator' : 'runner',
    maySkip: false,
    unseals: ['ingestion', 'splitting', 'testing'].includes(stage),
    attests: asked[stage] === undefined ? [] : [asked[stage]],
    ...(letThrough[stage] === undefined
      ? {}
      : { attributes: { [testResultPredicateType]: { result: letThrough[stage] } } }),
  }));
}

export function factsOf([stage, inputs, outputs]: (typeof stages)[number]): ExecutionFacts {
  const artifact = (port: string, type: string, content: string): AttestedArtifact => ({
    ...{ port, type, kind: 'file', sizeBytes: 1 },
    digest: digestOf(content),
  });
  const typeOf = (step: string, port: string): string => stages.find(([name]) => name === step)![2][port]!;
  return {
    runId: 'run_1',
    executionId: `exe_${stage}`,
    step: stage,
    kind: stage === 'training' ? 'python' : stage,
    state: 'COMPLETE',
    attempt: 1,
    spec,
    planDigest: plan,
    key: digestOf(`key of ${stage}`),
    params: paramsOf(stage),
    seed: 7,
    inputs: Object.entries(inputs).map(([port, [step, from]]) => artifact(port, typeOf(step, from), `${step}/${from}`)),
    outputs: Object.entries(outputs).map(([port, type]) => artifact(port, type, `${stage}/${port}`)),
    code: { files: {} },
    environment: null,
    git: null,
    startedAtMs: 1,
    endedAtMs: 2,
    builder: { id: 'urn:test', version: '0' },
  };
}

export interface Lie {
  readonly facts?: (facts: ExecutionFacts) => ExecutionFacts;
  readonly layout?: (layout: Layout) => Layout;
  readonly runner?: Signer;
  readonly owner?: Signer;
  readonly state?: string;
  /** What a step says that it found; null: nothing. */
  readonly found?: (facts: AssertionFacts) => AssertionFacts | null;
  readonly gates?: readonly CommittedGate[];
  /** Who signs for gates. */
  readonly validator?: Signer;
  /** Who signs what a step did or found, or the end of the run, in place of whose business it is; null: they do. */
  readonly signs?: (step: string, what: 'did' | 'found' | 'ended') => Signer | null;
}

/** The key that signs in a run, as a lie has it. */
function signerOf(lie: Lie, step: string, what: 'did' | 'found' | 'ended'): Signer {
  const own = step === 'testing' ? (lie.validator ?? validator) : (lie.runner ?? runner);
  return lie.signs?.(step, what) ?? own;
}

function functionary({ keyId, algorithm, publicKey }: Signer, role: Functionary['role']): Functionary {
  return { keyId, algorithm, publicKey, role };
}

/** A run of all these stages, with everything signed and logged in order. */
export async function runWith(lie: Lie = {}): Promise<RunEvidence> {
  const entries: FoundEntry[] = [];
  const present = async (statement: StatementBody, signer: Signer): Promise<Presented> => {
    const { one, entry } = await logAt(statement, { signer, place: entries.length });
    entries.push(entry);
    return one;
  };
  const said: Layout = {
    ...{ run: 'run_1', spec, plan, createdAtMs: now, expiresAtMs: now + 1000 },
    functionaries: [functionary(runner, 'runner'), functionary(validator, 'validator')],
    steps: layoutSteps(),
  };
  const layout = layoutStatement(lie.layout?.(said) ?? said);
  const gates = lie.gates ?? [{ step: 'testing', params: paramsOf('testing') }];
  const about = [
    await present(layout, lie.owner ?? owner),
    await present(objectivesStatement({ id: 'run_1', spec }, gates, now), lie.owner ?? owner),
  ];
  const bodies = stages.map(factsOf).map((facts) => executionStatement(lie.facts?.(facts) ?? facts));
  const executions: Presented[] = [];
  const found: StatementBody[] = [];
  for (const [index, body] of bodies.entries()) {
    const [stage] = stages[index]!;
    executions.push(await present(body, signerOf(lie, stage, 'did')));
    const assertion = assertionOf(factsOf(stages[index]!), lie);
    if (assertion === null) continue;
    about.push(await present(assertion, signerOf(lie, stage, 'found')));
    found.push(assertion);
  }
  const end = runEndStatement({
    ...{
      run: 'run_1',
      layout: layout.digest,
      state: lie.state ?? 'COMPLETE',
      record: digestOf('record'),
      endedAtMs: 3,
    },
    steps: stages.map(([step], index) => ({
      step,
      attempts: [{ state: 'COMPLETE', statement: bodies[index]!.digest }],
      skipped: null,
    })),
    assertions: found.map(({ digest }) => digest),
  });
  about.push(await present(end, signerOf(lie, 'run', 'ended')));
  const logged = { from: 0, entries, ofOthers: new Set<Digest>() };
  return { run: 'run_1', origin: 'example.com/log', witnesses: [], about, executions, originals: [], logged };
}

/** A statement, signed, and its entry of the log. */
async function logAt(
  statement: StatementBody,
  { signer, place }: { readonly signer: Signer; readonly place: number },
): Promise<{ readonly one: Presented; readonly entry: FoundEntry }> {
  const signed = await signStatement(statement, [signer], now);
  return { one: { envelope: envelopeOf(signed), place }, entry: readLogEntry(Buffer.from(signed.logEntry), place)! };
}

/** Who states what happened in production, and where the log has it. */
interface Later {
  readonly signer?: Signer;
  /** Among which statements it is presented. Default `about`. */
  readonly as?: 'about' | 'executions' | 'originals';
  /** Null: nowhere. */
  readonly place?: number | null;
}

/** A run of which something was stated when it had long ended, with what the log holds of that. */
export async function withLater(
  run: RunEvidence,
  statement: StatementBody,
  { signer = runner, place = 100, as = 'about' }: Later = {},
): Promise<RunEvidence> {
  const { one, entry } = await logAt(statement, { signer, place: place ?? 0 });
  const held = place === null ? [] : [entry];
  return {
    ...run,
    [as]: [...run[as], { ...one, place }],
    logged: { ...run.logged!, entries: [...run.logged!.entries, ...held] },
  };
}

/** That the package of the run was served. */
export const served: Deployment = {
  ...{ run: 'run_1', spec, model: 'flights/1.0.0', packageDigest: digestOf('packaging/package'), atMs: now },
  runtime: { form: 'onnx', program: '0.1.0', platform: 'linux/x64' },
  configuration: { host: '127.0.0.1', port: 8080 },
};

/** That a day was compared with what the run trained on. */
export const watched: MonitoringWindow = {
  ...{ run: 'run_1', spec, model: 'flights/1.0.0', windowDigest: digestOf('window'), program: '0.1.0', atMs: now },
  trained: { dataset: digestOf('splitting/train'), profile: digestOf('analysis/statistics'), rowCount: 700 },
  window: { fromMs: now, toMs: now + 86_400_000, timeColumn: 'date', rowCount: 100, leftOutRowCount: 0 },
  falseAlarmRate: 0.01,
  columns: [
    { name: 'distance', judgedBy: 'psi', distance: 0.3, threshold: 0.1, adjustedPValue: 1e-9, drifted: true },
    { name: 'origin', judgedBy: 'psi', distance: null, threshold: 0.1, adjustedPValue: 1, drifted: false },
  ],
  ...{ missing: ['hour'], differentTypes: [] },
};

function assertionOf(facts: ExecutionFacts, lie: Lie): StatementBody | null {
  const predicateType = asked[facts.step];
  if (predicateType === undefined) return null;
  const { runId, executionId, step, params } = facts;
  const honest = {
    ...{ runId, executionId, step, spec, params, predicateType },
    ...{ predicate: findings[step]!, about: aboutOf(facts) },
  };
  const said = lie.found === undefined ? honest : lie.found(honest);
  return said === null ? null : assertionStatement(said);
}
