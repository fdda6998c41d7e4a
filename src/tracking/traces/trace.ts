import type { Page, Tag } from '../entities.ts';
import type { TraceMetricPage, TraceMetricQuery } from './metric-query.ts';
import type { NewSpan } from './span.ts';

/** The states of a trace. */
export const traceStates = ['STATE_UNSPECIFIED', 'OK', 'ERROR', 'IN_PROGRESS'] as const;
/** A state of a trace. */
export type TraceState = (typeof traceStates)[number];

/** What an assessment says: how good something was, what it should have been, or which issue it belongs to. */
export type AssessmentKind = 'feedback' | 'expectation' | 'issue';
/** Who can have made an assessment. */
export const assessmentSources = ['SOURCE_TYPE_UNSPECIFIED', 'HUMAN', 'LLM_JUDGE', 'CODE'] as const;

/** Why a value of a feedback is missing. */
export interface AssessmentError {
  readonly code: string;
  readonly message: string | null;
  readonly stackTrace: string | null;
}

/** What a person, a program or a model said of a trace or of one of its spans. */
export interface Assessment {
  readonly assessmentId: string;
  readonly traceId: string;
  readonly kind: AssessmentKind;
  readonly name: string;
  /** Any JSON. */
  readonly value: unknown;
  readonly error: AssessmentError | null;
  readonly sourceType: (typeof assessmentSources)[number];
  readonly sourceId: string | null;
  /** The span that it speaks of; null for the whole trace. */
  readonly spanId: string | null;
  readonly rationale: string | null;
  readonly metadata: readonly Tag[];
  /** The assessment that it takes the place of. */
  readonly overrides: string | null;
  /** False once another one took its place. */
  readonly isValid: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** An assessment to be made; its id is made where absent. */
export type NewAssessment = Omit<Assessment, 'assessmentId' | 'traceId'> & { readonly assessmentId: string | null };

/** What of an assessment changes; metadata are added to those that there are. */
export interface AssessmentChange {
  readonly name?: string;
  /** Only where the assessment is of that kind. */
  readonly value?: { readonly kind: AssessmentKind; readonly value: unknown; readonly error: AssessmentError | null };
  readonly rationale?: string;
  readonly metadata?: readonly Tag[];
}

/** A trace without its spans. */
export interface TraceInfo {
  readonly traceId: string;
  readonly experimentId: string;
  readonly startedAtMs: number;
  /** Null while it runs. */
  readonly durationMs: number | null;
  readonly state: TraceState;
  readonly clientRequestId: string | null;
  /** The beginnings of what went in and of what came out. */
  readonly requestPreview: string | null;
  readonly responsePreview: string | null;
  readonly tags: readonly Tag[];
  readonly metadata: readonly Tag[];
  readonly assessments: readonly Assessment[];
}

/** A trace as its client describes it, with its own id. */
export type NewTrace = Omit<TraceInfo, 'assessments'> & { readonly assessments: readonly NewAssessment[] };

/** A trace with its spans, each as JSON: roots first, then by their start. */
export interface Trace {
  readonly info: TraceInfo;
  readonly spans: readonly string[];
  /** Whether fewer spans have come than its client told. */
  readonly isPartial: boolean;
}

/** A search for traces. */
export interface TraceQuery {
  readonly experimentIds: readonly string[];
  readonly filter?: string | undefined;
  readonly orderBy?: readonly string[];
  /** 1 … 500. */
  readonly limit: number;
  readonly pageToken?: string | undefined;
}

/** Which traces of an experiment to delete: those with these ids, or the oldest ones up to a time. */
export interface TraceDeletion {
  readonly experimentId: string;
  readonly traceIds: readonly string[];
  /** Any integer of 64 bits. */
  readonly startedUpToMs: bigint | null;
  readonly limit: number | null;
}

/** How many traces two filters have in common. */
export interface TraceCounts {
  readonly total: number;
  readonly first: number;
  readonly second: number;
  readonly both: number;
}

/** Two filters, and one that both stand on. */
export interface TraceComparison {
  readonly experimentIds: readonly string[];
  readonly first: string;
  readonly second: string;
  readonly base?: string | undefined;
}

/**
 * Traces, their spans, and what is said of them. Every method may throw the errors of `database/`, TRACKING_BAD_VALUE for what
 * has the wrong form and TRACKING_UNKNOWN for what is not there.
 */
export interface TraceStore {
  /** Notes a trace, or completes one of which spans came before; what it says wins over what spans told. */
  start(trace: NewTrace): Promise<TraceInfo>;
  /** Notes a trace that has only begun and gets an id of the server's, as clients before MLflow 3 do. */
  startWithoutId(trace: Pick<NewTrace, 'experimentId' | 'startedAtMs' | 'tags' | 'metadata'>): Promise<TraceInfo>;
  /** Ends such a trace. */
  end(traceId: string, end: TraceEnd): Promise<TraceInfo>;
  /** Keeps spans, all of them or none; a span that is there is replaced. Traces that are not there are made in the experiment. @returns the traces */
  logSpans(experimentId: string, spans: readonly NewSpan[]): Promise<readonly string[]>;
  getInfo(traceId: string): Promise<TraceInfo>;
  get(traceId: string): Promise<Trace>;
  /** Those of the traces that there are, in the order of the ids; only of the experiments where any are given. */
  infosOf(traceIds: readonly string[], experimentIds?: readonly string[]): Promise<readonly TraceInfo[]>;
  /** The same with spans, without those that are partial. */
  tracesOf(traceIds: readonly string[], experimentIds?: readonly string[]): Promise<readonly Trace[]>;
  /** The newest first, unless ordered otherwise. @throws PlatformError TRACKING_BAD_FILTER, TRACKING_BAD_ORDER, TRACKING_BAD_PAGE */
  search(query: TraceQuery): Promise<Page<TraceInfo>>;
  /** @throws PlatformError TRACKING_BAD_FILTER */
  compare(comparison: TraceComparison): Promise<TraceCounts>;
  /** Figures over traces, their spans or what is said of them. @throws PlatformError TRACKING_BAD_FILTER, TRACKING_BAD_PAGE */
  metrics(query: TraceMetricQuery): Promise<TraceMetricPage>;
  /** @returns how many there were */
  remove(deletion: TraceDeletion): Promise<number>;
  setTag(traceId: string, tag: Tag): Promise<void>;
  deleteTag(traceId: string, key: string): Promise<void>;
  /** Links traces to a run; those that are not there are left out. */
  linkToRun(traceIds: readonly string[], runId: string): Promise<void>;
  /** @param prompts each `name/version` */
  linkPrompts(traceId: string, prompts: readonly string[]): Promise<void>;

  createAssessment(traceId: string, assessment: NewAssessment): Promise<Assessment>;
  getAssessment(traceId: string, assessmentId: string): Promise<Assessment>;
  updateAssessment(traceId: string, assessmentId: string, change: AssessmentChange): Promise<Assessment>;
  /** Does nothing where it is not there; an assessment that it took the place of is valid again. */
  deleteAssessment(traceId: string, assessmentId: string): Promise<void>;
}

/** How a trace ended. */
export interface TraceEnd {
  readonly endedAtMs: number;
  readonly state: TraceState;
  readonly tags: readonly Tag[];
  readonly metadata: readonly Tag[];
}
