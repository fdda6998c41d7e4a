/**
 * Which rows of a table that is not divided yet belong to open parts, as far as that follows from what stands in a row: where parts are intervals of a hash, or named by a
 * column. So a table can be counted before the split without counting a row of a sealed part.
 */
import { type Field, quoteIdentifier, quoteLiteral } from '../../tables/index.ts';
import { partOfPlaceSql, placeCount, placeSql } from '../key-place.ts';
import { rowText } from '../row-digest.ts';

/** A rule by which a row itself says what part it is of. */
export interface OpenRule {
  readonly by: 'hash' | 'predefined';
  /** The columns that decide, at least one. */
  readonly columns: readonly string[];
  readonly salt: string;
  /** In their order; shares only with `hash`. */
  readonly parts: readonly { readonly name: string; readonly share: number | null }[];
  /** Names of the open parts. */
  readonly open: readonly string[];
}

/** SQL for whether a row is of an open part. @param fields columns of the rule, in its order */
export function isOpenSql({ by, parts, open, salt, columns }: OpenRule, fields: readonly Field[]): string {
  const place = `${placeSql(rowText(fields), salt)} / ${placeCount}.0`;
  const part = by === 'predefined' ? `CAST(${quoteIdentifier(columns[0]!)} AS VARCHAR)` : partOfPlaceSql(place, parts);
  return `coalesce(${part} IN (${open.map(quoteLiteral).join(', ')}), false)`;
}
