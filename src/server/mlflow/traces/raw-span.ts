import { type NewSpan, type SpanAttributes, type SpanStatus, traceIdOf } from '../../../tracking/index.ts';

/** A span as it came, before its ids and times were looked at; an absent parent is empty, an absent end 0. */
export interface RawSpan extends Omit<NewSpan, 'parentId' | 'endedAtNs' | 'links'> {
  readonly parentId: string;
  readonly endedAtNs: bigint;
  readonly links: readonly RawLink[];
}

/** A link as it came, with the ids of OpenTelemetry. */
export interface RawLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: SpanAttributes;
}

/** Spans that can be kept, and why others cannot. */
export interface CheckedSpans {
  readonly spans: readonly NewSpan[];
  readonly rejected: readonly string[];
}

const longestTime = 2n ** 63n - 1n;

/** Tells spans that can be kept from those that cannot. */
export function checkSpans(raw: readonly RawSpan[]): CheckedSpans {
  const spans: NewSpan[] = [];
  const rejected: string[] = [];
  for (const span of raw) {
    const why = faultOf(span);
    if (why === null) spans.push(checked(span));
    else rejected.push(why);
  }
  return { spans, rejected };
}

function faultOf({ traceId, spanId, parentId, startedAtNs, endedAtNs, events }: RawSpan): string | null {
  if (!isId(traceId, 32)) return 'expected a trace_id of 16 bytes that are not all 0';
  if (!isId(spanId, 16)) return 'expected a span_id of 8 bytes that are not all 0';
  if (parentId !== '' && !/^[0-9a-f]{16}$/.test(parentId)) return 'expected a parent_span_id of 8 bytes';
  const times = [startedAtNs, endedAtNs, ...events.map((event) => event.atNs)];
  return times.some((time) => time > longestTime) ? 'expected times before the year 2262' : null;
}

function isId(hex: string, length: number): boolean {
  return hex.length === length && /^[0-9a-f]+$/.test(hex) && !/^0+$/.test(hex);
}

function checked(span: RawSpan): NewSpan {
  return {
    ...span,
    parentId: span.parentId === '' || /^0+$/.test(span.parentId) ? null : span.parentId,
    endedAtNs: span.endedAtNs === 0n ? null : span.endedAtNs,
    // What nobody could follow is left out.
    links: span.links
      .filter(({ traceId, spanId }) => isId(traceId, 32) && isId(spanId, 16))
      .map((link) => ({ ...link, traceId: traceIdOf(link.traceId) })),
  };
}

/** A status from its number in the protocol. */
export function statusOf(code: number): SpanStatus {
  return code === 1 ? 'OK' : code === 2 ? 'ERROR' : 'UNSET';
}
