import type { GraphBuilder } from '../../pipeline/index.ts';
import { fittingPart, rowsRead, undivided } from '../../provenance/index.ts';
import type { Finding } from '../../spec/index.ts';
import { wiredSteps } from '../wired-steps.ts';
import type { LeafInstance } from './expand.ts';

/** Types of outputs that are learnt from data. */
const fittedTypes: readonly string[] = ['Model', 'Transform'];

/** Types of inputs from which something can be learnt anew; what a model that is read learnt from is that of another step. */
const rowTypes: readonly string[] = ['Dataset', 'Predictions', 'Statistics', 'Any'];

/**
 * A step that learns from more than the training part. An error where the step is declared to learn (`fits`), a warning where it leaves what is learnt, a
 * model or a transformation: it may have read the other rows for something else.
 */
export function fittedOnHeldOut({ name, step, path }: LeafInstance, graph: GraphBuilder): Finding[] {
  const leaves = Object.values(step.outputs).filter(({ type }) => fittedTypes.includes(type));
  const isDeclared = step.fits === true;
  if (!isDeclared && leaves.length === 0) return [];
  const planned = graph.steps();
  const steps = wiredSteps(planned);
  const inputs = planned.find((one) => one.name === name)?.inputs ?? {};
  const ports = Object.keys(inputs).filter((port) => isDeclared || rowTypes.includes(inputs[port]!.type));
  const read = steps.has(name) ? rowsRead(steps, steps.get(name)!, ports) : [];
  const heldOut = [...read].filter((part) => part !== fittingPart);
  if (heldOut.length === 0) return [];
  const rows = heldOut.map((part) => (part === undivided ? 'the undivided dataset' : part)).join(', ');
  return [
    {
      rule: 'plan/fitted-on-held-out',
      severity: isDeclared ? 'error' : 'warning',
      path: [...path, 'inputs'],
      message: isDeclared
        ? `step ${name} learns from its inputs and reads rows of ${rows}: nothing that is fitted may know them`
        : `step ${name} leaves a ${leaves[0]!.type} and reads rows of ${rows}: what it learns from them makes them useless for judging it`,
      suggestion: isDeclared
        ? `read what comes from ${fittingPart} alone; apply what was learnt in a step of its own`
        : `read what comes from ${fittingPart} alone and write fits: true, which mlspec verify then proves`,
    },
  ];
}
