/**
 * Rules that only a machine-learning lifecycle has: what was sealed, what was validated, what a model was put together
 * from. They follow artifacts by digest through the statements of a run.
 */
import type { LayoutStep } from '../layout/layout.ts';
import { finalClaim, isWhole, type RunCase } from './case.ts';
import type { ExecutionClaim } from './evidence.ts';
import type { Rule } from './rules.ts';

/** Every such rule, in the order in which they are told. */
export const lifecycleRules: readonly Rule[] = [
  {
    name: 'sealed/gates-only',
    says: 'sealed data went into the steps alone that make it or that a gate is, which the layout gives its key',
    broken: sealedGatesOnly,
  },
  {
    name: 'training/validated',
    says: 'whatever a model was trained on comes from data that passed validation',
    broken: trainedOnValidated,
  },
  {
    name: 'transform/fitted-on-train',
    says: 'transformations learnt from the training part, and the packaged one is that',
    broken: fittedOnTrain,
  },
  { name: 'package/model', says: 'the packaged model is the one that was trained in this run', broken: packagedModel },
];

function sealedGatesOnly(of: RunCase): string[] {
  return wholeSteps(of).flatMap(({ step, claim }) =>
    claim.inputs.some(({ type }) => type === 'SealedDataset') &&
    !(step.unseals && step.buildType.endsWith(`:${step.stage}:v1`))
      ? [`${step.name} read a sealed part`]
      : [],
  );
}

function trainedOnValidated(of: RunCase): string[] {
  const steps = wholeSteps(of);
  const validated = new Set(
    steps
      .filter(({ step }) => step.stage === 'validation')
      .flatMap(({ claim }) => claim.inputs.filter(({ type }) => type === 'Dataset').map(({ digest }) => digest)),
  );
  return steps
    .filter(({ step }) => step.stage === 'training')
    .flatMap(({ step, claim }) => {
      const read = claim.inputs.filter(({ type }) => type === 'Dataset').map(({ digest }) => digest);
      const unchecked = read.filter((digest) => !comesFrom(steps, digest, validated));
      return unchecked.map((digest) => `${step.name} read data ${digest.slice(7, 19)} that no validation saw`);
    });
}

function fittedOnTrain(of: RunCase): string[] {
  const fitted = wholeSteps(of).filter(({ step }) => step.stage === 'transformation');
  return fitted.flatMap(({ step, claim }) => {
    const sources = step.inputs['train']?.sources ?? [];
    const isTrain = sources.length === 1 && sources[0]!.port === 'train';
    const transform = claim.outputs.find(({ type }) => type === 'Transform')?.digest;
    const packaged = wholeSteps(of)
      .filter((one) => one.step.stage === 'packaging' && one.step.inputs['transform']?.sources[0]?.step === step.name)
      .filter((one) => !one.claim.inputs.some(({ digest, type }) => type === 'Transform' && digest === transform));
    return [
      ...(isTrain ? [] : [`${step.name} learnt from another part than train`]),
      ...packaged.map((one) => `${one.step.name} packed another transformation`),
    ];
  });
}

function packagedModel(of: RunCase): string[] {
  const steps = wholeSteps(of);
  const trained = new Set(
    steps.flatMap(({ claim }) => claim.outputs.filter(({ type }) => type === 'Model').map(({ digest }) => digest)),
  );
  return steps
    .filter(({ step }) => step.stage === 'packaging')
    .flatMap(({ step, claim }) => {
      const models = claim.inputs.filter(({ type }) => type === 'Model');
      return models.length > 0 && models.every(({ digest }) => trained.has(digest))
        ? []
        : [`${step.name} packed a model that no step of the run trained`];
    });
}

interface WholeStep {
  readonly step: LayoutStep;
  readonly claim: ExecutionClaim;
}

function wholeSteps(of: RunCase): WholeStep[] {
  return (of.layout?.said.steps ?? []).flatMap((step): WholeStep[] => {
    const claim = finalClaim(of, step.name);
    return isWhole(claim) ? [{ step, claim }] : [];
  });
}

/** Whether an artifact, or one that it was made from, is among some. */
function comesFrom(steps: readonly WholeStep[], digest: string, wanted: ReadonlySet<string>): boolean {
  const seen = new Set<string>();
  const waiting = [digest];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (wanted.has(next)) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    for (const { claim } of steps) {
      if (claim.outputs.some((output) => output.digest === next)) {
        waiting.push(...claim.inputs.filter(({ type }) => type === 'Dataset').map((input) => input.digest));
      }
    }
  }
  return false;
}
