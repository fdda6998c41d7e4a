import { canonicalJson } from '../encoding/index.ts';
import type { SpecDocument } from './document.ts';

/**
 * A declaration written in TypeScript: the same document that a YAML file holds, with types and completion. Its canonical
 * text is that of the YAML file with the same content.
 * @throws PlatformError ENCODING_NOT_JSON where a value has no JSON form
 * @example defineSpec({ mlspec: 1, name: 'late', task: { kind: 'binary', label: 'late' }, ingestion: { sources: { rows: 'rows.csv' } } }).name // 'late'
 */
export function defineSpec(document: SpecDocument): SpecDocument {
  return JSON.parse(canonicalJson(document)) as SpecDocument;
}

/** The text of a document, as `parseSpec` reads it: canonical JSON, which is YAML. */
export function specText(document: SpecDocument): string {
  return canonicalJson(document);
}

/**
 * A reference to a parameter (`$name`), for places whose type is not text.
 * @example paramValue('sample') // '$sample'
 */
export function paramValue(name: string): never {
  return `$${name}` as never;
}
