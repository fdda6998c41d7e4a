import { type FieldName, fields, kindLetter } from './fields.ts';
import { readLines, type TextLine } from './text-line.ts';
import { lineEnd, partedWordsOf, storedWord, type Word, wordsOf } from './words.ts';

/** What is kept of a thing. */
export interface KeptTexts {
  readonly title: string;
  /** See `writeLines`. */
  readonly body: string;
}

// PostgreSQL counts places up to 16,383.
const mostWords = 16_000;

/** A line as it is found: with the letter of its field, and again with its words in parts where there are such. */
export interface FoundLine extends TextLine {
  readonly readings: readonly (readonly Word[])[];
}

/** The lines of a thing with their words, the title first; of very many words the first. */
export function foundLines({ title, body }: KeptTexts): FoundLine[] {
  const lines: FoundLine[] = [];
  let count = 0;
  for (const line of [{ field: 'name' as const, label: '', text: title }, ...readLines(body)]) {
    const parted = partedWordsOf(line.text);
    const readings = parted === null ? [wordsOf(line.text)] : [wordsOf(line.text), parted];
    count += readings.reduce((sum, reading) => sum + reading.length + 1, 0);
    if (count > mostWords) break;
    lines.push({ ...line, readings });
  }
  return lines;
}

/** A line as it is put into the index. */
interface IndexedLine {
  /** Separated by spaces, with the end of the line. */
  readonly words: string;
  readonly count: number;
  /** Words that can be meant by one that was mistyped: names and values, no numbers and no ids. */
  readonly proposed: readonly string[];
}

/** Most lines stand in many things: `optimizer: AdamW`. */
const knownLines = new Map<string, IndexedLine>();
const mostKnownLines = 20_000;
const longestKnownLine = 200;

function indexedLine(field: FieldName, text: string): IndexedLine {
  const name = fields[field].letter + text;
  const known = knownLines.get(name);
  if (known !== undefined) return known;
  const words = wordsOf(text);
  const parted = partedWordsOf(text);
  const indexed = [...words.map(({ word }) => fieldWord(field, word)), lineEnd];
  if (parted !== null) indexed.push(...parted.map(({ word }) => fieldWord(field, word)), lineEnd);
  const proposed = field === 'id' ? [] : words.flatMap(({ word }) => (canBeMeant(word) ? [word] : []));
  const line = { words: indexed.join(' '), count: indexed.length, proposed };
  if (knownLines.size >= mostKnownLines) knownLines.clear();
  if (text.length <= longestKnownLine) knownLines.set(name, line);
  return line;
}

const idForm = /^[0-9a-f]{16,}$/;

function canBeMeant(word: string): boolean {
  return word.length >= 3 && word.length <= 40 && /\p{L}{3}/u.test(word) && !idForm.test(word);
}

/** A thing as it is put into the index. */
export interface IndexedThing {
  /** Its words as the databases know them, each with the letter of its field, separated by spaces. */
  readonly words: string;
  readonly proposed: readonly string[];
}

/** The words of a thing, its title first; of very many words the first. */
export function indexedThing(kind: string, title: string, lines: readonly TextLine[]): IndexedThing {
  const words = [`${kindWord(kind)} ${lineEnd}`];
  const proposed: string[] = [];
  let count = 0;
  for (const { field, text } of [{ field: 'name', text: title } as const, ...lines]) {
    const line = indexedLine(field, text);
    count += line.count;
    if (count > mostWords) break;
    words.push(line.words);
    proposed.push(...line.proposed);
  }
  return { words: words.join(' '), proposed };
}

/** A word of a field as the databases know it. */
export function fieldWord(field: FieldName, word: string): string {
  return fields[field].letter + storedWord(word);
}

/** What all things of a kind have in the index. */
export function kindWord(kind: string): string {
  return kindLetter + kind.replaceAll(/[^a-y]/g, '');
}

/** The words as PostgreSQL reads a vector of texts. */
export function vectorText(words: string): string {
  const places = new Map<string, number[]>();
  words.split(' ').forEach((word, index) => {
    if (word === lineEnd) return;
    const known = places.get(word);
    if (known === undefined) places.set(word, [index + 1]);
    else if (known.length < 255) known.push(index + 1);
  });
  return Array.from(places, ([word, at]) => `'${word}':${at.join(',')}`).join(' ');
}
