const escapes: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * What a quoted text in a list means. MLflow reads lists, and only lists, as Python does, so a backslash begins an
 * escape there; one before any other character stands for itself. NUL is left as it is written.
 */
export function unescapeListText(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(
    /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([\n\\'"abfnrtv]))/g,
    (written, octal?: string, two?: string, four?: string, eight?: string, letter?: string) => {
      if (letter !== undefined) return escapes[letter] as string;
      const code =
        octal === undefined ? Number.parseInt((two ?? four ?? eight) as string, 16) : Number.parseInt(octal, 8);
      const isText = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
      return isText ? String.fromCodePoint(code) : written;
    },
  );
}
