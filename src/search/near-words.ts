import type { Session } from '../database/index.ts';
import { nearestName } from '../encoding/index.ts';
import type { Term } from './question.ts';

/** Words with one first letter that are compared. */
const mostCompared = 20_000;
const shortestWord = 4;

/**
 * A question with its words replaced by the nearest that are there, for where nothing was found; null where none is near. What
 * is a word of something already, or part of a phrase, a number or short, stays.
 */
export async function nearQuestion(session: Session, question: string, terms: readonly Term[]): Promise<string | null> {
  let text = question;
  for (const { readings, isPrefix, isExcluded, start, end } of terms.toReversed()) {
    const [word = '', ...more] = readings[0]!;
    if (more.length > 0 || isPrefix || isExcluded || word.length < shortestWord || !/\p{L}/u.test(word)) continue;
    const near = await nearWord(session, word);
    if (near !== null) text = text.slice(0, start) + near + text.slice(end);
  }
  return text === question ? null : text;
}

async function nearWord(session: Session, word: string): Promise<string | null> {
  const first = [...word][0]!;
  const sql = 'select word from search_vocabulary where word >= ? and word < ? limit ?';
  const next = String.fromCodePoint(first.codePointAt(0)! + 1);
  const words = (await session.all<{ word: string }>(sql, [first, next, mostCompared])).map((row) => row.word);
  return words.includes(word) ? null : nearestName(word, words);
}
