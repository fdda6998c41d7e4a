/** The file of the project that a text names in the place of SQL: one word that ends in `.sql`. Null where the text is the SQL itself. */
export function sqlFile(text: string): string | null {
  const file = text.trim();
  return /^\S+\.sql$/i.test(file) ? file : null;
}
