import { quoteLiteral } from '../tables/index.ts';

/** Texts that people and programs write for a missing value. */
export const missingWords: readonly string[] = [
  ...['NA', 'N/A', 'n/a', 'NaN', 'nan', 'NULL', 'null', 'None', '?', '-', '.', '#N/A'],
];

const folded = [...new Set([...missingWords.map((word) => word.toLowerCase()), 'nil', '<na>', '#null!', 'missing'])];

/** Whether the text `x` (SQL) is such a word, in whatever case and between spaces; NULL where it is missing. */
export function isMissingWord(x: string): string {
  return `(lower(trim(${x})) IN (${folded.map((word) => quoteLiteral(word)).join(', ')}))`;
}
