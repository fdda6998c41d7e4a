import type { Position } from './finding.ts';

const widest = 120;

/**
 * The line of a text at a position with a mark under the place: an empty gutter, the line, the mark. Tabs become spaces;
 * of a long line the stretch around the place is shown. What spans several lines is marked to the end of its first one.
 */
export function codeFrame(text: string, position: Position): string {
  const from = text.lastIndexOf('\n', position.offset - 1) + 1;
  const lineEnd = text.indexOf('\n', from);
  const line = text.slice(from, Math.min(lineEnd < 0 ? text.length : lineEnd, from + 100_000)).replace(/\r$/, '');
  const start = Math.min(position.column - 1, line.length);
  const end = position.endLine === position.line ? position.endColumn - 1 : line.trimEnd().length;
  const shift = start > widest - 40 ? start - 40 : 0;
  const shown = visible(line.slice(shift, shift + widest));
  const lead = shift > 0 ? '…' : '';
  const tail = line.length > shift + widest ? '…' : '';
  const mark = '^'.repeat(Math.max(1, Math.min(end - start, shown.length - (start - shift))));
  const gutter = String(position.line);
  const pad = ' '.repeat(gutter.length);
  return [
    `${pad} |`,
    `${gutter} | ${lead}${shown}${tail}`,
    `${pad} | ${' '.repeat(lead.length + start - shift)}${mark}`,
  ].join('\n');
}

/** Tabs and control characters as one space each, so that the mark stands below its place and no terminal obeys a document. */
function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, ' ');
}
