/**
 * Questions in words. A question is read from the left: words, each of which has to be found; `"several words"` one behind the
 * other; `begin*` for what begins so; `-word` for what must not be found; `param:word` for where it has to be found, with any of these behind the
 * colon. A word with signs in it, as `0.001` or `learning_rate`, is its parts one behind the other; signs alone are left out.
 */
import { PlatformError } from '../errors/index.ts';
import { type FieldName, isFieldName } from './fields.ts';
import { partedWordsOf, type Word, wordsOf } from './words.ts';

/** What of a question has to be found, or must not be. */
export interface Term {
  /** Words one behind the other, the last perhaps the beginning of one; several where a word can be read as its parts. */
  readonly readings: readonly (readonly string[])[];
  readonly isPrefix: boolean;
  readonly isExcluded: boolean;
  /** Null: anywhere. */
  readonly field: FieldName | null;
  /** Where its words stand in the question. */
  readonly start: number;
  readonly end: number;
}

const mostTerms = 20;
const mostWords = 100;
const longestQuestion = 10_000;

const item = /(-(?=[\p{L}\p{N}"]))?(?:([a-z]+):)?/uy;
const quotedForm = /"([^"]*)("?)(\*?)/y;
const bareForm = /[^\s"]+/y;

/** The terms of a question. @throws PlatformError SEARCH_BAD_QUESTION with the offset of what is wrong */
export function termsOf(question: string): Term[] {
  if (question.length > longestQuestion)
    throw wrong(question, longestQuestion, `expected at most ${longestQuestion} characters, found ${question.length}`);
  const terms: Term[] = [];
  let at = 0;
  for (;;) {
    at += /^\s*/.exec(question.slice(at))![0].length;
    if (at >= question.length) break;
    const { term, end } = readItem(question, at);
    if (term !== null) terms.push(term);
    if (terms.length > mostTerms) throw wrong(question, at, `expected at most ${mostTerms} terms, found another one`);
    at = end;
  }
  if (terms.length === 0) throw wrong(question, 0, 'expected a word of letters or digits, found none');
  if (terms.every(({ isExcluded }) => isExcluded))
    throw wrong(question, terms[0]!.start, 'expected a word that has to be found, found only what must not be');
  const words = terms.reduce((sum, { readings }) => sum + readings[0]!.length, 0);
  if (words > mostWords) throw wrong(question, 0, `expected at most ${mostWords} words, found ${words}`);
  return terms;
}

interface ReadItem {
  /** Null where it has no word. */
  readonly term: Term | null;
  readonly end: number;
}

function readItem(question: string, at: number): ReadItem {
  item.lastIndex = at;
  const [head = '', minus, name] = item.exec(question)!;
  const isField = name !== undefined && isFieldName(name);
  const field = isField ? name : null;
  const start = isField ? at + head.length : at + (minus?.length ?? 0);
  const { text, textStart, isPrefix, end } = readText(question, start);
  const words = wordsOf(text);
  if (words.length === 0 && (field !== null || isPrefix)) {
    const before = field === null ? 'before *' : `behind ${field}:`;
    throw wrong(question, start, `expected a word ${before}, found ${shown(question, start)}`);
  }
  if (words.length === 0) return { term: null, end };
  const term = {
    ...{ readings: readingsOf(text, words), isPrefix, isExcluded: minus !== undefined, field },
    ...{ start: textStart + words[0]!.start, end: textStart + words.at(-1)!.end },
  };
  return { term, end };
}

function readingsOf(text: string, words: readonly Word[]): string[][] {
  const parted = partedWordsOf(text);
  return [words, ...(parted === null ? [] : [parted])].map((reading) => reading.map(({ word }) => word));
}

interface ReadText {
  readonly text: string;
  readonly textStart: number;
  readonly isPrefix: boolean;
  readonly end: number;
}

function readText(question: string, at: number): ReadText {
  quotedForm.lastIndex = at;
  const quoted = quotedForm.exec(question);
  if (quoted !== null) {
    const [whole, text = '', closing, star] = quoted;
    if (closing === '') throw wrong(question, at, 'expected a quotation mark that closes this one, found none');
    return { text, textStart: at + 1, isPrefix: star === '*', end: at + whole.length };
  }
  bareForm.lastIndex = at;
  const bare = bareForm.exec(question)?.[0] ?? '';
  const star = bare.indexOf('*');
  if (star !== -1 && star < bare.length - 1)
    throw wrong(question, at + star, 'expected * at the end of a word, found it before something');
  return { text: star === -1 ? bare : bare.slice(0, -1), textStart: at, isPrefix: star !== -1, end: at + bare.length };
}

function shown(question: string, at: number): string {
  const found = /^\S*/.exec(question.slice(at, at + 40))![0];
  return found === '' ? 'nothing' : JSON.stringify(found);
}

const shownAround = 40;

function wrong(question: string, offset: number, expected: string): PlatformError {
  const from = Math.max(0, offset - shownAround);
  const plain = (text: string): string => text.replaceAll(/[\p{C}\u2028\u2029]/gu, ' ');
  const before = (from > 0 ? '…' : '') + plain(question.slice(from, offset));
  const after = plain(question.slice(offset, offset + shownAround));
  const caret = `${' '.repeat([...before].length)}^`;
  return new PlatformError('SEARCH_BAD_QUESTION', {
    message: `${expected}, at offset ${offset}:\n  ${before}${after}\n  ${caret}`,
    details: { offset },
  });
}
