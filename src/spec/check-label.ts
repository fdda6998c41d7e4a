/** What a check is carried out by, where that is not the language of checks. */
interface LabelledCode {
  readonly kind: 'sql' | 'failing' | 'python' | 'typescript';
  readonly sql?: string;
  readonly module?: string;
  readonly function?: string;
  readonly file?: string;
  readonly export?: string;
}

/** What a check is called, on one line: as it is written, or by its SQL or function. */
export function checkLabel({
  that,
  own = null,
}: {
  readonly that: string | null;
  readonly own?: LabelledCode | null;
}): string {
  if (own === null) return that ?? '';
  const code = own.sql ?? (own.kind === 'python' ? `${own.module}:${own.function}` : `${own.file}#${own.export}`);
  const line = code.replaceAll(/\s+/g, ' ').trim();
  return that === null ? line : `${that} of ${line}`;
}
