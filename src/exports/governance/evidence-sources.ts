/**
 * What signed statements say of a run, for cells of a report. Whatever stands here comes out of a statement, or out of
 * content whose digest a statement names and which is the content that was read; what only the record says stays out.
 */
import { type Digest, isDigest, type JsonValue } from '../../encoding/index.ts';
import type { AcceptedStatement, NamedDigest } from '../../provenance/verify/index.ts';
import { valueText } from '../json-text.ts';
import { lastAttemptsOf, type MeasureView, type ModelView, measuredIn } from '../run-view.ts';
import type { GovernanceFacts } from './facts.ts';
import { listIn, textIn, valueIn } from './read-predicate.ts';
import type { SourceName } from './source-names.ts';

/** Text in columns. */
export interface ReportTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A digest, and the signed statement that names it. */
export interface Proof {
  /** What it is the digest of. */
  readonly name: string;
  readonly digest: Digest;
  /** The digest of the statement. */
  readonly statement: Digest;
  /** Ids of the keys that signed it. */
  readonly signedBy: readonly string[];
  /** Its place in the log. */
  readonly logIndex: number;
}

/** What statements say, and by which digests. */
export interface Shown {
  readonly lines: readonly string[];
  readonly table: ReportTable | null;
  readonly proofs: readonly Proof[];
}

type Reader = (facts: GovernanceFacts) => Shown;

const mostTests = 40;

/** What statements say, by what they speak of; without proofs where they say nothing. */
export const evidenceSources: Readonly<Partial<Record<SourceName, Reader>>> = {
  declaration: (facts) => ({
    ...none,
    proofs: ofKind(facts, 'layout').flatMap((one) => proofsOf(one, (named) => named.name === 'spec')),
    lines: [`${facts.run.name}, signed in the layout before the first step`],
  }),
  lifecycle: (facts) => {
    const layout = ofKind(facts, 'layout');
    const steps = layout.flatMap(({ predicate }) => listIn(predicate, 'steps'));
    return {
      ...none,
      lines: steps.map((step) => `${textIn(step, 'name')} (${textIn(step, 'stage')})`),
      proofs: layout.flatMap((one) => proofsOf(one, ({ name }) => name.startsWith('run/'))),
    };
  },
  objectives: (facts) => {
    const committed = ofKind(facts, 'objectives');
    const rows = committed.flatMap(({ predicate }) => listIn(predicate, 'gates')).map(committedRow);
    return {
      lines: committed.map(({ predicate }) => `committed to on ${textIn(predicate, 'committedOn')}, before the test`),
      table: { columns: ['gate', 'part', 'reliability', 'uses'], rows },
      proofs: committed.flatMap((one) => proofsOf(one)),
    };
  },
  'data-sources': (facts) => ({
    ...none,
    lines: ['files outside by what was read of them, and the dataset that was made of them'],
    proofs: executions(facts, 'ingestion').flatMap((one) => [
      ...proofsOf(one, ({ name }) => name.startsWith('external/'), 'materials'),
      ...proofsOf(one, isData),
    ]),
  }),
  'data-parts': readParts,
  'data-checks': (facts) => readTests(facts, 'validation'),
  'data-statistics': (facts) => outputsOf(facts, 'analysis', () => true),
  'training-data': (facts) => ({
    ...none,
    lines: ['what training was given, as it was after transformation'],
    proofs: executions(facts, 'training').flatMap((one) => proofsOf(one, isData, 'materials')),
  }),
  transformation: (facts) => outputsOf(facts, 'transformation', ({ type }) => type === 'Transform'),
  model: readTraining,
  metrics: (facts) => readMetrics(facts, (measure) => measure.slice === null),
  'metrics-by-slice': (facts) => readMetrics(facts, (measure) => measure.slice !== null),
  'measured-objectives': readObjectives,
  gates: readGates,
  package: (facts) => {
    const wanted = new Set(facts.models.map(({ artifact }) => artifact.digest));
    return outputsOf(facts, 'packaging', ({ type, digest }) => type === 'Package' && wanted.has(digest));
  },
  registration: (facts) => readVerdicts(facts, 'registration'),
  approvals: (facts) => readVerdicts(facts, 'approval'),
  deployments: (facts) => {
    const wanted = new Set(facts.models.map(({ artifact }) => artifact.digest));
    const found = ofKind(facts, 'deployment').filter(({ subjects }) =>
      subjects.some(({ digest }) => wanted.has(digest)),
    );
    const rows = found.map(({ subjects, predicate }) => [subjects[0]?.name ?? '', textIn(predicate, 'startedOn')]);
    return {
      ...none,
      table: { columns: ['package', 'served from'], rows },
      proofs: found.flatMap((one) => proofsOf(one)),
    };
  },
  windows: (facts) => {
    const found = ofKind(facts, 'window');
    const rows = found.map(({ predicate }) => [
      ...['from', 'to', 'rowCount', 'falseAlarmRate'].map((name) => textIn(predicate, name)),
      listIn(predicate, 'drifted').map(String).join(', '),
    ]);
    return {
      lines: ['data that were handed in as served, compared with what was trained on'],
      table: { columns: ['from', 'to', 'rows', 'false-alarm rate', 'drifted'], rows },
      proofs: found.flatMap((one) => proofsOf(one)),
    };
  },
  environments: (facts) => ({
    ...none,
    lines: ['locked environments, by the digest of the lock'],
    proofs: once(
      ofKind(facts, 'execution').flatMap((one) =>
        proofsOf(one, ({ name }) => name.startsWith('environment/'), 'materials'),
      ),
    ),
  }),
  code: readCode,
  compute: readCompute,
  'bill-of-materials': (facts) => ({
    ...none,
    lines: ['bills of materials that were written of the run and bound to its models'],
    proofs: ofKind(facts, 'reference')
      .filter(({ subjects }) => subjects.every(({ type }) => /cyclonedx|spdx/.test(type ?? '')))
      .flatMap((one) => proofsOf(one)),
  }),
  record: (facts) => ({
    ...none,
    lines: ofKind(facts, 'end').map(
      ({ predicate }) =>
        `${textIn(predicate, 'state')} on ${textIn(predicate, 'finishedOn')}; the statement names every other one of the run`,
    ),
    proofs: ofKind(facts, 'end').flatMap((one) => proofsOf(one)),
  }),
};

const none: Shown = { lines: [], table: null, proofs: [] };

function readParts(facts: GovernanceFacts): Shown {
  const findings = ofKind(facts, 'finding').filter(({ stage }) => stage === 'splitting');
  const manifests = findings.map(({ predicate }) => valueIn(predicate, 'manifest'));
  const rows = manifests.flatMap((manifest) =>
    Object.entries((valueIn(manifest, 'parts') ?? {}) as object).map(([name, part]) => [
      name,
      textIn(part, 'rowCount'),
      valueIn(part, 'sealed') === true ? 'yes' : 'no',
    ]),
  );
  return {
    lines: manifests.map(
      (manifest) =>
        `by ${textIn(manifest, 'rule')}; rows of one key in several parts: ${textIn(valueIn(manifest, 'overlap'), 'verdict')}`,
    ),
    table: { columns: ['part', 'rows', 'sealed'], rows },
    proofs: findings.flatMap((one) => proofsOf(one)),
  };
}

function readTests(facts: GovernanceFacts, stage: string): Shown {
  const findings = ofKind(facts, 'finding').filter((one) => one.stage === stage);
  const outcomes = { passedTests: 'passed', warnedTests: 'warned', failedTests: 'failed' };
  const rows = findings.flatMap(({ predicate }) =>
    Object.entries(outcomes).flatMap(([member, word]) =>
      listIn(predicate, member).map((test) => [valueText(test as JsonValue), word]),
    ),
  );
  return {
    lines: findings.map(({ step, predicate }) => `${step}: ${textIn(predicate, 'result')}`),
    table: rows.length === 0 ? null : { columns: ['test', 'outcome'], rows: rows.slice(0, mostTests) },
    proofs: findings.flatMap((one) => proofsOf(one)),
  };
}

function outputsOf(facts: GovernanceFacts, stage: string, which: (named: NamedDigest) => boolean): Shown {
  return { ...none, proofs: executions(facts, stage).flatMap((one) => proofsOf(one, which)) };
}

/** The models of the report, with the parameters that the statements of their training name. */
function readTraining(facts: GovernanceFacts): Shown {
  const wanted = new Set(facts.models.map(({ training }) => training.name));
  const trained = executions(facts, 'training').filter(({ step }) => wanted.has(step ?? ''));
  const params = trained.flatMap(({ predicate }) =>
    Object.entries((valueIn(valueIn(predicate, 'buildDefinition', 'externalParameters'), 'params') ?? {}) as object),
  );
  return {
    ...none,
    lines: params.map(([name, value]) => `${name}: ${valueText(value)}`),
    proofs: trained.flatMap((one) => proofsOf(one, ({ type }) => type === 'Model')),
  };
}

/** Metrics out of the report of evaluation, where that is the one which its statement names. */
function readMetrics(facts: GovernanceFacts, which: (measure: MeasureView) => boolean): Shown {
  const found = facts.models.flatMap((model) => {
    const proofs = metricsProofs(facts, model);
    const measures = measuredIn(model.evaluation).filter(which);
    return proofs.length === 0 || measures.length === 0 ? [] : [{ model, proofs, measures }];
  });
  const isSliced = found.some(({ measures }) => measures.some(({ slice }) => slice !== null));
  const rows = found.flatMap(({ model, measures }) =>
    measures.map(({ metric, value, interval, slice }) => [
      ...(facts.models.length > 1 ? [model.name] : []),
      ...(isSliced ? [`${slice?.name} = ${slice?.value}`, String(slice?.rowCount)] : []),
      ...[metric, figure(value), interval === null ? '' : `${figure(interval.low)} to ${figure(interval.high)}`],
      interval === null ? '' : [interval.method, ...shareText(interval.confidence)].join(', '),
    ]),
  );
  const columns = [
    ...(facts.models.length > 1 ? ['model'] : []),
    ...(isSliced ? ['slice', 'rows'] : []),
    ...['metric', 'value', 'interval', 'method'],
  ];
  return {
    lines: found.map(({ model }) => `on the part ${model.evaluation?.on}, ${model.evaluation?.rowCount} rows`),
    table: rows.length === 0 ? null : { columns, rows },
    proofs: found.flatMap(({ proofs }) => proofs),
  };
}

function readObjectives(facts: GovernanceFacts): Shown {
  const found = facts.models.flatMap((model) => {
    const proofs = metricsProofs(facts, model);
    const objectives = model.evaluation?.objectives ?? [];
    return proofs.length === 0 || objectives.length === 0 ? [] : [{ proofs, objectives }];
  });
  const rows = found.flatMap(({ objectives }) =>
    objectives.map(({ name, that, value, met }) => [
      ...[name, that, value === null ? '' : figure(value)],
      met === null ? 'not measured' : met ? 'met' : 'missed',
    ]),
  );
  return {
    lines: rows.length === 0 ? [] : ['measured on open data, with no guarantee'],
    table: rows.length === 0 ? null : { columns: ['objective', 'says', 'value', 'outcome'], rows },
    proofs: found.flatMap(({ proofs }) => proofs),
  };
}

/** The report of evaluation that the figures of a model were read from, where a statement names exactly that content. */
function metricsProofs(facts: GovernanceFacts, { evaluation }: ModelView): Proof[] {
  const read = lastAttemptsOf(facts.run)
    .find(({ name }) => name === evaluation?.step)
    ?.outputs.find(({ port }) => port === 'metrics')?.digest;
  return executions(facts, 'evaluation')
    .filter(({ step }) => step === evaluation?.step)
    .flatMap((one) => proofsOf(one, ({ name, digest }) => name === 'output/metrics' && digest === read));
}

function readGates(facts: GovernanceFacts): Shown {
  const findings = ofKind(facts, 'finding').filter(({ stage }) => stage === 'testing');
  const rows = findings.flatMap(({ predicate }) => {
    const gate = valueIn(predicate, 'mlspec_gate');
    return gate === undefined
      ? []
      : [['gate', 'part', 'reliability', 'uses', 'verdict'].map((name) => textIn(gate, name))];
  });
  return {
    lines: [],
    table: { columns: ['gate', 'part', 'reliability', 'uses', 'verdict'], rows },
    proofs: findings.flatMap((one) => proofsOf(one)),
  };
}

function readVerdicts(facts: GovernanceFacts, kind: 'registration' | 'approval'): Shown {
  const wanted = new Set(facts.models.map(({ artifact }) => artifact.digest));
  const isAbout = ({ name, digest }: NamedDigest): boolean =>
    wanted.has(digest) && (facts.version === null || facts.version === name);
  const found = ofKind(facts, kind).filter(({ subjects }) => subjects.some(isAbout));
  const signers = new Set(found.flatMap(({ signedBy }) => signedBy));
  const asked = kind === 'approval' ? [`${signers.size} of ${Math.max(facts.approvalsNeeded, 1)} approvals`] : [];
  return {
    ...none,
    lines: [
      ...asked,
      ...found.map(({ subjects, predicate }) => {
        const note = textIn(predicate, 'note');
        const says = listIn(predicate, 'properties').map(String).join(', ');
        return `${subjects[0]?.name}: ${says}${note === '' ? '' : `: ${note}`}`;
      }),
    ],
    proofs: found.flatMap((one) => proofsOf(one)),
  };
}

/** The project's own files that steps loaded; of the program itself, how many. */
function readCode(facts: GovernanceFacts): Shown {
  const steps = ofKind(facts, 'execution');
  const isCode = ({ name }: NamedDigest): boolean => name.startsWith('code/');
  const isOwn = (one: NamedDigest): boolean => isCode(one) && !one.name.startsWith('code/program:');
  const files = new Set(steps.flatMap(({ materials }) => materials.filter(isCode).map(({ name }) => name)));
  const own = once(steps.flatMap((one) => proofsOf(one, isOwn, 'materials')));
  const commits = steps.flatMap(({ predicate }) =>
    listIn(valueIn(predicate, 'buildDefinition'), 'resolvedDependencies').flatMap((one) => {
      const commit = textIn(valueIn(one, 'digest'), 'gitCommit');
      const isClean = valueIn(valueIn(one, 'annotations'), 'mlspec_clean') === true;
      return commit === '' ? [] : [`commit ${commit}${isClean ? '' : ', with changes'}`];
    }),
  );
  const ofProgram = [...files].filter((name) => name.startsWith('code/program:')).length;
  return { ...none, lines: [...new Set(commits), `${ofProgram} files of the program are named too`], proofs: own };
}

/** On what each step ran and for how long, which stands in its statement. */
function readCompute(facts: GovernanceFacts): Shown {
  const steps = ofKind(facts, 'execution');
  const rows = steps.map(({ step, predicate }) => {
    const metadata = valueIn(valueIn(predicate, 'runDetails'), 'metadata');
    const machine = valueIn(metadata, 'mlspec_machine');
    const [from, to] = ['startedOn', 'finishedOn'].map((name) => Date.parse(textIn(metadata, name)));
    const memory = Number(textIn(machine, 'memoryBytes') || Number.NaN);
    return [
      step ?? '',
      `${figure((to! - from!) / 1000)} s`,
      [textIn(machine, 'platform'), textIn(machine, 'architecture')].join(' ').trim(),
      Number.isFinite(memory) ? `${(memory / 2 ** 30).toFixed(1)} GiB` : '',
    ];
  });
  return {
    lines: [],
    table: { columns: ['step', 'took', 'machine', 'memory'], rows },
    proofs: steps.map((one) => proofOf(one, { name: `statement of ${one.step}`, digest: one.digest, type: null })),
  };
}

function committedRow(gate: unknown): string[] {
  const params = valueIn(gate, 'params');
  const part = textIn(params, 'on') || textIn(params, 'part');
  return [textIn(gate, 'step'), part, textIn(params, 'reliability'), textIn(params, 'uses')];
}

function isData({ type }: NamedDigest): boolean {
  return type === 'Dataset' || type === 'SealedDataset';
}

function ofKind({ evidence }: GovernanceFacts, kind: AcceptedStatement['kind']): AcceptedStatement[] {
  return evidence.filter((one) => one.kind === kind);
}

function executions(facts: GovernanceFacts, stage: string): AcceptedStatement[] {
  return ofKind(facts, 'execution').filter((one) => one.stage === stage);
}

function proofsOf(
  one: AcceptedStatement,
  which: (named: NamedDigest) => boolean = () => true,
  where: 'subjects' | 'materials' = 'subjects',
): Proof[] {
  return one[where].filter(which).map((named) => proofOf(one, named));
}

function proofOf(
  { digest: statement, signedBy, place, step }: AcceptedStatement,
  { name, digest }: NamedDigest,
): Proof {
  const own = name.replace(/^(?:input|output)\//, '');
  const isPort = own !== name && step !== null;
  return { name: isPort ? `${step}/${own}` : name, digest, statement, signedBy, logIndex: place };
}

/** What several steps used: by the first statement that names it. */
function once(proofs: readonly Proof[]): Proof[] {
  const first = new Map<string, Proof>();
  for (const proof of proofs) {
    const content = `${proof.name} ${proof.digest}`;
    if (!first.has(content)) first.set(content, proof);
  }
  return [...first.values()];
}

/** A number to six significant digits; everything is in the record. */
function figure(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : '';
}

function shareText(confidence: number | null): string[] {
  return confidence === null ? [] : [`${figure(confidence * 100)} %`];
}

/** Whether a text is a digest that somebody can check. */
export function isCheckable({ digest, statement, signedBy }: Proof): boolean {
  return isDigest(digest) && isDigest(statement) && signedBy.length > 0;
}
