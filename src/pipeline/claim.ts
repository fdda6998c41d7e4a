import { setTimeout as wait } from 'node:timers/promises';
import { PlatformError } from '../errors/index.ts';
import type { CacheEntry } from '../metadata/index.ts';
import { compareCodeSet } from './code-set.ts';
import { type ExecutionKeyed, mayReuse } from './execution-key.ts';
import type { PlanStep } from './plan.ts';
import type { RunContext } from './run-context.ts';
import { tell } from './tell.ts';

const leaseMs = 15_000;
const renewEveryMs = 4_000;
const pollMs = 50;
const lookForDeadEvery = 20;

/** Either a recorded result to reuse, or the right to run the step. */
export type Claim =
  | { readonly kind: 'reuse'; readonly hit: CacheEntry }
  | { readonly kind: 'run'; readonly release: () => Promise<void> };

/**
 * Finds a recorded result that is wholly equal, or takes the lease on the step's key. Where another living engine holds
 * the lease it waits: identical steps of two engines run once, and the second reuses what the first published. Where
 * that engine dies meanwhile, its lease is released with its other affairs.
 */
export async function claimOrReuse(step: PlanStep, key: ExecutionKeyed, context: RunContext): Promise<Claim> {
  const { metadata } = context.services;
  const reusable = mayReuse(step, key.external) && !isForced(step, context);
  let hasWaited = false;
  for (let turn = 1; ; turn++) {
    context.options.signal.throwIfAborted();
    const hit = reusable ? await findCached(key, context) : null;
    if (hit !== null) return { kind: 'reuse', hit };
    if (context.options.recordedOnly.has(step.name)) throw notRecorded(step);
    if (!reusable) return { kind: 'run', release: async () => undefined };
    const lease = await metadata.lease(key.key, context.runId, leaseMs);
    if (lease.isHeld) break;
    if (!hasWaited) tell(context, step, { state: 'waiting', reason: `${lease.owner} is carrying out the same` });
    hasWaited = true;
    if (turn % lookForDeadEvery === 0) await context.services.endDeadEngines();
    await wait(pollMs, undefined, { signal: context.options.signal });
  }
  const late = await findCached(key, context);
  if (late === null) {
    if (hasWaited) tell(context, step, { state: 'running' });
    return { kind: 'run', release: keepLease(key, context) };
  }
  await metadata.release(key.key, context.runId);
  return { kind: 'reuse', hit: late };
}

function isForced(step: PlanStep, context: RunContext): boolean {
  const { force, recordedOnly } = context.options;
  if (recordedOnly.has(step.name)) return false;
  return force === 'all' || force.has(step.name);
}

/**
 * The newest recorded result under the key whose code set is wholly equal and whose outputs are all in the store, where
 * they stay: a collection that found them needed by nothing before this run does not remove them any more.
 */
async function findCached(key: ExecutionKeyed, context: RunContext): Promise<CacheEntry | null> {
  const { metadata, code, artifacts } = context.services;
  for (const entry of await metadata.findCached(key.key)) {
    if ((await compareCodeSet(entry.codeSet, code)).length > 0) continue;
    const present = await Promise.all(Object.values(entry.outputs).map((output) => artifacts.renew(output.digest)));
    if (present.every(Boolean)) return entry;
  }
  return null;
}

function keepLease(key: ExecutionKeyed, context: RunContext): () => Promise<void> {
  const { metadata } = context.services;
  const renew = (): void => void metadata.renew(key.key, context.runId, leaseMs).catch(() => undefined);
  const timer = setInterval(renew, renewEveryMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await metadata.release(key.key, context.runId);
  };
}

function notRecorded(step: PlanStep): PlatformError {
  return new PlatformError('PIPELINE_NOT_RECORDED', {
    message: `expected a recorded result of step ${step.name} for the code, parameters and data as they are now; there is none`,
    details: { step: step.name },
  });
}
