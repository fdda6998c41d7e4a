const atOnce = 256;

/**
 * Queries by a list of any length, in parts. Each part is filled up to a power of two by repeating its last item, so
 * that few different statements have to be prepared.
 */
export async function inParts<Row>(
  items: readonly string[],
  query: (list: string, parameters: string[]) => Promise<Row[]>,
): Promise<Row[]> {
  const distinct = [...new Set(items)];
  const rows: Row[] = [];
  for (let start = 0; start < distinct.length; start += atOnce) {
    const part = distinct.slice(start, start + atOnce);
    const size = 2 ** Math.ceil(Math.log2(part.length));
    while (part.length < size) part.push(part.at(-1)!);
    rows.push(...(await query(`(${part.map(() => '?').join(', ')})`, part)));
  }
  return rows;
}
