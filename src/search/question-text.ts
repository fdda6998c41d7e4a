import type { Database } from '../database/index.ts';
import { type FieldName, fieldNames } from './fields.ts';
import { fieldWord, kindWord } from './indexed-words.ts';
import type { Term } from './question.ts';

/** A question as a database is asked it: the terms in its own language, whose words are letters and digits, so that none can mean anything else. */
export type QuestionText = string;

/** What people said themselves. */
const said: readonly FieldName[] = ['name', 'tag', 'note', 'alias', 'user', 'model'];
const notInReports = fieldNames.filter((field) => field !== 'report');

/**
 * The question in the order of what is the better answer: all in the name, whole words before beginnings; some of it in the name; in what
 * people said; in everything but reports; anywhere. Terms with a field of their own are looked for there in each.
 */
export function rankedTexts(
  kind: Database['kind'],
  { terms, kinds }: { readonly terms: readonly Term[]; readonly kinds: readonly string[] | null },
): QuestionText[] {
  const { or, and, not, phrase } = languages[kind];
  const inFields = ({ readings, isPrefix, field }: Term, where: readonly FieldName[]): string =>
    or(
      (field === null ? where : [field]).flatMap((name) =>
        readings.map((words) =>
          phrase(
            words.map((word) => fieldWord(name, word)),
            isPrefix,
          ),
        ),
      ),
    );
  const wanted = terms.filter(({ isExcluded }) => !isExcluded);
  const free = wanted.filter(({ field }) => field === null);
  const outer = kinds === null ? [] : [or(kinds.map((one) => phrase([kindWord(one)], false)))];
  const excluded = terms.filter((term) => term.isExcluded).map((term) => inFields(term, fieldNames));
  const whole = (...conditions: readonly string[]): string => {
    const found = and([...conditions, ...outer]);
    return excluded.length === 0 ? found : not(found, or(excluded));
  };
  const all = (where: readonly FieldName[]): string => whole(...wanted.map((term) => inFields(term, where)));
  const exact = wanted.map((term) => inFields({ ...term, isPrefix: term.isPrefix && term.field !== null }, ['name']));
  if (free.length === 0) return [all(fieldNames)];
  return [
    ...(free.some(({ isPrefix }) => isPrefix) ? [whole(...exact)] : []),
    all(['name']),
    ...(free.length === 1
      ? []
      : [whole(...wanted.map((term) => inFields(term, fieldNames)), or(free.map((term) => inFields(term, ['name']))))]),
    all(said),
    all(notInReports),
    all(fieldNames),
  ];
}

interface Language {
  readonly phrase: (words: readonly string[], isPrefix: boolean) => string;
  readonly and: (parts: readonly string[]) => string;
  readonly or: (parts: readonly string[]) => string;
  readonly not: (found: string, without: string) => string;
}

const joined =
  (sign: string) =>
  (parts: readonly string[]): string =>
    parts.length === 1 ? parts[0]! : `(${parts.join(sign)})`;

const languages: Readonly<Record<Database['kind'], Language>> = {
  sqlite: {
    phrase: (words, isPrefix) => `"${words.join(' ')}"${isPrefix ? ' *' : ''}`,
    and: joined(' AND '),
    or: joined(' OR '),
    not: (found, without) => `(${found} NOT ${without})`,
  },
  postgres: {
    phrase: (words, isPrefix) => {
      const last = words.length - 1;
      return joined(' <-> ')(words.map((word, index) => `'${word}'${isPrefix && index === last ? ':*' : ''}`));
    },
    and: joined(' & '),
    or: joined(' | '),
    not: (found, without) => `(${found} & !${without})`,
  },
};
