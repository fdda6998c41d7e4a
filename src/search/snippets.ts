import { fieldNames } from './fields.ts';
import { type FoundLine, foundLines } from './indexed-words.ts';
import type { Term } from './question.ts';
import type { Snippet, SnippetPart } from './text-search.ts';
import type { Word } from './words.ts';

const snippetLength = 160;
const mostSnippets = 3;

/** A part of a line, as offsets. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where one reading of a term is found among words. */
function placesOf(wanted: readonly string[], words: readonly Word[], isPrefix: boolean): Span[] {
  const last = wanted.length - 1;
  const fits = (place: number): boolean =>
    wanted.every((word, index) => {
      const found = words[place + index]?.word;
      return found === word || (isPrefix && index === last && found?.startsWith(word) === true);
    });
  return words.flatMap(({ start }, place) => (fits(place) ? [{ start, end: words[place + last]!.end }] : []));
}

function spansOf({ readings, isPrefix, field }: Term, line: FoundLine): Span[] {
  if (field !== null && field !== line.field) return [];
  return line.readings.flatMap((words) => readings.flatMap((wanted) => placesOf(wanted, words, isPrefix)));
}

/** Whether a text answers a question, looked at word by word: what the index has to agree with. */
export function answers(terms: readonly Term[], texts: { readonly title: string; readonly body: string }): boolean {
  const lines = foundLines(texts);
  return terms.every((term) => lines.some((line) => spansOf(term, line).length > 0) !== term.isExcluded);
}

/**
 * The lines that hold the terms, as few as hold all that can be shown: the one with most of them first, each cut around the first of them, with what
 * matches marked. Names come before what people said, and that before reports.
 */
export function snippetsOf(
  terms: readonly Term[],
  texts: { readonly title: string; readonly body: string },
): Snippet[] {
  let open = terms.filter(({ isExcluded }) => !isExcluded);
  const lines = foundLines(texts).toSorted((a, b) => fieldNames.indexOf(a.field) - fieldNames.indexOf(b.field));
  const snippets: Snippet[] = [];
  while (open.length > 0 && snippets.length < mostSnippets) {
    const counted = lines.map((line) => ({
      line,
      count: open.filter((term) => spansOf(term, line).length > 0).length,
    }));
    const best = counted.reduce((most, one) => (one.count > most.count ? one : most));
    if (best.count === 0) break;
    snippets.push(snippetOf(terms, best.line));
    open = open.filter((term) => spansOf(term, best.line).length === 0);
  }
  return snippets;
}

function snippetOf(terms: readonly Term[], line: FoundLine): Snippet {
  const spans = terms.flatMap((term) => spansOf(term, line)).sort((a, b) => a.start - b.start || b.end - a.end);
  return { field: line.field, label: line.label, parts: markedParts(line.text, spans) };
}

/** A line with what matches marked, cut where it is long. */
function markedParts(line: string, spans: readonly Span[]): SnippetPart[] {
  const from = line.length <= snippetLength ? 0 : Math.max(0, (spans[0]?.start ?? 0) - snippetLength / 4);
  const to = from + snippetLength;
  const parts: SnippetPart[] = [];
  const add = (start: number, end: number, isMatch: boolean): void => {
    const text = line.slice(Math.max(start, from), Math.min(end, to));
    if (text !== '' && end > start) parts.push({ text: text.toWellFormed(), isMatch });
  };
  let place = from;
  if (from > 0) parts.push({ text: '…', isMatch: false });
  for (const { start, end } of spans) {
    if (start < place || start >= to) continue;
    add(place, start, false);
    add(start, end, true);
    place = end;
  }
  add(place, line.length, false);
  if (to < line.length) parts.push({ text: '…', isMatch: false });
  return parts;
}
