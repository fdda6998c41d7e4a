import { type ErrorCode, PlatformError } from '../../errors/index.ts';

/** Which part of a text is meant: offsets in UTF-16 units, `end` behind the last. */
export interface Span {
  readonly offset: number;
  readonly end: number;
}

/** A text of the language, and the code of the errors in it. */
export interface SourceText {
  readonly text: string;
  readonly code: ErrorCode & ('TRACKING_BAD_FILTER' | 'TRACKING_BAD_ORDER');
}

const shownBefore = 60;
const shownAfter = 40;

/**
 * The error for one place of a text. The message names the offset, counted from 0, and shows the surrounding text with
 * a caret under the place; `details` holds `offset`.
 * @param expected what was expected and what was found, a sentence without its full stop
 */
export function syntaxError(source: SourceText, span: Span, expected: string): PlatformError {
  const message = `${expected}, at offset ${span.offset}:\n${excerpt(source.text, span)}`;
  return new PlatformError(source.code, { message, details: { offset: span.offset } });
}

function excerpt(text: string, span: Span): string {
  const start = Math.max(0, span.offset - shownBefore);
  const end = Math.min(text.length, span.offset + shownAfter);
  const before = (start > 0 ? '…' : '') + oneLine(text.slice(start, span.offset));
  const after = oneLine(text.slice(span.offset, end)) + (end < text.length ? '…' : '');
  const carets = '^'.repeat(Math.max(1, Math.min(span.end, end) - span.offset));
  return `  ${before}${after}\n  ${' '.repeat([...before].length)}${carets}`;
}

/** Every control character and line break as a space, so that the caret stands where it should. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ');
}

/** A piece of a text as messages name it. */
export function shortened(piece: string): string {
  return piece.length <= shownAfter ? piece : `${piece.slice(0, shownAfter)}…`;
}
