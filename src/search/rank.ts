import { indexedWords } from './keep-index.ts';
import type { SnippetPart } from './text-search.ts';
import { placesOf, type Term, wordsOf } from './words.ts';

const snippetLength = 160;

/** How well a title answers a question: whole words twice as much as beginnings. What is not in it stands in another line. */
export function scoreOf(terms: readonly Term[], title: string): number {
  const words = wordsOf(title);
  return terms.reduce((sum, term) => {
    if (placesOf(term, words).length === 0) return sum;
    return sum + (placesOf({ ...term, isPrefix: false }, words).length > 0 ? 2 : 1);
  }, 0);
}

/** Whether a text answers a question, looked at word by word: what the index has to agree with. */
export function answers(
  terms: readonly Term[],
  { title, body }: { readonly title: string; readonly body: string },
): boolean {
  const text = `${title.replaceAll('\n', ' ')}\n${body}`;
  const words = indexedWords(text).length;
  const lines = text.split('\n').map(wordsOf);
  return words > 0 && terms.length > 0 && terms.every((term) => lines.some((line) => placesOf(term, line).length > 0));
}

/** The line that holds most of the terms, cut around the first of them, with what matches marked. */
export function snippetOf(
  terms: readonly Term[],
  { title, body }: { readonly title: string; readonly body: string },
): SnippetPart[] {
  const lines = body.split('\n').filter((line) => line !== '');
  const counted = lines.map((line) => {
    const words = wordsOf(line);
    return { line, count: terms.filter((term) => placesOf(term, words).length > 0).length };
  });
  const best = counted.reduce((most, one) => (one.count > most.count ? one : most), {
    line: lines[0] ?? title,
    count: 0,
  });
  return markedParts(terms, best.line);
}

/** A line with its matching words marked, cut where it is long. */
function markedParts(terms: readonly Term[], line: string): SnippetPart[] {
  const words = wordsOf(line);
  const spans = terms
    .flatMap((term) =>
      placesOf(term, words).map((place) => ({
        start: words[place]!.start,
        end: words[place + term.words.length - 1]!.end,
      })),
    )
    .sort((one, other) => one.start - other.start);
  const from = Math.max(0, (spans[0]?.start ?? 0) - snippetLength / 4);
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
