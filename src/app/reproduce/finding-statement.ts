import type { Digest } from '../../encoding/index.ts';
import {
  describe,
  type StatementBody,
  statementBody,
  testResult,
  testResultPredicateType,
} from '../../provenance/index.ts';
import type { ReproducedStep } from './reproduced-step.ts';

/** What a reproduction came to. */
export interface Finding {
  /** The run that was exported, and the one that carried it out again. */
  readonly run: string;
  readonly again: string;
  /** Digests of the plans of both. */
  readonly plans: { readonly before: Digest; readonly after: Digest };
  readonly tolerance: number;
  readonly steps: readonly ReproducedStep[];
}

/**
 * The statement of a finding: a test result whose subjects are what the exported run left. A step passed where everything it
 * left is identical or equal within the tolerance, warned where something could not be compared, and failed otherwise.
 */
export function findingStatement({ run, again, plans, tolerance, steps }: Finding): StatementBody {
  const named = (likenesses: readonly string[]): string[] =>
    steps.filter(({ likeness }) => likenesses.includes(likeness)).map(({ step }) => step);
  const outcomes = {
    passed: named(['identical', 'equal']),
    warned: named(['unknown', 'left-out']),
    failed: named(['differs', 'failed']),
  };
  const predicate = testResult(outcomes, {
    configuration: [describe('plan', plans.before), describe('plan-again', plans.after)].map((one) => ({ ...one })),
    mlspec_reproduced: {
      ...{ run, again, tolerance },
      steps: steps.map(({ step, likeness, outputs }) => ({
        ...{ step, likeness },
        outputs: outputs.map(({ port, likeness: of, why }) => ({ port, likeness: of, ...(why === '' ? {} : { why }) })),
      })),
    },
  });
  const subjects = steps.flatMap(({ step, before }) =>
    [...before].map(([port, { digest }]) => describe(`${step}/${port}`, digest)),
  );
  return statementBody(subjects, testResultPredicateType, predicate);
}
