import type { Span } from '../originals/index.ts';
import type { Position } from '../spec/index.ts';

/** The lines of a text, for the places of what stands in it: lines and columns from 1 on. */
export class TextLines {
  readonly #starts: readonly number[];

  constructor(text: string) {
    this.#starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  }

  /** Where a stretch of the text begins and ends. */
  position([from, to]: Span): Position {
    const [start, end] = [this.#place(from), this.#place(to)];
    return { ...start, offset: from, endLine: end.line, endColumn: end.column };
  }

  #place(offset: number): { readonly line: number; readonly column: number } {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.#starts[low]! + 1 };
  }
}
