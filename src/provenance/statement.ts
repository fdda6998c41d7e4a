/**
 * Bodies of statements, unsigned: in-toto Statement v1 with a SLSA provenance v1 predicate. Every end of an execution
 * leaves one, whatever the end. The text is canonical JSON (RFC 8785), so that equal facts give equal bytes; signing
 * later wraps exactly these bytes and changes nothing.
 *
 * Deviations, all allowed by the specifications: members of our own begin with `mlspec_`; where an execution has no
 * outputs the subject is the attempt itself, named by the digest of its build definition, because a statement needs one.
 *
 * @see https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 * @see https://slsa.dev/spec/v1.0/provenance
 */
import {
  canonicalJson,
  type Digest,
  digestHex,
  digestJson,
  digestOf,
  formatInstant,
  type JsonObject,
} from '../encoding/index.ts';

/** `_type` of every statement. */
export const statementType = 'https://in-toto.io/Statement/v1';
/** `predicateType` of the statement of an execution. */
export const provenancePredicateType = 'https://slsa.dev/provenance/v1';
/** `payloadType` under which a statement is signed. */
export const statementPayloadType = 'application/vnd.in-toto+json';

/** Digests by algorithm, in hexadecimal: `sha256`, `gitCommit`. */
export type DigestSet = Readonly<Record<string, string>>;

/** Something named by its digest. */
export interface ResourceDescriptor {
  readonly name: string;
  readonly digest: DigestSet;
  readonly annotations?: JsonObject;
}

/** An in-toto Statement v1. */
export interface Statement {
  readonly _type: typeof statementType;
  readonly subject: readonly ResourceDescriptor[];
  readonly predicateType: string;
  readonly predicate: JsonObject;
}

/** An artifact as a statement names it. */
export interface AttestedArtifact {
  readonly port: string;
  /** Place among the artifacts of its port. Default 0. */
  readonly index?: number;
  readonly type: string;
  readonly digest: Digest;
  readonly kind: 'file' | 'tree';
  readonly sizeBytes: number;
}

/** What is known of an execution at its end. Holds no secret values. */
export interface ExecutionFacts {
  readonly runId: string;
  readonly executionId: string;
  readonly step: string;
  /** The kind of component: `builtin`, `python` … */
  readonly kind: string;
  readonly state: 'COMPLETE' | 'CACHED' | 'FAILED' | 'CANCELED';
  readonly attempt: number;
  readonly spec: { readonly name: string; readonly digest: Digest };
  readonly planDigest: Digest;
  /** The static execution key. */
  readonly key: Digest | null;
  readonly params: JsonObject;
  readonly seed: number;
  readonly inputs: readonly AttestedArtifact[];
  readonly outputs: readonly AttestedArtifact[];
  /** Project files that were loaded, by path, and paths that were looked for in vain. */
  readonly code: { readonly files: Readonly<Record<string, Digest>>; readonly absent?: readonly string[] };
  readonly environment: { readonly name: string; readonly digest: Digest } | null;
  readonly git: { readonly commit: string; readonly clean: boolean } | null;
  /** Outside files and tables: an identity each. */
  readonly external?: Readonly<Record<string, Digest>>;
  readonly machine?: JsonObject;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly error?: { readonly code: string; readonly message: string } | null;
  /** For CACHED: the execution whose outputs stand for it, and its statement. */
  readonly reusedFrom?: { readonly executionId: string; readonly statementDigest: Digest | null } | null;
  /** Kept files, logs, metrics, small values: by name and digest; with a kind where the store has it as an artifact. */
  readonly byproducts?: readonly { readonly name: string; readonly digest: Digest; readonly kind?: 'file' | 'tree' }[];
  readonly builder: BuilderIdentity;
}

/** Who carried an execution out. */
export interface BuilderIdentity {
  /** A URI that names the sort of deployment and how isolated steps are: never shared between unlike modes. */
  readonly id: string;
  /** Version of the program. */
  readonly version: string;
}

/** A statement, its exact text, and the digest of that. */
export interface StatementBody {
  readonly statement: Statement;
  readonly body: string;
  readonly digest: Digest;
}

/** The identity of an engine that runs steps as child processes of the same user. */
export const localBuilderId = 'urn:mlspec:builder:local-process:v1';

/**
 * The statement of an execution's end.
 * @throws PlatformError ENCODING_NOT_JSON for parameters that JSON cannot hold
 */
export function executionStatement(facts: ExecutionFacts): StatementBody {
  const buildDefinition = {
    buildType: stepBuildType(facts.kind),
    externalParameters: { step: facts.step, spec: facts.spec.name, params: facts.params, seed: facts.seed },
    internalParameters: { mlspec_key: facts.key, mlspec_plan: facts.planDigest },
    resolvedDependencies: dependenciesOf(facts),
  };
  const predicate = {
    buildDefinition,
    runDetails: {
      builder: { id: facts.builder.id, version: { mlspec: facts.builder.version } },
      metadata: {
        invocationId: facts.executionId,
        startedOn: formatInstant(facts.startedAtMs),
        finishedOn: formatInstant(facts.endedAtMs),
        mlspec_run: facts.runId,
        mlspec_attempt: facts.attempt,
        ...(facts.machine === undefined ? {} : { mlspec_machine: facts.machine }),
      },
      byproducts: (facts.byproducts ?? []).map(({ name, digest, kind }) => ({
        ...describe(name, digest),
        ...(kind === undefined ? {} : { annotations: { mlspec_kind: kind } }),
      })),
    },
    mlspec_outcome: outcomeOf(facts),
  } as unknown as JsonObject;
  const outputs = facts.outputs.map((artifact) => describeArtifact('output', artifact));
  const attempt = { name: `execution/${facts.executionId}`, digest: sha256(digestJson(buildDefinition)) };
  return statementBody(outputs.length > 0 ? outputs : [attempt], provenancePredicateType, predicate);
}

/** `buildType` of a step that a kind of component carries out: a stage of the product, `python`, `command` … */
export function stepBuildType(kind: string): string {
  return `urn:mlspec:step:${kind}:v1`;
}

/** Any statement with its canonical text. Subjects are sorted by name. */
export function statementBody(
  subject: readonly ResourceDescriptor[],
  predicateType: string,
  predicate: JsonObject,
): StatementBody {
  const sorted = [...subject].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const statement: Statement = { _type: statementType, subject: sorted, predicateType, predicate };
  const body = canonicalJson(statement);
  return { statement, body, digest: digestOf(body) };
}

/** A resource named by a SHA-256 digest. */
export function describe(name: string, digest: Digest): ResourceDescriptor {
  return { name, digest: sha256(digest) };
}

function dependenciesOf(facts: ExecutionFacts): ResourceDescriptor[] {
  const named = (prefix: string, digests: Readonly<Record<string, Digest>>): ResourceDescriptor[] =>
    Object.keys(digests)
      .sort()
      .map((name) => describe(`${prefix}/${name}`, digests[name]!));
  return [
    describe('spec', facts.spec.digest),
    ...(facts.git === null ? [] : [describeGit(facts.git)]),
    ...(facts.environment === null
      ? []
      : [describe(`environment/${facts.environment.name}`, facts.environment.digest)]),
    ...facts.inputs.map((artifact) => describeArtifact('input', artifact)),
    ...named('external', facts.external ?? {}),
    ...named('code', facts.code.files),
  ];
}

/** An artifact as a statement names it, with its port. */
export function describeArtifact(direction: 'input' | 'output', artifact: AttestedArtifact): ResourceDescriptor {
  const place = artifact.index === undefined || artifact.index === 0 ? '' : `/${artifact.index}`;
  return {
    ...describe(`${direction}/${artifact.port}${place}`, artifact.digest),
    annotations: { mlspec_type: artifact.type, mlspec_kind: artifact.kind, mlspec_sizeBytes: artifact.sizeBytes },
  };
}

function describeGit(git: { readonly commit: string; readonly clean: boolean }): ResourceDescriptor {
  return { name: 'source', digest: { gitCommit: git.commit }, annotations: { mlspec_clean: git.clean } };
}

function outcomeOf(facts: ExecutionFacts): JsonObject {
  const { error = null, reusedFrom = null } = facts;
  return {
    state: facts.state,
    ...(error === null ? {} : { error: { code: error.code, message: error.message.toWellFormed() } }),
    ...(reusedFrom === null ? {} : { reusedFrom: { ...reusedFrom } }),
    ...(facts.code.absent === undefined || facts.code.absent.length === 0
      ? {}
      : { absent: [...facts.code.absent].sort() }),
  };
}

function sha256(digest: Digest): DigestSet {
  return { sha256: digestHex(digest) };
}
