/**
 * The rule about who did what: a key counts in the role that the layout names it with, and a step is that role's which the
 * layout says. A runner cannot say that a gate passed, nor a validator that something was trained.
 */
import { type FunctionaryRole, isGate, type LayoutStep } from '../layout/layout.ts';
import { type RunCase, wholeSteps } from './case.ts';
import type { AssertionClaim, ExecutionClaim, Opened } from './evidence.ts';
import { findingsOf } from './findings.ts';
import { attemptsLook, endLook, found, layoutLook, looks, originalsLook } from './rule-evidence.ts';
import type { Rule } from './rules.ts';

/** That each step was carried out by whom the layout lets carry it out. */
export const performedRule: Rule = {
  name: 'steps/performed',
  says: 'whoever signed for a step had the role that the layout asks of it, and a runner ended the run',
  broken: (of) => {
    const steps = new Map((of.layout?.said.steps ?? []).map((step) => [step.name, step]));
    const originals = [...of.originals.values()];
    return [
      ...of.executions.flatMap((claim) => {
        const step = steps.get(claim.step);
        const reused = originals.filter(({ execution }) => execution === claim.reusedFrom?.executionId);
        return step === undefined
          ? []
          : [claim, ...reused].flatMap((one) => told(of, { step, claim: one, what: 'did' }));
      }),
      ...wholeSteps(of).flatMap(({ step, claim }) =>
        findingsOf(of, claim).flatMap((one) => told(of, { step, claim: one, what: 'found' })),
      ),
      ...(of.end === null || of.end.opened.countsAs.includes('runner') ? [] : ['no runner signed the end of the run']),
    ];
  },
  restsOn: looks(layoutLook, attemptsLook, originalsLook, found(), endLook),
};

/** Something that somebody signed for a step. */
interface Deed {
  readonly step: LayoutStep;
  readonly claim: ExecutionClaim | AssertionClaim;
  readonly what: 'did' | 'found';
}

function told(of: RunCase, deed: Deed): string[] {
  const { step, claim, what } = deed;
  const wanted = performerOf(of, step);
  return isBy(claim, wanted) || isExcused(of, deed) ? [] : [`what ${step.name} ${what} was not signed by a ${wanted}`];
}

/** Layouts of earlier versions do not say: gates were the validator's where there was one, everything else the runner's. */
function performerOf({ layout }: RunCase, step: LayoutStep): FunctionaryRole {
  const hasValidator = (layout?.said.functionaries ?? []).some(({ role }) => role === 'validator');
  return step.performedBy ?? (isGate(step) && hasValidator ? 'validator' : 'runner');
}

/**
 * A validator may always speak for a gate, also where the run that reuses it names none. In earlier versions the runner signed that a gate
 * was carried out, and the validator what it said.
 */
function isExcused(of: RunCase, { step, claim, what }: Deed): boolean {
  if (!isGate(step)) return false;
  const isEarlier = step.performedBy === undefined || claim.run !== of.run;
  return isBy(claim, 'validator') || (what === 'did' && isEarlier && isBy(claim, 'runner'));
}

function isBy({ countsAs }: Pick<Opened, 'countsAs'>, role: FunctionaryRole): boolean {
  return countsAs.includes(role);
}
