import { setTimeout as wait } from 'node:timers/promises';
import { PlatformError } from '../errors/index.ts';
import type { CacheEntry } from '../metadata/index.ts';
import { compareCodeSet } from './code-set.ts';
import { type ExecutionKeyed, mayReuse } from './execution-key.ts';
import type { StepPlace } from './places.ts';
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

/** A step that is to be carried out under a key, and its place. */
export interface Claiming {
  readonly step: PlanStep;
  readonly key: ExecutionKeyed;
  readonly place: StepPlace;
}

/**
 * Finds a recorded result that is wholly equal, or the right to make one. Equal steps are carried out once, be they of
 * this run or of two engines: the second waits without a place and reuses what the first published.
 */
export async function claimOrReuse(claiming: Claiming, context: RunContext): Promise<Claim> {
  const { step, key } = claiming;
  context.options.signal.throwIfAborted();
  const reusable = mayReuse(step, key.external) && !isForced(step, context);
  const hit = reusable ? await findCached(key, context) : null;
  if (hit !== null) return { kind: 'reuse', hit };
  if (context.options.recordedOnly.has(step.name)) throw notRecorded(step);
  if (!reusable) return { kind: 'run', release: async () => undefined };
  const letGo = await claimInRun(claiming, context);
  try {
    const claim = await claimAmongEngines(claiming, context);
    if (claim.kind === 'run') return { ...claim, release: () => claim.release().finally(letGo) };
    letGo();
    return claim;
  } catch (error) {
    letGo();
    throw error;
  }
}

/** Waits until no other step of this run works under the key. @returns what lets the next one work */
async function claimInRun({ step, key, place }: Claiming, context: RunContext): Promise<() => void> {
  const { claims } = context;
  for (let other = claims.get(key.key); other !== undefined; other = claims.get(key.key)) {
    giveWay(step, { place, to: other.step }, context);
    await other.ended;
  }
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  claims.set(key.key, { step: step.name, ended });
  return () => {
    claims.delete(key.key);
    resolve();
  };
}

/**
 * Takes the lease on the key. Where another living engine holds it, waits for that; where that engine dies meanwhile, its
 * lease is released with its other affairs.
 */
async function claimAmongEngines({ step, key, place }: Claiming, context: RunContext): Promise<Claim> {
  const { metadata } = context.services;
  for (let turn = 1; ; turn++) {
    const lease = await metadata.lease(key.key, context.runId, leaseMs);
    if (lease.isHeld) break;
    if (turn === 1) giveWay(step, { place, to: lease.owner }, context);
    if (turn % lookForDeadEvery === 0) await context.services.endDeadEngines();
    await wait(pollMs, undefined, { signal: context.options.signal });
    const hit = await findCached(key, context);
    if (hit !== null) return { kind: 'reuse', hit };
  }
  const late = await findCached(key, context);
  if (late === null) return { kind: 'run', release: keepLease(key, context) };
  await metadata.release(key.key, context.runId);
  return { kind: 'reuse', hit: late };
}

/** Waits for somebody else, and lets other steps have the place meanwhile. */
function giveWay(
  step: PlanStep,
  { place, to }: { readonly place: StepPlace; readonly to: string },
  context: RunContext,
): void {
  place.giveBack();
  tell(context, step, { state: 'waiting', reason: `${to} is carrying out the same` });
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
