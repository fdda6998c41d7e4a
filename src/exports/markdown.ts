import { oneLine } from './names.ts';

/** A table under a heading; nothing where it has no rows. Every cell stands for itself. */
export function markdownTable(
  heading: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.map(markdown).join(' | ')} |`;
  return [heading, '', line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

const entities: Readonly<Record<string, string>> = { '<': '&lt;', '&': '&amp;' };

/** Text that stands for itself in Markdown: no line ends, no markup, no HTML. */
export function markdown(text: string): string {
  return oneLine(text).replace(
    /[\\`*[\]<>|#&]|(?<!\w)_|_(?!\w)/g,
    (character) => entities[character] ?? `\\${character}`,
  );
}
