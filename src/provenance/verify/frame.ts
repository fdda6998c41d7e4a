/**
 * What a run had to be, and how it ended. Nobody who presents statements chooses which of several counts by their order, or
 * by leaving one out: of layouts it is the last in the log that an end names, and what the log holds before it counts for
 * nothing; several ends, or several commitments to objectives, are a contradiction, which rules tell.
 */
import type { Digest } from '../../encoding/index.ts';
import {
  type Functionary,
  type Layout,
  layoutPredicateType,
  type RunEnd,
  runEndPredicateType,
} from '../layout/layout.ts';
import { readLayout, readRunEnd } from '../layout/read-layout.ts';
import { type CommitmentClaim, type Opened, type Presented, presentedDigest, readCommitment } from './evidence.ts';

/** A layout that an owner signed. */
export interface OpenedLayout {
  readonly opened: Opened;
  readonly said: Layout;
}

/** An end that a key of the layout signed. */
export interface OpenedEnd {
  readonly opened: Opened;
  readonly said: RunEnd;
}

/** What everything else of a run is held to. */
export interface Frame {
  readonly layout: OpenedLayout | null;
  /** Of several ends of the run the first in the log; where there is none, that of another run that was presented. */
  readonly end: OpenedEnd | null;
  /** How many different statements end the run. */
  readonly endCount: number;
  readonly commitment: CommitmentClaim | null;
  readonly commitmentCount: number;
  /** Digests of every layout and commitment that an owner signed. */
  readonly owned: ReadonlySet<Digest>;
}

/** How statements are opened: by owners, and by the keys that a layout names. */
export interface FrameKeys {
  readonly openOwner: (one: Presented) => Opened | null;
  readonly openNamed: (one: Presented, functionaries: readonly Functionary[]) => Opened | null;
}

/** Finds the layout of a run, its end and what its owner committed to, whatever the order in which they are presented. */
export function openFrame(about: readonly Presented[], run: string, keys: FrameKeys): Frame {
  const layouts = openEach(about, keys.openOwner, openLayout);
  const commitments = openEach(about, keys.openOwner, readCommitment);
  const stories = layouts
    .sort((a, b) => placeOf(b.opened) - placeOf(a.opened))
    .map((layout) => ({ layout, ends: endsUnder(about, layout, keys) }));
  const isTold = ({ layout, ends }: (typeof stories)[number]): boolean =>
    layout.said.run === run && ends.some(({ said }) => said.layout === layout.opened.digest);
  const story =
    stories.find(isTold) ?? stories.findLast(({ layout }) => layout.said.run === run) ?? stories.at(-1) ?? null;
  const layout = story?.layout ?? null;
  const own = (story?.ends ?? []).filter(({ said }) => said.run === run);
  const committed = commitments.filter((one) => one.run === run && isInTime(one, layout));
  return {
    layout,
    end: own[0] ?? story?.ends[0] ?? null,
    endCount: own.length,
    commitment: committed[0] ?? null,
    commitmentCount: committed.length,
    owned: new Set([...layouts.map(({ opened }) => opened.digest), ...commitments.map(({ digest }) => digest)]),
  };
}

/** Whether the log has something behind the layout, or nothing of it; what it has before is of no run that had begun. */
export function isInTime({ place }: Pick<Presented, 'place'>, layout: OpenedLayout | null): boolean {
  const begun = layout?.opened.place ?? null;
  return place === null || begun === null || place >= begun;
}

function endsUnder(about: readonly Presented[], layout: OpenedLayout, { openNamed }: FrameKeys): OpenedEnd[] {
  const inTime = about.filter((one) => isInTime(one, layout));
  const ends = openEach(inTime, (one) => openNamed(one, layout.said.functionaries), openEnd);
  return ends.sort((a, b) => placeOf(a.opened) - placeOf(b.opened));
}

/** Each statement that can be opened and read, once. */
function openEach<Claim>(
  presented: readonly Presented[],
  open: (one: Presented) => Opened | null,
  read: (opened: Opened) => Claim | null,
): Claim[] {
  const found = new Map<Digest, Claim>();
  for (const one of presented) {
    const opened = found.has(presentedDigest(one)) ? null : open(one);
    const claim = opened === null ? null : read(opened);
    if (claim !== null) found.set(opened!.digest, claim);
  }
  return [...found.values()];
}

function openLayout(opened: Opened): OpenedLayout | null {
  const said = opened.statement.predicateType === layoutPredicateType ? readLayout(opened.statement.predicate) : null;
  return said === null ? null : { opened, said };
}

function openEnd(opened: Opened): OpenedEnd | null {
  const said = opened.statement.predicateType === runEndPredicateType ? readRunEnd(opened.statement.predicate) : null;
  return said === null ? null : { opened, said };
}

function placeOf({ place }: Pick<Opened, 'place'>): number {
  return place ?? Number.POSITIVE_INFINITY;
}
