/**
 * Words of texts and of questions, alike on both databases: runs of letters and digits, without case and accents (NFKD, lower
 * case, marks removed), so that `Größe` is found by `große` and `learning_rate` by `learning rate`. Of scripts that put no
 * spaces between words each sign is a word, so that any part of a text is found as a phrase. Of `learningRate` the line is
 * read twice, as one word and as its parts. The databases get each word in ASCII letters and digits alone, so that neither
 * of them cuts or folds it in its own way.
 */

/** A word of a text: what it is compared by, and where it stands. */
export interface Word {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** Scripts that are written without spaces, and Hangul, whose words carry endings. */
const unspaced =
  '\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{Script=Hang}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmr}\\p{Script=Mymr}';
const sign = `(?=[\\p{L}\\p{N}])[${unspaced}][\\p{M}\\uff9e\\uff9f]*`;
const rawWord = new RegExp(`${sign}|(?:(?![${unspaced}])[\\p{L}\\p{N}\\p{M}]|\\p{M})+`, 'gu');
const asciiWord = /[a-z0-9]+/gi;
const wordForm = /[\p{L}\p{N}]+/gu;
const longestWord = 64;

/** `fooBar` and `HTTPServer` have parts; digits stay with what they follow. */
const innerStart = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;

// biome-ignore lint/suspicious/noControlCharactersInRegex: what ASCII is.
const ascii = /^[\x00-\x7f]*$/;

/** The words of a text in their order. */
export function wordsOf(text: string): Word[] {
  return foldedWords(rawWordsOf(text));
}

/** The same where words such as `learningRate` are their parts; null where there are none. */
export function partedWordsOf(text: string): Word[] | null {
  // Most lines have none, and that is seen at once.
  if (!innerStart.test(text)) return null;
  return foldedWords(rawWordsOf(text).flatMap(partsOf));
}

interface RawWord {
  readonly raw: string;
  readonly start: number;
}

function rawWordsOf(text: string): RawWord[] {
  const form = ascii.test(text) ? asciiWord : rawWord;
  return Array.from(text.matchAll(form), ({ 0: raw, index: start }) => ({ raw, start }));
}

function partsOf({ raw, start }: RawWord): RawWord[] {
  let at = start;
  return raw.split(innerStart).map((part) => {
    const found = { raw: part, start: at };
    at += part.length;
    return found;
  });
}

function foldedWords(found: readonly RawWord[]): Word[] {
  const words: Word[] = [];
  for (const { raw, start } of found) {
    const end = start + raw.length;
    if (ascii.test(raw)) words.push({ word: raw.toLowerCase().slice(0, longestWord), start, end });
    else
      for (const [word] of plainOf(raw).matchAll(wordForm))
        words.push({ word: [...word].slice(0, longestWord).join(''), start, end });
  }
  return words;
}

/** Marks of voicing make other signs in Japanese, and syllables are put together again. */
function plainOf(raw: string): string {
  return raw
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/(?![\u3099\u309a])\p{M}/gu, '')
    .normalize('NFC');
}

const plainForm = /^[a-y0-9]*$/;

/** A word as the databases know it. Beginnings stay beginnings. */
export function storedWord(word: string): string {
  if (plainForm.test(word)) return word;
  return [...word]
    .map((character) => {
      if (character === 'z') return 'zz';
      return character < '\u0080' ? character : `zy${character.codePointAt(0)!.toString(36).padStart(4, '0')}`;
    })
    .join('');
}

/** Stands between lines, so that no term reaches from one into the next; it is no word. */
export const lineEnd = 'zx';
