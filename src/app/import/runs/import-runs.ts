import { setTimeout as wait } from 'node:timers/promises';
import { monotonicMs } from '../../../encoding/index.ts';
import { PlatformError } from '../../../errors/index.ts';
import { openImportProgress, openTrackingImport } from '../../../tracking/index.ts';
import type { Config } from '../../config.ts';
import { openRecordToStore } from '../../project-record.ts';
import { openTracker, placedAt, type TrackingStores } from '../../tracking-server.ts';
import { type LeaveOut, type ReportBuilder, startReport, type TrackerImport } from '../import-report.ts';
import { dryTarget } from './dry-target.ts';
import { openRunSource, type RunSourceForm } from './open-run-source.ts';
import type { FoundRun, RunSource, RunTarget } from './run-source.ts';
import { takeRuns } from './take-runs.ts';
import { trackerTarget } from './tracker-target.ts';

/** What is to be taken over, and where to. */
export interface RunsImportRequest extends TrackingStores {
  readonly path: string;
  readonly form: RunSourceForm;
  /** The experiment of the runs; default what the source calls it. */
  readonly experiment?: string | undefined;
  /** Where files of the source lie; default where it puts them. */
  readonly artifacts?: string | undefined;
  /** `once`; `live`: goes on until the signal; `dry`: reads everything and writes nothing. */
  readonly mode: 'once' | 'live' | 'dry';
  readonly signal: AbortSignal;
  /** Told how many bytes were read, some at a time. */
  readonly onBytes: (bytes: number) => void;
  /** Told after each run; with `live` each time that it had something new. */
  readonly onRun: (run: FoundRun) => void;
}

/** How long following waits between two looks, at least; longer where a look takes long. */
const lookEachMs = 300;

/**
 * Takes over runs that another tracker kept. The source is read and never changed; what is here already is never
 * overwritten.
 * @throws PlatformError IMPORT_NO_SOURCE, CONFIG_BAD_VALUE
 */
export async function importRuns(config: Config, request: RunsImportRequest): Promise<TrackerImport> {
  const report = startReport();
  const { mode, experiment, artifacts, onBytes } = request;
  if (mode === 'live' && request.form !== 'tensorboard') throw notFollowed();
  const leave = mode === 'live' ? once(report.leave) : report.leave;
  const reading = { experiment, artifacts, leave, onBytes };
  const source = await openRunSource(request.form, request.path, {
    ...reading,
    mode: mode === 'live' ? 'live' : 'once',
  });
  try {
    const place = { location: source.location, form: source.form };
    if (mode === 'dry') {
      const isInterrupted = await take({ source, target: dryTarget(report), report, request });
      return report.build({ source: place, store: '', isInterrupted });
    }
    const record = await openRecordToStore(placedAt(config, request.store));
    try {
      const { database } = record.metadata;
      const { artifacts: kept } = await openTracker(record, config);
      const target = trackerTarget({
        ...{ tracking: openTrackingImport(database), progress: await openImportProgress(database), artifacts: kept },
        ...{ report: { ...report, leave }, signal: request.signal },
      });
      const isInterrupted = await take({ source, target, report, request });
      return report.build({ source: place, store: database.location, isInterrupted });
    } finally {
      await record.close();
    }
  } finally {
    await source.close();
  }
}

interface Taking {
  readonly source: RunSource;
  readonly target: RunTarget;
  readonly report: ReportBuilder;
  readonly request: RunsImportRequest;
}

/** @returns whether it was interrupted; following ends by that, so there it is no interruption */
async function take({ source, target, report, request }: Taking): Promise<boolean> {
  const { signal, mode, onRun } = request;
  try {
    for (;;) {
      const begunMs = monotonicMs();
      await takeRuns({ source, target, report, signal, onRun });
      if (mode !== 'live') return false;
      await wait(Math.max(lookEachMs, 2 * (monotonicMs() - begunMs)), undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return mode !== 'live';
  } finally {
    source.leaveRest();
  }
}

/** Tells the same thing once, however often a file is looked at. */
function once(leave: LeaveOut): LeaveOut {
  const told = new Set<string>();
  return (what, why) => {
    const key = `${what}: ${why}`;
    if (told.has(key) || told.size >= 100_000) return;
    told.add(key);
    leave(what, why);
  };
}

function notFollowed(): PlatformError {
  return new PlatformError('CONFIG_BAD_VALUE', {
    message:
      'expected --follow with a folder of TensorBoard event files, found it with something that is not written live',
  });
}
