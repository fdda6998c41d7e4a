/**
 * Rules that only a machine-learning lifecycle has: what was sealed, what was validated, what a model was put together
 * from. They follow artifacts by digest through the statements of a run.
 */
import type { LayoutStep } from '../layout/layout.ts';
import { fittingPart, rowsRead, undivided, type WiredStep } from '../layout/rows-behind.ts';
import { stepBuildType } from '../statement.ts';
import { isLetThrough } from './assertion-rules.ts';
import { type RunCase, type WholeStep, wholeSteps } from './case.ts';
import { artifacts, found, layoutLook, looks, ofStages, type Which, whole } from './rule-evidence.ts';
import type { Rule } from './rules.ts';

const sealed = 'SealedDataset';
const readsSealed: Which = (_, { inputs }) => inputs.some(({ type }) => type === sealed);

/** Every such rule, in the order in which they are told. */
export const lifecycleRules: readonly Rule[] = [
  {
    name: 'sealed/gates-only',
    says: 'sealed data went into the split that makes its parts and into gates alone, which the layout gives its key',
    broken: sealedGatesOnly,
    restsOn: looks(layoutLook, whole(readsSealed), artifacts('inputs', readsSealed, sealed)),
  },
  {
    name: 'training/validated',
    says: 'whatever a model was trained on comes from data that passed validation',
    broken: trainedOnValidated,
    restsOn: looks(
      whole(ofStages('validation', 'training')),
      found(ofStages('validation')),
      artifacts('inputs', ofStages('validation', 'training'), 'Dataset'),
    ),
  },
  {
    name: 'transform/fitted-on-train',
    says: 'transformations learnt from the training part, and the packaged one is that',
    broken: fittedOnTrain,
    restsOn: looks(
      layoutLook,
      whole(ofStages('transformation', 'packaging')),
      artifacts('outputs', ofStages('transformation'), 'Transform'),
    ),
  },
  {
    name: 'fitted/on-train',
    says: 'whatever is fitted learnt from rows of the training part alone; a model was beside them given parts of the split, never rows that were not divided',
    broken: learntFromTrain,
    restsOn: looks(
      layoutLook,
      whole((step) => mayLearn(step)),
    ),
  },
  {
    name: 'package/model',
    says: 'the packaged model is the one that was trained in this run',
    broken: packagedModel,
    restsOn: looks(
      whole(ofStages('training', 'packaging')),
      artifacts('outputs', ofStages('training'), 'Model'),
      artifacts('inputs', ofStages('packaging'), 'Model'),
    ),
  },
];

function sealedGatesOnly(of: RunCase): string[] {
  return wholeSteps(of).flatMap(({ step, claim }) =>
    readsSealed(step, claim) && !mayReadSealed(step) ? [`${step.name} read a sealed part`] : [],
  );
}

/** The split divides what ingestion sealed; gates test on its parts. No other stage reads sealed data, whoever has the key. */
function mayReadSealed({ stage, unseals, buildType }: LayoutStep): boolean {
  return unseals && (stage === 'splitting' || stage === 'testing') && buildType === stepBuildType(stage);
}

function trainedOnValidated(of: RunCase): string[] {
  const steps = wholeSteps(of);
  const validated = new Set(
    steps
      .filter((one) => one.step.stage === 'validation' && isLetThrough(of, one))
      .flatMap(({ claim }) => claim.inputs.filter(({ type }) => type === 'Dataset').map(({ digest }) => digest)),
  );
  return steps
    .filter(({ step }) => step.stage === 'training')
    .flatMap(({ step, claim }) => {
      const read = claim.inputs.filter(({ type }) => type === 'Dataset').map(({ digest }) => digest);
      const unchecked = read.filter((digest) => !comesFrom(steps, digest, validated));
      return unchecked.map((digest) => `${step.name} read data ${digest.slice(7, 19)} that no validation let through`);
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

/** What a step read is what the layout says (`flow/inputs`), so where rows come from follows from the layout. */
function learntFromTrain(of: RunCase): string[] {
  const wired = new Map((of.layout?.said.steps ?? []).map((step): [string, WiredStep] => [step.name, wiredOf(step)]));
  return wholeSteps(of).flatMap(({ step }) => {
    const own = wired.get(step.name)!;
    if (!mayLearn(step)) return [];
    const isModel = isTraining(step);
    const ports = step.fits === true ? Object.keys(step.inputs) : [fittingPart];
    const learnt = [...rowsRead(wired, own, ports)];
    const given = isModel ? [...rowsRead(wired, own)] : [];
    return [
      ...learnt.filter((part) => part !== fittingPart).map((part) => `${step.name} learnt from ${part}`),
      ...(learnt.length === 0 ? [`nothing shows that ${step.name} learnt from ${fittingPart}`] : []),
      ...(given.includes(undivided) ? [`${step.name} read rows that were not divided`] : []),
    ];
  });
}

/** Whether a step is one that learns: as declared, a model's training, or a transformation of the product. */
function mayLearn(step: LayoutStep): boolean {
  return step.fits === true || isTraining(step) || (step.stage === 'transformation' && wiredOf(step).isBuiltIn);
}

/** Whether a step is the project's own training of a model on the part for it. */
function isTraining(step: LayoutStep): boolean {
  return step.stage === 'training' && !wiredOf(step).isBuiltIn && Object.hasOwn(step.inputs, fittingPart);
}

function wiredOf({ name, stage, inputs, buildType }: LayoutStep): WiredStep {
  return { name, stage, inputs, isBuiltIn: buildType === stepBuildType(stage) };
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
