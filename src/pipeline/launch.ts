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
import { monotonicMs } from '../encoding/index.ts';
import { type PlatformError, toPlatformError } from '../errors/index.ts';
import { attest } from './attest.ts';
import { attestAssertions } from './attest-assertions.ts';
import { type Claim, type Claiming, claimOrReuse } from './claim.ts';
import type { StepOutcome } from './events.ts';
import { executeStep } from './execute.ts';
import type { Attempt, OpenedExecution } from './execution.ts';
import type { ExecutionKeyed } from './execution-key.ts';
import { toStepError } from './file-trouble.ts';
import type { PlanStep } from './plan.ts';
import { prepareKey } from './prepare-key.ts';
import { openExecution, publish, publishCached, publishFailure, publishUnstarted } from './publish.ts';
import { readinessOf, skippedOutcome } from './readiness.ts';
import { type ResolvedInputs, resolveInputs } from './resolve-inputs.ts';
import { inPhase, type RunContext } from './run-context.ts';
import { storeOutputs } from './store-outputs.ts';
import { tell } from './tell.ts';
import { storeLogs } from './traces.ts';

/** A step that waited longer for its place looks once more at what it is made from. */
const soonMs = 100;

/**
 * Carries out one attempt of a step, or reuses a recorded result. Never throws for what the step did: a failure is an
 * outcome, recorded and attested like every end.
 */
export async function launchStep(step: PlanStep, context: RunContext, attempt: Attempt): Promise<StepOutcome> {
  const at = <P extends Parameters<typeof inPhase>[1]['phase']>(phase: P) => ({ phase, step: step.name });
  const { place } = attempt;
  let inputs: ResolvedInputs;
  let key: ExecutionKeyed;
  let claim: Claim;
  try {
    inputs = await inPhase(context, at('resolveInputs'), () => resolveInputs(step, context));
    key = await inPhase(context, at('executionKey'), () => prepareKey(step, inputs, context));
    claim = await inPhase(context, at('findCached'), () => claimOrReuse({ step, key, place }, context));
  } catch (error) {
    return await publishUnstarted(step, toStepError(error), { context, attempt });
  }
  if (claim.kind === 'reuse') {
    if (!place.isTaken) tell(context, step, { state: 'running' });
    return publishCached(claim.hit, { step, key, attempt, context });
  }
  try {
    const turn = await takeTurn({ step, key, place }, inputs, context);
    if (turn.kind === 'skip') return skippedOutcome(step, turn.reason);
    if (turn.kind === 'start') {
      const open = (): Promise<OpenedExecution> => openExecution(step, key, { context, attempt });
      return await carryOut(await inPhase(context, at('openExecution'), open), inputs, context);
    }
  } finally {
    await claim.release();
  }
  return await launchStep(step, context, attempt);
}

/** What becomes of a prepared step when its turn has come; `again`: it has to be prepared again. */
type Turn = { readonly kind: 'start' | 'again' } | { readonly kind: 'skip'; readonly reason: string };

/** Waits for the step's place, looks whether it is still to be carried out as it was prepared, and says that it runs. */
async function takeTurn({ step, key, place }: Claiming, inputs: ResolvedInputs, context: RunContext): Promise<Turn> {
  if (place.isTaken) return { kind: 'start' };
  const askedMs = monotonicMs();
  await place.take();
  const readiness = readinessOf(step, context);
  if (readiness.kind === 'skip') return readiness;
  tell(context, step, { state: 'running' });
  if (monotonicMs() - askedMs < soonMs) return { kind: 'start' };
  const found = await prepareKey(step, inputs, context).catch(() => null);
  return { kind: found?.key === key.key ? 'start' : 'again' };
}

async function carryOut(execution: OpenedExecution, inputs: ResolvedInputs, context: RunContext): Promise<StepOutcome> {
  const at = <P extends Parameters<typeof inPhase>[1]['phase']>(phase: P) => ({ phase, step: execution.step.name });
  try {
    execution.scratch.make();
    const ran = await inPhase(context, at('execute'), () => executeStep(execution, inputs, context));
    // What a search found decides which of its steps start: until it is recorded, none takes this place.
    if (execution.step.search === null) execution.attempt.place.leave();
    const stored = await inPhase(context, at('storeOutputs'), async () => ({
      ...(await storeOutputs(execution, ran, context)),
      logs: await storeLogs(ran, context),
    }));
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
