/**
 * What rules look at, by digest: whoever is told that a rule holds, or that it does not, can look at the same. It is what was opened: a
 * statement that no key signed which counts shows nothing, and is told as what breaks a rule.
 */
import type { Digest } from '../../encoding/index.ts';
import type { LayoutStep } from '../layout/layout.ts';
import { type RunCase, wholeSteps } from './case.ts';
import { entriesOf } from './entries.ts';
import type { ExecutionClaim, NamedArtifact, Opened } from './evidence.ts';
import { findingsOf } from './findings.ts';

/** Something that a rule rests on. */
export interface RuleEvidence {
  readonly kind: 'statement' | 'entry' | 'artifact' | 'file';
  /** What it is: `layout`, `training`, `training found`, `training/model`, the path of a file. */
  readonly name: string;
  /** Of the body of the statement, of the content. Of an entry of the log that of the statement that it took in. */
  readonly digest: Digest;
  /** Where the log has it; null for what is in no log, and for a statement that no checked log holds. */
  readonly place: number | null;
}

/** How a rule says what it rests on. */
export type Look = (of: RunCase) => readonly RuleEvidence[];

/** All that several look at, each thing once. */
export function looks(...all: readonly Look[]): Look {
  return (of) => {
    const seen = new Map<string, RuleEvidence>();
    for (const one of all.flatMap((look) => look(of))) seen.set(`${one.kind} ${one.digest} ${one.name}`, one);
    return [...seen.values()];
  };
}

/** What the run had to be. */
export const layoutLook: Look = ({ layout }) => statement('layout', layout?.opened ?? null);
/** What its owner committed to. */
export const commitmentLook: Look = ({ commitment }) => statement('objectives', commitment);
/** How it ended. */
export const endLook: Look = ({ end }) => statement('end of the run', end?.opened ?? null);
/** Every attempt at a step. */
export const attemptsLook: Look = ({ executions }) => executions.flatMap((claim) => statement(claim.step, claim));
/** Every execution of another run whose result was taken. */
export const originalsLook: Look = ({ originals }) =>
  [...originals.values()].flatMap((claim) => statement(`${claim.step} of ${claim.run}`, claim));
/** What the log holds of the run. */
export const entriesLook: Look = (of) =>
  entriesOf(of).map(({ predicateType, statement: digest, place }) => ({
    ...{ kind: 'entry' as const, name: predicateType, digest, place },
  }));
/** What was served of it. */
export const deploymentsLook: Look = ({ deployments }) =>
  deployments.flatMap(({ statement: digest, place, packageDigest }) => [
    { kind: 'statement' as const, name: 'deployment', digest, place },
    artifact('package', packageDigest),
  ]);
/** What it was compared with in production. */
export const windowsLook: Look = ({ windows }) =>
  windows.flatMap(({ statement: digest, place, datasetDigest, profileDigest }) => [
    { kind: 'statement' as const, name: 'window', digest, place },
    artifact('training part', datasetDigest),
    artifact('profile', profileDigest),
  ]);

/** Which steps are looked at: those of some stages, or that fulfil a condition. */
export type Which = (step: LayoutStep, claim: ExecutionClaim) => boolean;

/** Steps of some stages. */
export function ofStages(...stages: readonly string[]): Which {
  return ({ stage }) => stages.includes(stage);
}

/** The executions that steps left outputs by. */
export function whole(which: Which = () => true): Look {
  return (of) => chosen(of, which).flatMap(({ claim }) => statement(claim.step, claim));
}

/** What these found. */
export function found(which: Which = () => true): Look {
  return (of) =>
    chosen(of, which).flatMap(({ step, claim }) =>
      findingsOf(of, claim).flatMap((one) => statement(`${step.name} found`, one)),
    );
}

/** Artifacts that these read, or left, of some types or of all. */
export function artifacts(side: 'inputs' | 'outputs', which: Which = () => true, ...types: readonly string[]): Look {
  const isWanted = ({ type }: NamedArtifact): boolean => types.length === 0 || types.includes(type);
  return (of) =>
    chosen(of, which).flatMap(({ step, claim }) =>
      claim[side].filter(isWanted).map(({ port, digest }) => artifact(`${step.name}/${port}`, digest)),
    );
}

function chosen(of: RunCase, which: Which): ReturnType<typeof wholeSteps> {
  return wholeSteps(of).filter(({ step, claim }) => which(step, claim));
}

function statement(name: string, opened: Pick<Opened, 'digest' | 'place'> | null): RuleEvidence[] {
  return opened === null ? [] : [{ kind: 'statement', name, digest: opened.digest, place: opened.place }];
}

/** Content, which is in no log itself. */
export function artifact(name: string, digest: Digest): RuleEvidence {
  return { kind: 'artifact', name, digest, place: null };
}
