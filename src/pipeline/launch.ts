/**
 * One step of a run, from its inputs to its record. The states of its execution and what may be trusted in each:
 *
 *   NEW → RUNNING     openExecution    the record says that it started; nothing of its outputs may be used
 *   RUNNING → COMPLETE  publish        outputs are in the store, verified, and named by the record: usable
 *   NEW → CACHED      publishCached    the outputs of an earlier COMPLETE execution, by digest: usable
 *   any → FAILED      publishFailure   no outputs
 *   any → CANCELED    publishFailure   no outputs
 *
 * Publishing is one transaction, and it is the last thing that happens: an engine that dies at any instruction before
 * it leaves blobs that nothing names (removed by `gc`) and an execution that is RUNNING without a living engine, which
 * the next run turns into FAILED. After it, everything is there.
 */
import { type PlatformError, toPlatformError } from '../errors/index.ts';
import { attest } from './attest.ts';
import { attestAssertions } from './attest-assertions.ts';
import { type Claim, claimOrReuse } from './claim.ts';
import type { StepOutcome } from './events.ts';
import { executeStep } from './execute.ts';
import type { Attempt, OpenedExecution } from './execution.ts';
import type { ExecutionKeyed } from './execution-key.ts';
import { toStepError } from './file-trouble.ts';
import type { PlanStep } from './plan.ts';
import { prepareKey } from './prepare-key.ts';
import { openExecution, publish, publishCached, publishFailure, publishUnstarted } from './publish.ts';
import { type ResolvedInputs, resolveInputs } from './resolve-inputs.ts';
import { inPhase, type RunContext } from './run-context.ts';
import { storeOutputs } from './store-outputs.ts';

/**
 * Carries out one attempt of a step, or reuses a recorded result. Never throws for what the step did: a failure is an
 * outcome, recorded and attested like every end.
 */
export async function launchStep(step: PlanStep, context: RunContext, attempt: Attempt): Promise<StepOutcome> {
  const at = <P extends Parameters<typeof inPhase>[1]['phase']>(phase: P) => ({ phase, step: step.name });
  let inputs: ResolvedInputs;
  let key: ExecutionKeyed;
  let claim: Claim;
  try {
    inputs = await inPhase(context, at('resolveInputs'), () => resolveInputs(step, context));
    key = await inPhase(context, at('executionKey'), () => prepareKey(step, inputs, context));
    claim = await inPhase(context, at('findCached'), () => claimOrReuse(step, key, context));
  } catch (error) {
    return await publishUnstarted(step, toStepError(error), { context, attempt });
  }
  if (claim.kind === 'reuse') return publishCached(claim.hit, { step, key, attempt, context });
  try {
    const execution = await inPhase(context, at('openExecution'), () => openExecution(step, key, { context, attempt }));
    return await carryOut(execution, inputs, context);
  } finally {
    await claim.release();
  }
}

async function carryOut(execution: OpenedExecution, inputs: ResolvedInputs, context: RunContext): Promise<StepOutcome> {
  const at = <P extends Parameters<typeof inPhase>[1]['phase']>(phase: P) => ({ phase, step: execution.step.name });
  try {
    execution.scratch.make();
    const ran = await inPhase(context, at('execute'), () => executeStep(execution, inputs, context));
    const stored = await inPhase(context, at('storeOutputs'), () => storeOutputs(execution, ran, context));
    const statements = await inPhase(context, at('attest'), async () => ({
      statement: await attest(execution, { state: 'COMPLETE', ran, ...stored }, context),
      assertions: await attestAssertions(execution, { ran, ...stored }, context),
    }));
    return await inPhase(context, at('publish'), () => publish(execution, { ran, ...stored, ...statements }, context));
  } catch (error) {
    return await recordFailure(execution, toStepError(error), context);
  } finally {
    context.removals.push(execution.scratch.remove());
  }
}

/** An end that cannot be recorded leaves the run open: the next command ends it, as after the death of an engine. */
async function recordFailure(
  execution: OpenedExecution,
  error: PlatformError,
  context: RunContext,
): Promise<StepOutcome> {
  try {
    return await publishFailure(execution, error, context);
  } catch (thrown) {
    context.unrecorded.push(toPlatformError(thrown));
    throw thrown;
  }
}
