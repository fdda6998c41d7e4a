import type { ByteRange } from '../../../artifacts/index.ts';

/** What a `Range` header asks of a file: a part, everything, or a part that it does not have. */
export type WantedRange = ByteRange | 'all' | 'unsatisfiable';

/**
 * Reads a `Range` header. What is no range of bytes, or several of them, means everything, as RFC 9110 section 14.2 allows.
 * @param sizeBytes of the file
 */
export function readRange(header: string | undefined, sizeBytes: number): WantedRange {
  const found = /^bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header ?? '');
  if (found === null) return 'all';
  const [first, last] = [found[1]!, found[2]!];
  if (first === '') return last === '' ? 'all' : lastBytes(Number(last), sizeBytes);
  if (last !== '' && Number(last) < Number(first)) return 'all';
  if (Number(first) >= sizeBytes) return 'unsatisfiable';
  const end = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  return { start: Number(first), end };
}

function lastBytes(count: number, sizeBytes: number): WantedRange {
  if (count === 0 || sizeBytes === 0) return 'unsatisfiable';
  return { start: Math.max(0, sizeBytes - count), end: sizeBytes };
}
