/**
 * What steps of the product found of artifacts, as statements of their own beside the one of the execution: results of
 * tests, how rows were divided; and the objectives that an owner commits to before anything is measured.
 *
 * @see https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md
 */
import { type Digest, digestJson, formatInstant, type JsonObject } from '../encoding/index.ts';
import {
  type AttestedArtifact,
  describe,
  describeArtifact,
  type ResourceDescriptor,
  type StatementBody,
  statementBody,
} from './statement.ts';

/** `predicateType` of what a validation, an evaluation or a test came to. */
export const testResultPredicateType = 'https://in-toto.io/attestation/test-result/v0.1';
/** `predicateType` of how rows were divided. */
export const splitPredicateType = 'urn:mlspec:predicate:split:v1';
/** `predicateType` of the objectives that gates of a run hold models to. */
export const objectivesPredicateType = 'urn:mlspec:predicate:objectives:v1';

/** What the product's own steps may have signed. */
export const assertedPredicateTypes: readonly string[] = [testResultPredicateType, splitPredicateType];

/** An assertion of a step, and what it is bound to. Holds no secret values. */
export interface AssertionFacts {
  readonly runId: string;
  readonly executionId: string;
  readonly step: string;
  readonly spec: { readonly name: string; readonly digest: Digest };
  readonly params: JsonObject;
  readonly predicateType: string;
  readonly predicate: JsonObject;
  /** What it is about; at least one. */
  readonly about: readonly ({ readonly direction: 'input' | 'output' } & AttestedArtifact)[];
}

/** A gate of a run: its step, and what it is given. */
export interface CommittedGate {
  readonly step: string;
  readonly params: JsonObject;
}

/** The statement of an assertion. Its subjects are the artifacts; the predicate names the execution it belongs to. */
export function assertionStatement(facts: AssertionFacts): StatementBody {
  const { runId, executionId, step, spec, params, predicateType, predicate } = facts;
  const configuration = [describe('spec', spec.digest), describe('params', digestJson(params))];
  const whole = {
    ...predicate,
    ...(predicateType === testResultPredicateType ? { configuration } : {}),
    mlspec_run: runId,
    mlspec_step: step,
    mlspec_execution: executionId,
  } as unknown as JsonObject;
  return statementBody(
    facts.about.map(({ direction, ...artifact }) => describeArtifact(direction, artifact)),
    predicateType,
    whole,
  );
}

/** The statement by which an owner commits to the objectives of gates. Its subjects are their parameters. */
export function objectivesStatement(
  run: { readonly id: string; readonly spec: { readonly name: string; readonly digest: Digest } },
  gates: readonly CommittedGate[],
  atMs: number,
): StatementBody {
  const subject = gates.map(({ step, params }): ResourceDescriptor => describe(`gate/${step}`, digestJson(params)));
  const predicate = {
    run: run.id,
    spec: run.spec,
    committedOn: formatInstant(atMs),
    gates: gates.map(({ step, params }) => ({ step, params })),
  } as unknown as JsonObject;
  return statementBody(subject, objectivesPredicateType, predicate);
}
