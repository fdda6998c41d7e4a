/**
 * Evidence as it is presented, and as it is once its signatures were checked. Everything that rules look at comes out of
 * bodies that were opened here; nothing is read from an envelope a second time.
 */
import { type Digest, digestOf } from '../../encoding/index.ts';
import { assertedPredicateTypes, objectivesPredicateType } from '../assertion.ts';
import { type Envelope, openEnvelope } from '../dsse/envelope.ts';
import { member, text } from '../json-members.ts';
import type { KeyRole } from '../keys/trust.ts';
import type { Verifier } from '../signer.ts';
import { type ResourceDescriptor, type Statement, statementPayloadType, statementType } from '../statement.ts';

/** A statement as somebody presents it. */
export interface Presented {
  readonly envelope: Envelope;
  /** Its place in the log, where a log that was checked holds its digest there; null where none does. */
  readonly place: number | null;
}

/** A statement that enough keys signed. */
export interface Opened {
  readonly digest: Digest;
  readonly statement: Statement;
  readonly place: number | null;
  readonly signedBy: readonly string[];
  /** In which roles these keys count; empty where it was opened by keys of one role. */
  readonly countsAs: readonly KeyRole[];
}

/** An artifact as a statement names it. */
export interface NamedArtifact {
  readonly port: string;
  readonly index: number;
  readonly type: string;
  readonly kind: 'file' | 'tree';
  readonly digest: Digest;
}

/** What the statement of an execution says. */
export interface ExecutionClaim extends Opened {
  readonly step: string;
  readonly spec: string;
  readonly run: string;
  readonly execution: string;
  readonly state: string;
  readonly buildType: string;
  readonly plan: string;
  readonly key: string | null;
  readonly params: unknown;
  readonly seed: unknown;
  readonly specDigest: Digest | null;
  readonly inputs: readonly NamedArtifact[];
  readonly outputs: readonly NamedArtifact[];
  readonly reusedFrom: { readonly executionId: string; readonly statementDigest: string | null } | null;
}

/** What the statement of an assertion says. */
export interface AssertionClaim extends Opened {
  readonly run: string;
  readonly execution: string;
  /** Digests of the artifacts that it is about. */
  readonly about: readonly Digest[];
  /** Digest of the parameters of its step; null where it names none. */
  readonly params: Digest | null;
  readonly predicate: unknown;
}

/** What the owner committed to: digests of the parameters of gates by their steps. */
export interface CommitmentClaim extends Opened {
  readonly run: string;
  readonly gates: ReadonlyMap<string, Digest>;
}

/** The digest of what an envelope claims to hold, for looking it up; believes nothing. */
export function presentedDigest({ envelope }: Presented): Digest {
  return digestOf(Buffer.from(envelope.payload, 'base64'));
}

/** The statement in an envelope that enough of the keys signed; null for anything else. */
export function openStatement(presented: Presented, keys: readonly Verifier[], threshold = 1): Opened | null {
  const opened = openEnvelope(presented.envelope, { keys, threshold });
  if (opened === null || opened.payloadType !== statementPayloadType) return null;
  const statement = parseStatement(opened.body);
  return statement === null
    ? null
    : { digest: digestOf(opened.body), statement, place: presented.place, signedBy: opened.signedBy, countsAs: [] };
}

/** What a statement says of an execution; null where it speaks of something else or lacks a part. */
export function readExecution(opened: Opened): ExecutionClaim | null {
  const { predicate, subject } = opened.statement;
  const build = member(predicate, 'buildDefinition');
  const external = member(build, 'externalParameters');
  const internal = member(build, 'internalParameters');
  const metadata = member(member(predicate, 'runDetails'), 'metadata');
  const outcome = member(predicate, 'mlspec_outcome');
  const dependencies = member(build, 'resolvedDependencies');
  const [step, spec] = [text(member(external, 'step')), text(member(external, 'spec'))];
  const [run, execution] = [text(member(metadata, 'mlspec_run')), text(member(metadata, 'invocationId'))];
  const [state, buildType] = [text(member(outcome, 'state')), text(member(build, 'buildType'))];
  const plan = text(member(internal, 'mlspec_plan'));
  if (step === null || spec === null || run === null || execution === null) return null;
  if (state === null || buildType === null || plan === null || !Array.isArray(dependencies)) return null;
  const named = dependencies as readonly ResourceDescriptor[];
  return {
    ...opened,
    ...{ step, spec, run, execution, state, buildType, plan },
    key: text(member(internal, 'mlspec_key')),
    params: member(external, 'params'),
    seed: member(external, 'seed'),
    specDigest: digestNamed(named.find(({ name }) => name === 'spec')),
    inputs: artifactsNamed(named, 'input'),
    outputs: artifactsNamed(subject, 'output'),
    reusedFrom: readReuse(member(outcome, 'reusedFrom')),
  };
}

/** What a statement says that a step found; null where it speaks of something else. */
export function readAssertion(opened: Opened): AssertionClaim | null {
  const { predicate, subject, predicateType } = opened.statement;
  const [run, execution] = [text(member(predicate, 'mlspec_run')), text(member(predicate, 'mlspec_execution'))];
  if (run === null || execution === null || !assertedPredicateTypes.includes(predicateType)) return null;
  const configuration = member(predicate, 'configuration');
  const named = Array.isArray(configuration) ? (configuration as ResourceDescriptor[]) : [];
  return {
    ...opened,
    ...{ run, execution, predicate },
    about: subject.flatMap((resource) => digestNamed(resource) ?? []),
    params: digestNamed(named.find((one) => member(one, 'name') === 'params')),
  };
}

/** What a statement commits to; null where it is no commitment to objectives. */
export function readCommitment(opened: Opened): CommitmentClaim | null {
  const { predicate, subject, predicateType } = opened.statement;
  const run = text(member(predicate, 'run'));
  if (run === null || predicateType !== objectivesPredicateType) return null;
  const gates = subject.flatMap((resource): [string, Digest][] => {
    const [name, digest] = [text(member(resource, 'name')), digestNamed(resource)];
    return name === null || digest === null ? [] : [[name.replace(/^gate\//, ''), digest]];
  });
  return { ...opened, run, gates: new Map(gates) };
}

function parseStatement(body: Buffer): Statement | null {
  try {
    const value = JSON.parse(body.toString('utf8')) as Statement;
    const isStatement =
      member(value, '_type') === statementType &&
      typeof member(value, 'predicateType') === 'string' &&
      Array.isArray(member(value, 'subject')) &&
      typeof member(value, 'predicate') === 'object';
    return isStatement ? value : null;
  } catch {
    return null;
  }
}

function artifactsNamed(named: readonly ResourceDescriptor[], direction: string): NamedArtifact[] {
  return named.flatMap((resource): NamedArtifact[] => {
    const [head, port, index = '0'] = (text(member(resource, 'name')) ?? '').split('/');
    const digest = digestNamed(resource);
    if (head !== direction || port === undefined || digest === null) return [];
    const { annotations } = resource;
    const kind = member(annotations, 'mlspec_kind') === 'tree' ? 'tree' : 'file';
    return [{ port, index: Number(index), type: text(member(annotations, 'mlspec_type')) ?? '', kind, digest }];
  });
}

/** The SHA-256 digest of a resource; null where it has none of that form. */
export function digestNamed(resource: unknown): Digest | null {
  const hex = text(member(member(resource, 'digest'), 'sha256'));
  return hex !== null && /^[0-9a-f]{64}$/.test(hex) ? (`sha256:${hex}` as Digest) : null;
}

function readReuse(value: unknown): ExecutionClaim['reusedFrom'] {
  const executionId = text(member(value, 'executionId'));
  return executionId === null ? null : { executionId, statementDigest: text(member(value, 'statementDigest')) };
}
