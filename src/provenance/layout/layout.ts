/**
 * What a run has to be, said before it begins, and what it came to, said at its end. The layout names every step, what it
 * may read and from where, and whose signatures count; the end names every statement of the run. Between the two nothing
 * can be left out, exchanged or taken from another run without being found: the layout closes the graph, the end closes the
 * list.
 */
import { type Digest, formatInstant, type JsonObject } from '../../encoding/index.ts';
import type { SignatureAlgorithm } from '../signer.ts';
import { describe, type StatementBody, statementBody } from '../statement.ts';

/** `predicateType` of the statement that holds a layout. */
export const layoutPredicateType = 'urn:mlspec:predicate:layout:v1';
/** `predicateType` of the statement that ends a run. */
export const runEndPredicateType = 'urn:mlspec:predicate:run:v1';

/** How long a layout holds where nobody says otherwise: as long as the longest duty to keep documents asks, ten years. */
export const layoutValidityMs = 3653 * 24 * 3600 * 1000;

/** What a key signs for in a run: for what steps did and found, or for what gates did and said. */
export type FunctionaryRole = 'runner' | 'validator';

/** A key whose signature counts in a run, with what for. */
export interface Functionary {
  readonly keyId: string;
  readonly algorithm: SignatureAlgorithm;
  readonly publicKey: string;
  readonly role: FunctionaryRole;
}

/** What may stand at an input port: outputs of other steps in this order, then artifacts that the plan names. */
export interface LayoutInput {
  readonly sources: readonly { readonly step: string; readonly port: string }[];
  readonly pinned: readonly Digest[];
  /** Whether some of the artifacts that the plan names may be left out, as those that are about the same data. */
  readonly mayOmit?: boolean | undefined;
}

/** By member of a predicate the texts of which it has to be one. */
export type Attributes = Readonly<Record<string, readonly string[]>>;

/** One step as it must be carried out. */
export interface LayoutStep {
  readonly name: string;
  readonly stage: string;
  /** `buildType` of its statement. */
  readonly buildType: string;
  /** Digest of its parameters. */
  readonly params: Digest;
  readonly seed: number;
  readonly inputs: Readonly<Record<string, LayoutInput>>;
  readonly outputs: Readonly<Record<string, { readonly type: string; readonly optional: boolean }>>;
  /** Whose signature counts for what it did and what it found. Absent in layouts of earlier versions. */
  readonly performedBy?: FunctionaryRole | undefined;
  /** Whether the run may do without it: a condition, an early stop, or a step before it that was skipped. */
  readonly maySkip: boolean;
  /** Whether it is given the key of the sealed parts. */
  readonly unseals: boolean;
  /** Predicate types of the statements that must be there of what it found. */
  readonly attests: readonly string[];
  /** By predicate type what members of that predicate have to be: one of these. Absent in layouts of earlier versions. */
  readonly attributes?: Readonly<Record<string, Attributes>> | undefined;
  /** Whether it learns from its inputs, as declared: then all of them must come from the training part. */
  readonly fits?: boolean | undefined;
}

/** Whether a step of a layout is a gate: it tests models on a sealed part. */
export function isGate({ stage, unseals }: Pick<LayoutStep, 'stage' | 'unseals'>): boolean {
  return stage === 'testing' && unseals;
}

/** All of it. */
export interface Layout {
  readonly run: string;
  readonly spec: { readonly name: string; readonly digest: Digest };
  readonly plan: Digest;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly functionaries: readonly Functionary[];
  readonly steps: readonly LayoutStep[];
}

/** What became of a step of the layout: each of its attempts, or why there was none. */
export interface EndedStep {
  readonly step: string;
  readonly attempts: readonly { readonly state: string; readonly statement: Digest }[];
  readonly skipped: string | null;
}

/** How a run ended. */
export interface RunEnd {
  readonly run: string;
  /** Digest of the body of the layout's statement. */
  readonly layout: Digest;
  readonly state: string;
  /** Digest of the run's record. */
  readonly record: Digest;
  /** Digest of the parameters that the run was given; undefined in ends of the first versions. */
  readonly params?: Digest | undefined;
  readonly endedAtMs: number;
  readonly steps: readonly EndedStep[];
  /** The statements of what steps found. */
  readonly assertions: readonly Digest[];
}

/** The statement of a layout. Its subjects are the run, by the digest of its plan, and the declaration. */
export function layoutStatement(layout: Layout): StatementBody {
  const { createdAtMs, expiresAtMs, ...rest } = layout;
  const subject = [describe(`run/${layout.run}`, layout.plan), describe('spec', layout.spec.digest)];
  const times = { createdOn: formatInstant(createdAtMs), expires: formatInstant(expiresAtMs) };
  return statementBody(subject, layoutPredicateType, { ...times, ...rest } as unknown as JsonObject);
}

/** The statement that ends a run. Its subject is the run, by the digest of its record. */
export function runEndStatement(end: RunEnd): StatementBody {
  const { endedAtMs, ...rest } = end;
  const predicate = { finishedOn: formatInstant(endedAtMs), ...rest } as unknown as JsonObject;
  return statementBody([describe(`run/${end.run}`, end.record)], runEndPredicateType, predicate);
}
