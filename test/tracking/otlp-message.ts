/* Messages of OpenTelemetry's protocol in the form of protocol buffers, for tests. */

/** A field of a message: its number, and its content. */
export type WireField = readonly [
  number: number,
  content: number | bigint | string | Uint8Array | readonly WireField[],
];

/** A message. A number is a varint, a bigint eight fixed bytes, a list of fields another message. */
export function message(...fields: readonly WireField[]): Buffer {
  return Buffer.concat(fields.map(writeField));
}

function writeField([number, content]: WireField): Buffer {
  if (typeof content === 'number') return Buffer.from([...varint(number * 8), ...varint(content)]);
  if (typeof content === 'bigint') {
    const fixed = Buffer.alloc(8);
    fixed.writeBigUInt64LE(content);
    return Buffer.concat([Buffer.from(varint(number * 8 + 1)), fixed]);
  }
  const bytes =
    typeof content === 'string' || content instanceof Uint8Array ? Buffer.from(content as string) : message(...content);
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

/** What of a span a test may say otherwise. */
export interface SpanParts {
  readonly traceId?: Uint8Array;
  readonly spanId?: Uint8Array;
  readonly parentId?: Uint8Array;
  readonly start?: bigint;
  readonly end?: bigint;
  readonly more?: readonly WireField[];
}

/** The fields of a span. */
export function span(parts: SpanParts = {}): readonly WireField[] {
  const { traceId = Buffer.alloc(16, 7), spanId = Buffer.alloc(8, 9), parentId, start = 10n ** 18n } = parts;
  return [
    [1, traceId],
    [2, spanId],
    ...(parentId === undefined ? [] : [[4, parentId] as const]),
    [5, 'span'],
    [7, start],
    [8, parts.end ?? start + 5_000_000n],
    ...(parts.more ?? []),
  ];
}

/** A request that carries spans. */
export function exported(...spans: readonly (readonly WireField[])[]): Buffer {
  return message([1, [[2, spans.map((one) => [2, one] as const)]]]);
}
