/**
 * Words of texts and of questions, alike on both databases: runs of letters, digits and marks, without case and accents
 * (NFKD, lower case, marks removed), so that `Größe` is found by `große` and `learning_rate` by `learning rate`. The databases get
 * each word in ASCII letters and digits alone, so that neither of them cuts or folds it in its own way.
 */

/** A word of a text: what it is compared by, and where it stands. */
export interface Word {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** What of a question has to be found: words one behind the other, the last perhaps the beginning of one. */
export interface Term {
  readonly words: readonly string[];
  readonly isPrefix: boolean;
}

const rawWord = /[\p{L}\p{N}\p{M}]+/gu;
const wordForm = /[\p{L}\p{N}]+/gu;
const longestWord = 64;
const mostTerms = 20;

/** The words of a text in their order. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  for (const { 0: raw, index: start } of text.matchAll(rawWord)) {
    const plain = plainOf(raw);
    for (const [word] of plain.matchAll(wordForm))
      words.push({ word: [...word].slice(0, longestWord).join(''), start, end: start + raw.length });
  }
  return words;
}

const ascii = /^[a-z0-9]*$/i;

function plainOf(raw: string): string {
  return ascii.test(raw) ? raw.toLowerCase() : raw.normalize('NFKD').toLowerCase().replaceAll(/\p{M}/gu, '');
}

/**
 * The terms of a question: words, each of which has to be found; `"several words"` one behind the other; `begin*` for what begins
 * so. A word with signs in it, as `0.001` or `learning_rate`, is its parts one behind the other. Everything else is left out, so
 * that no text is a wrong question; of more than 20 terms the first 20 count.
 */
export function termsOf(question: string): Term[] {
  const terms: Term[] = [];
  for (const [, quoted, bare, star] of question.matchAll(/"([^"]*)"?\*?|([^\s"*]+)(\*?)|\*/g)) {
    const words = wordsOf(quoted ?? bare ?? '').map(({ word }) => word);
    if (words.length > 0) terms.push({ words, isPrefix: star === '*' });
  }
  return terms.slice(0, mostTerms);
}

/** Where a term is found among words, as places of its first words. */
export function placesOf(term: Term, words: readonly Pick<Word, 'word'>[]): number[] {
  const { words: wanted, isPrefix } = term;
  const last = wanted.length - 1;
  const fits = (place: number): boolean =>
    wanted.every((word, index) => {
      const found = words[place + index]?.word;
      return found === word || (isPrefix && index === last && found?.startsWith(word) === true);
    });
  return words.flatMap((_, place) => (fits(place) ? [place] : []));
}

/** A word as the databases know it. Beginnings stay beginnings. */
export function storedWord(word: string): string {
  return [...word]
    .map((character) => {
      if (character === 'z') return 'zz';
      return character < '\u0080' ? character : `zy${character.codePointAt(0)!.toString(36).padStart(4, '0')}`;
    })
    .join('');
}

/** Stands between lines, so that no term reaches from one into the next; it is no word. */
export const lineEnd = 'zx';
