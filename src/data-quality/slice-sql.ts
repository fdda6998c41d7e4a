import { quoteIdentifier, quoteLiteral } from '../tables/index.ts';
import { doubleLiteral } from './column-sql.ts';

/** Groups of rows: by the values of a column, or by the intervals between ascending edges. */
export interface Slice {
  readonly name: string;
  readonly column: string;
  readonly edges: readonly number[] | null;
}

/** The name of the group of rows in which the column of a slice is missing (or, with edges, NaN). */
export const missingGroup = '(missing)';

/** The name of a row's group as SQL. Between edges the groups are `< 500`, `500 to 1000` (from 500 below 1000), `>= 1000`. */
export function sliceExpression({ column, edges }: Slice): string {
  const name = quoteIdentifier(column);
  if (edges === null) return `coalesce(CAST(${name} AS VARCHAR), ${quoteLiteral(missingGroup)})`;
  const number = `CAST(${name} AS DOUBLE)`;
  const cases = edges.map((edge, index) => {
    const label = index === 0 ? `< ${edge}` : `${edges[index - 1]} to ${edge}`;
    return `WHEN ${number} < ${doubleLiteral(edge)} THEN ${quoteLiteral(label)}`;
  });
  return `CASE WHEN ${name} IS NULL OR isnan(${number}) THEN ${quoteLiteral(missingGroup)} ${cases.join(' ')} ELSE ${quoteLiteral(`>= ${edges.at(-1)}`)} END`;
}
