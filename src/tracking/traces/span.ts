/** A value of an attribute: what OpenTelemetry's protocol has. A `bigint` is an integer, a `number` a double. */
export type SpanValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly SpanValue[]
  | ReadonlyMap<string, SpanValue>;

/** Attributes by their keys. */
export type SpanAttributes = ReadonlyMap<string, SpanValue>;

/** How a span ended. */
export type SpanStatus = 'UNSET' | 'OK' | 'ERROR';

/** Something that happened during a span. */
export interface SpanEvent {
  readonly name: string;
  readonly atNs: bigint;
  readonly attributes: SpanAttributes;
}

/** Another span that a span refers to. */
export interface SpanLink {
  /** `tr-` and 32 hexadecimal digits. */
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: SpanAttributes;
}

/** A span as it came. */
export interface NewSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Null for a root. */
  readonly parentId: string | null;
  readonly name: string;
  /** 0 … 2^63 - 1. */
  readonly startedAtNs: bigint;
  /** Null while it runs. */
  readonly endedAtNs: bigint | null;
  readonly status: SpanStatus;
  readonly statusMessage: string;
  readonly attributes: SpanAttributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  /** What made the span: a service, a process. */
  readonly resource: SpanAttributes;
}

/** The id of a trace in MLflow, from the one of OpenTelemetry. */
export function traceIdOf(hex: string): string {
  return `tr-${hex}`;
}
