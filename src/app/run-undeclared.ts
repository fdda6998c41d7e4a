import { now, processMark } from '../encoding/index.ts';
import {
  type Executor,
  type Plan,
  type RunDescription,
  type RunEvent,
  type RunResult,
  runPlan,
} from '../pipeline/index.ts';
import type { Config } from './config.ts';
import { openEngine } from './engine.ts';
import type { ProjectRecord } from './project-record.ts';
import { recover } from './recover.ts';
import { openSigning } from './signing.ts';
import { openStepTracking, type TrackerEdge } from './step-tracking.ts';
import { publishLogOrSay } from './transparency-log.ts';

/** A plan that no declaration made, with who carries its steps out. */
export interface UndeclaredRun {
  readonly plan: Plan;
  readonly record: ProjectRecord;
  readonly description: Omit<RunDescription, 'pid' | 'startMark' | 'host'>;
  /** Of the declared project that it belongs to; null: of none. */
  readonly projectRoot: string | null;
  readonly isForced: boolean;
  /** Serves the tracker that steps may log to, and sends what waits in a spool. Left out: there is none. */
  readonly trackerEdge?: TrackerEdge | undefined;
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
  /** The executor of its steps, made of that of declared ones. */
  readonly executorOver: (inner: Executor) => Executor;
}

/** Carries it out, one step after the other, so that they stand in the record in the order in which they were given. */
export async function runUndeclared(config: Config, work: UndeclaredRun): Promise<RunResult> {
  const { plan, record, onEvent, signal } = work;
  const onProgress = (message: string): void => onEvent({ type: 'notice', message, atMs: now() });
  const signing = openSigning({ ...config, projectRoot: work.projectRoot }, onProgress);
  await recover(config, record, signing);
  const services = await openEngine(config, record, { onProgress, signing });
  const executor = work.executorOver(services.executor);
  const tracking = await openStepTracking(record, {
    plan,
    remote: config.tracking,
    keysDir: config.keysDir,
    spoolsDir: config.spoolsDir,
    edge: work.trackerEdge,
    signal,
    say: onProgress,
  });
  const { pid } = process;
  try {
    return await runPlan(
      plan,
      { ...work.description, pid, startMark: processMark(pid), host: config.host },
      {
        services: { ...services, executor, ...(tracking === null ? {} : { trackingOf: tracking.accessOf }) },
        options: {
          ...{ signal, parallelism: 1, failFast: false, pinned: [] },
          onEvent: (event) => {
            tracking?.observe(event);
            onEvent(event);
          },
          force: work.isForced ? 'all' : new Set(),
          recordedOnly: new Set(),
        },
      },
    );
  } finally {
    await executor.close();
    await tracking?.close();
    await publishLogOrSay(config, { metadata: record.metadata, signing, onProgress });
  }
}
