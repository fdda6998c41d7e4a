import { type FieldName, fieldNames, fields } from './fields.ts';

/** One fact of a thing: `param lr: 0.1` has the label `param`; what is found is in the text behind it. */
export interface TextLine {
  readonly field: FieldName;
  readonly label: string;
  readonly text: string;
}

const byLetter = new Map<string, FieldName>(fieldNames.map((name) => [fields[name].letter, name]));
const separators = /[\n\t]/g;

/** Lines as they are kept. */
export interface KeptLines {
  /** Each line a letter, the label, a tab, the text. */
  readonly body: string;
  readonly lines: readonly TextLine[];
  readonly isCut: boolean;
}

/** Lines as they are kept: of what is longer than `limit` characters the beginning. */
export function writeLines(lines: readonly TextLine[], limit: number): KeptLines {
  const body = lines
    .map(({ field, label, text }) => `${fields[field].letter}${oneLine(label)}\t${oneLine(text)}`)
    .join('\n');
  if (body.length <= limit && body.isWellFormed()) return { body, lines, isCut: false };
  const kept = body.slice(0, limit).toWellFormed();
  return { body: kept, lines: readLines(kept), isCut: body.length > limit };
}

/** Most texts have nothing to replace. */
function oneLine(text: string): string {
  return text.search(separators) === -1 ? text : text.replaceAll(separators, ' ');
}

/** The lines that were kept so. */
export function readLines(body: string): TextLine[] {
  return body.split('\n').flatMap((line) => {
    const field = byLetter.get(line.charAt(0));
    const tab = line.indexOf('\t');
    return field === undefined || tab === -1 ? [] : [{ field, label: line.slice(1, tab), text: line.slice(tab + 1) }];
  });
}
