import type { ReportBuilder } from '../import-report.ts';
import type { FoundRun, RunPart, RunSource, RunTarget } from './run-source.ts';

/** From where, to where, and who listens. */
export interface TakeRuns {
  readonly source: RunSource;
  readonly target: RunTarget;
  readonly report: ReportBuilder;
  readonly signal: AbortSignal;
  /** Told after each run. */
  readonly onRun: (run: FoundRun) => void;
}

/** Takes over every run that a source has now, each from where it was left. */
export async function takeRuns(work: TakeRuns): Promise<void> {
  for await (const run of work.source.runs()) {
    work.signal.throwIfAborted();
    await takeRun(work, run);
    work.onRun(run);
  }
}

/**
 * How a run ended is written before the last of its parts: with that stands how far its files were read, and nobody reads
 * them again to find out.
 */
async function takeRun({ target, report, signal }: TakeRuns, run: FoundRun): Promise<void> {
  const isNew = await target.open(run);
  const parts = run.parts(isNew ? new Map() : await target.positions(run.runId));
  let added = 0;
  let held: RunPart | null = null;
  const addHeld = async (): Promise<void> => {
    if (held !== null) added += await target.add(run, held);
  };
  for (let part = await parts.next(); ; part = await parts.next()) {
    signal.throwIfAborted();
    if (part.done === true) {
      const isEnded = part.value !== null && (await target.end(run, part.value));
      await addHeld();
      report.count('runs', isNew ? 'new' : added > 0 || isEnded ? 'more' : 'same');
      return;
    }
    await addHeld();
    held = part.value;
  }
}
