/**
 * A text on one line in which every sign that a terminal would obey or an eye would not see (control and format characters,
 * line and paragraph separators) is written as `\u{…}`, in hexadecimal.
 */
export function visibleText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`);
}
