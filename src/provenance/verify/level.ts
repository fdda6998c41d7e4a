/**
 * How much the evidence of a run is worth, in levels of which each asks for all of the one below. What each proves, and
 * against whom, stands in docs/reference/levels.md.
 */
import { finalClaim, isWhole, type RunCase } from './case.ts';
import { countUntold } from './entries.ts';
import { describeWays, openWays } from './same-user.ts';

/** From the weakest to the strongest. */
export const levels = ['recorded', 'signed', 'lifecycle', 'witnessed'] as const;
/** One of them. */
export type Level = (typeof levels)[number];

/** The level that is reached, and what the next one asks for beside that. */
export interface ReachedLevel {
  readonly level: Level;
  readonly next: Level | null;
  readonly missing: readonly string[];
}

const lifecycle = ['ingestion', 'splitting', 'validation', 'training', 'evaluation', 'testing', 'packaging'] as const;

/** The level of a run of which a rule is broken. */
export const lowestLevel: ReachedLevel = {
  level: 'recorded',
  next: 'signed',
  missing: ['a run of which every rule holds'],
};

/** The level of a run. @param hold whether every rule holds */
export function levelOf(of: RunCase, hold: boolean): ReachedLevel {
  if (!hold) return lowestLevel;
  const stages = missingStages(of);
  if (stages.length > 0) return { level: 'signed', next: 'lifecycle', missing: stages };
  const missing = [
    ...(isOwnRunner(of) ? ['an owner whose key is not the one that signs for the steps'] : []),
    ...(of.isWitnessed ? [] : ['a checkpoint of the log that a trusted witness signed too']),
  ];
  return missing.length === 0
    ? { level: 'witnessed', next: null, missing }
    : { level: 'lifecycle', next: 'witnessed', missing };
}

/** What the statements cannot show, whoever signed them: against whom the evidence is worth nothing. */
export function caveatsOf(of: RunCase): string[] {
  const ways = describeWays(openWays(of));
  const untold = countUntold(of);
  return [
    ...(ways === null ? [] : [ways]),
    ...(isOwnRunner(of) ? ['one key signed both what had to be done and that it was done'] : []),
    ...(untold === 0 ? [] : [`${untold} entries of the log do not say of which run they are, and may be of this one`]),
    ...(of.isWitnessed ? [] : ['no witness saw the log: whoever holds its key could have written a whole other one']),
  ];
}

function missingStages(of: RunCase): string[] {
  const steps = of.layout?.said.steps ?? [];
  return lifecycle.flatMap((stage) => {
    const ofStage = steps.filter((step) => step.stage === stage);
    if (!ofStage.some(({ name }) => isWhole(finalClaim(of, name)))) return [stepOf(stage)];
    return stage === 'testing' && !ofStage.some(({ unseals }) => unseals) ? ['a test on a sealed part'] : [];
  });
}

function stepOf(stage: string): string {
  return `a step of the stage ${stage}`;
}

/** Whether every rule of a run holds and a step of that stage of the lifecycle was carried out to its end. */
export function hasStage({ level, missing }: ReachedLevel, stage: (typeof lifecycle)[number]): boolean {
  return level !== 'recorded' && !missing.includes(stepOf(stage));
}

function isOwnRunner(of: RunCase): boolean {
  const owners = of.layout?.opened.signedBy ?? [];
  return (of.layout?.said.functionaries ?? []).some(({ keyId }) => owners.includes(keyId));
}
