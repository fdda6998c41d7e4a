import { visibleText } from '../encoding/index.ts';

const longestShown = 60;

/** A value of data on one line, and without what a terminal would take for a command. */
export function shownValue(value: string | null): string {
  if (value === null) return 'null';
  const short = value.length > longestShown ? `${value.slice(0, longestShown)}…` : value;
  return /^[\w.:+-]+…?$/.test(short) && value !== 'null' ? short : quoted(short);
}

/** The name of a column on one line, and without what a terminal would take for a command. */
export function shownName(name: string): string {
  return visibleText(name) === name ? name : quoted(name);
}

function quoted(text: string): string {
  return visibleText(JSON.stringify(text));
}
