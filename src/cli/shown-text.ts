const longestShown = 60;

/** A value of data on one line, and without what a terminal would take for a command. */
export function shownValue(value: string | null): string {
  if (value === null) return 'null';
  const short = value.length > longestShown ? `${value.slice(0, longestShown)}…` : value;
  return /^[\w.:+-]+…?$/.test(short) && value !== 'null' ? short : quoted(short);
}

/** The name of a column on one line, and without what a terminal would take for a command. */
export function shownName(name: string): string {
  return /[\p{Cc}\p{Cf}]/u.test(name) ? quoted(name) : name;
}

function quoted(text: string): string {
  return visible(JSON.stringify(text));
}

/** A text without what a terminal would take for a command; line breaks too are written as escapes. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`);
}
