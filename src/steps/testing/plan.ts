import { type Digest, digestJson, type JsonObject } from '../../encoding/index.ts';
import type { DeclaredCost, TrivialKind } from '../../metrics/index.ts';
import {
  type CertifiableObjective,
  type ClausePrice,
  modelsOf,
  objectivesOf,
  priceGate,
  readObjectives,
} from '../../model-ci/index.ts';
import { type GraphBuilder, modelEnvironment } from '../../pipeline/index.ts';
import { testResultPredicateType } from '../../provenance/index.ts';
import type { Finding, ResolvedSpec, TaskSpec } from '../../spec/index.ts';
import { clearDatasets } from '../clear-datasets.ts';
import { draftRegistered, type RegisteredParams } from '../registered-models.ts';
import { type GateChecks, gateChecks } from './gate-checks.ts';
import { type DividedBefore, draftDivided } from './trained-on.ts';

/** What a gate depends on; the parameters of its step. */
export interface TestingParams {
  readonly name: string;
  readonly gate: string;
  readonly part: string;
  readonly reliability: number;
  readonly uses: number;
  readonly feedback: 'none' | 'first_change' | 'full';
  readonly unknown: 'reject' | 'accept';
  readonly task: TaskSpec;
  /** Whether the rows come from sources that can be read without a secret. */
  readonly sourcesAreOpen: boolean;
  /** Named datasets that may hold rows of the part in clear. */
  readonly clearDatasets: readonly string[];
  readonly costs: Readonly<Record<string, DeclaredCost>>;
  readonly trivial: Readonly<Record<string, TrivialKind>>;
  /** The registered models that objectives of the gate name. */
  readonly registered: Readonly<Record<string, RegisteredParams>>;
  /** How the data were divided for them, by input port. */
  readonly divided: Readonly<Record<string, DividedBefore>>;
  readonly clauses: readonly { readonly objective: CertifiableObjective; readonly price: ClausePrice }[];
  /** The checks of its part; left out where there are none. */
  readonly checks?: GateChecks;
  /** Statistics of its part are made for the owner; left out where they are not. */
  readonly profile?: true;
  readonly rowsNeeded: number;
  readonly deltaPerClause: number;
  /** Digest of what the owner commits to: all that decides a verdict but the models. */
  readonly commitment: Digest;
}

/** One step a gate, in the order of `testing.gates`; only a release carries them out. */
export function planTesting(spec: ResolvedSpec, graph: GraphBuilder): Finding[] {
  const read = readObjectives(spec);
  const findings = [...read.findings];
  if (!graph.has('training') || spec.training === null) return findings;
  for (const [index, gate] of spec.testing.gates.entries()) {
    const declared = spec.objectives.gates[gate];
    if (declared === undefined || !spec.splitting.sealed.includes(declared.on)) continue;
    findings.push(...notCertifiable(spec, gate));
    const clauses = clausesOf(spec, gate);
    const needed = new Set(clauses.flatMap(({ objective }) => modelsOf(objective)));
    const registered = draftRegistered(spec, graph, needed);
    const { divided, inputs } = draftDivided(graph, needed);
    const declaredParams = paramsOf(spec, gate);
    const params: TestingParams = {
      ...declaredParams,
      ...{ clauses, registered: registered.params, divided },
      commitment: commitmentOf(declaredParams, clauses),
    };
    graph.add({
      name: `testing/${gate}`,
      stage: 'testing',
      component: { kind: 'builtin', stage: 'testing' },
      inputs: {
        model: { type: 'Model', sources: [{ step: 'training', port: 'model' }] },
        transform: { type: 'Transform', sources: [{ step: 'transformation', port: 'transform' }] },
        train: { type: 'Dataset', sources: [{ step: 'transformation', port: 'train' }] },
        part: { type: 'SealedDataset', sources: [{ step: 'splitting', port: declared.on }] },
        split: { type: 'Split', sources: [{ step: 'splitting', port: 'split' }] },
        ...(graph.has('evaluation')
          ? { measured: { type: 'Verdict', sources: [{ step: 'evaluation', port: 'verdict' }] } }
          : {}),
        ...registered.inputs,
        ...inputs,
      },
      outputs: { verdict: { type: 'Verdict' }, sealed_report: { type: 'Report' } },
      params: params as unknown as JsonObject,
      environment: modelEnvironment(spec.training),
      environments: registered.environments,
      unseal: true,
      attests: [testResultPredicateType],
      verb: 'release',
      needs: ['evaluation', ...spec.testing.gates.slice(0, index).map((before) => `testing/${before}`)].filter((name) =>
        graph.has(name),
      ),
    });
  }
  return findings;
}

function clausesOf(spec: ResolvedSpec, gate: string): TestingParams['clauses'] {
  const price = priceGate(spec, gate);
  const objectives = objectivesOf(spec, gate, readObjectives(spec).objectives);
  return objectives
    .filter((objective) => objective.kind === 'certifiable')
    .map((objective) => ({ objective, price: price.clauses.find((clause) => clause.name === objective.name)! }));
}

type DeclaredParams = Omit<TestingParams, 'clauses' | 'registered' | 'divided' | 'commitment'>;

/** What is decided, not what it is called or how it is written. */
function commitmentOf(declared: DeclaredParams, clauses: TestingParams['clauses']): Digest {
  const { gate, part, reliability, uses, feedback, unknown, task, costs, trivial } = declared;
  const objectives = normalForms(clauses);
  const rest = { task, costs, trivial, objectives, ...decidingChecks(declared) };
  return digestJson({ gate, part, reliability, uses, feedback, unknown, ...rest });
}

/** What of the checks of its part decides with the objectives of a gate: nothing where none does. */
export function decidingChecks({ checks }: Pick<TestingParams, 'checks'>): { readonly checks?: Digest } {
  return checks == null || checks.decides === null ? {} : { checks: checks.decides };
}

/** Digests of what objectives decide, in any order of the declaration. */
export function normalForms(clauses: TestingParams['clauses']): Digest[] {
  return clauses
    .map(({ objective: { terms, clauses: comparisons, tree, tolerance } }) =>
      digestJson({ terms, comparisons, tree, tolerance }),
    )
    .sort();
}

function paramsOf(spec: ResolvedSpec, gate: string): DeclaredParams {
  const declared = spec.objectives.gates[gate]!;
  const price = priceGate(spec, gate);
  const checks = gateChecks(spec, declared.on);
  const trivial = Object.entries(spec.objectives.baselines).flatMap(([name, baseline]) =>
    'trivial' in baseline ? [[name, baseline.trivial]] : [],
  );
  return {
    name: spec.name,
    gate,
    part: declared.on,
    reliability: declared.reliability,
    uses: declared.uses,
    feedback: declared.feedback,
    unknown: declared.unknown,
    task: spec.task,
    clearDatasets: Object.keys(clearDatasets(spec)),
    sourcesAreOpen: Object.values(spec.ingestion.sources).some(({ secret }) => secret === null),
    costs: spec.objectives.costs,
    trivial: Object.fromEntries(trivial),
    rowsNeeded: price.rowsNeeded,
    deltaPerClause: price.deltaPerClause,
    ...(checks === null ? {} : { checks }),
    ...(spec.analysis.sealed === 'profile' ? { profile: true as const } : {}),
  };
}

function notCertifiable(spec: ResolvedSpec, gate: string): Finding[] {
  const path = ['objectives', 'gates', gate];
  if (spec.task.kind === 'ranking')
    return [
      {
        rule: 'objectives/gate-kind',
        severity: 'error',
        path,
        message: `gate ${gate} judges rows, and a ranking is judged by queries: no gate can certify it`,
        suggestion: 'remove the gate; write {that: ..., gate: measured} for objectives that must stop a release',
      },
    ];
  const { clauses, measured } = priceGate(spec, gate);
  const empty: Finding = {
    rule: 'objectives/gate-empty',
    severity: 'error',
    path,
    message: `gate ${gate} has no objective that can be certified`,
    suggestion: `add one, for example ${spec.task.kind === 'regression' ? 'new.mae(cap=10) < 2 +/- 0.2' : 'new.accuracy > 0.8 +/- 0.02'}, or remove the gate`,
  };
  return [
    ...(clauses.length > 0 ? [] : [empty]),
    ...measured.map(
      (one): Finding => ({
        rule: 'objectives/measured-in-gate',
        severity: 'error',
        path: ['objectives', 'require', one.name],
        message: `${one.name} cannot be certified by gate ${gate}: ${one.reason}`,
        suggestion: 'write {that: ..., gate: measured} or {that: ..., gate: none}',
      }),
    ),
  ];
}
