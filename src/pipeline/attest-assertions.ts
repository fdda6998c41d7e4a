import type { NewRunStatement } from '../metadata/index.ts';
import { type AssertionFacts, assertedPredicateTypes, assertionStatement } from '../provenance/index.ts';
import { toAttested } from './attest.ts';
import { performerOf } from './compile-layout.ts';
import type { PublishedOutput } from './events.ts';
import type { OpenedExecution, RanStep } from './execution.ts';
import type { StepAssertion } from './invocation.ts';
import type { RunContext } from './run-context.ts';

/**
 * The signed statements of what a step found. Only the product's own steps are heard: any other could say what it likes,
 * and its word would stand under the engine's signature.
 */
export async function attestAssertions(
  execution: OpenedExecution,
  made: { readonly ran: RanStep; readonly outputs: Readonly<Record<string, PublishedOutput>> },
  context: RunContext,
): Promise<NewRunStatement[]> {
  const { step } = execution;
  if (step.component.kind !== 'builtin') return [];
  const signed: NewRunStatement[] = [];
  for (const assertion of made.ran.result.assertions) {
    const about = artifactsAt(assertion, execution, made.outputs);
    if (about.length === 0 || !assertedPredicateTypes.includes(assertion.predicateType)) continue;
    const { predicateType, predicate } = assertion;
    const body = assertionStatement({
      runId: context.runId,
      executionId: execution.id,
      step: step.name,
      spec: { name: context.plan.name, digest: context.plan.specDigest },
      params: step.params,
      ...{ predicateType, predicate, about },
    });
    signed.push({ predicateType, statement: await context.services.signStatement(body, performerOf(step)) });
  }
  return signed;
}

function artifactsAt(
  { about }: StepAssertion,
  { inputs }: OpenedExecution,
  outputs: Readonly<Record<string, PublishedOutput>>,
): AssertionFacts['about'] {
  return about.flatMap((port): AssertionFacts['about'] => {
    const output = outputs[port];
    return [
      ...(inputs[port] ?? []).map((artifact, index) => ({
        direction: 'input' as const,
        ...toAttested(port, artifact, index),
      })),
      ...(output === undefined ? [] : [{ direction: 'output' as const, ...toAttested(port, output, 0) }]),
    ];
  });
}
