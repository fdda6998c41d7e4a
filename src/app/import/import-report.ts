/* What an import took over and what it did not. */
import type { Refusal, Taken } from '../../tracking/index.ts';

/** Takes down what is not taken over. */
export type LeaveOut = (what: string, why: string) => void;

/** Of one kind of thing: how many are new, how many had something new, how many were there. */
export interface TakenCounts {
  readonly new: number;
  readonly more: number;
  readonly same: number;
}

/** What became of an import. */
export interface TrackerImport {
  readonly source: { readonly location: string; readonly form: string };
  /** Where it was written; without a password. */
  readonly store: string;
  readonly experiments: TakenCounts;
  readonly runs: TakenCounts;
  readonly loggedModels: TakenCounts;
  readonly registeredModels: TakenCounts;
  /** New ones. */
  readonly modelVersions: number;
  /** Points that were read and written, also those that were there. */
  readonly metricPoints: number;
  /** New ones. */
  readonly artifacts: { readonly files: number; readonly bytes: number };
  /** Experiments that have another id here. */
  readonly mapped: readonly { readonly name: string; readonly from: string; readonly to: string }[];
  /** What was not taken over: the first ones. */
  readonly left: readonly Refusal[];
  /** How many in all. */
  readonly leftCount: number;
  /** Whether it was interrupted: the same command goes on. */
  readonly isInterrupted: boolean;
}

/** Kinds of things that are counted. */
export type Counted = 'experiments' | 'runs' | 'loggedModels' | 'registeredModels';

/** How many of what was left out are named. */
const namedAtMost = 1000;
/** The longest text of one of them. */
const longest = 500;

/** Collects a report while things are taken over. */
export interface ReportBuilder {
  readonly leave: LeaveOut;
  count(what: Counted, taken: Taken): void;
  add(what: 'modelVersions' | 'metricPoints' | 'files' | 'bytes', amount: number): void;
  map(experiment: TrackerImport['mapped'][number]): void;
  build(place: Pick<TrackerImport, 'source' | 'store' | 'isInterrupted'>): TrackerImport;
}

/** An empty report. */
export function startReport(): ReportBuilder {
  const zero = (): Record<Taken, number> => ({ new: 0, more: 0, same: 0 });
  const counts = { experiments: zero(), runs: zero(), loggedModels: zero(), registeredModels: zero() };
  const sums = { modelVersions: 0, metricPoints: 0, files: 0, bytes: 0 };
  const mapped: TrackerImport['mapped'][number][] = [];
  const left: Refusal[] = [];
  let leftCount = 0;
  return {
    leave: (what, why) => {
      leftCount += 1;
      if (left.length < namedAtMost) left.push({ what: what.slice(0, longest), why: why.slice(0, longest) });
    },
    count: (what, taken) => {
      counts[what][taken] += 1;
    },
    add: (what, amount) => {
      sums[what] += amount;
    },
    map: (experiment) => mapped.push(experiment),
    build: (place) => {
      const { files, bytes, ...rest } = sums;
      return { ...place, ...counts, ...rest, artifacts: { files, bytes }, mapped, left, leftCount };
    },
  };
}
