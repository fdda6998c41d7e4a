import type { Digest } from '../encoding/index.ts';
import type { Finding } from './finding.ts';
import type { YamlText } from './yaml-text.ts';

/** A file that a declaration imports. */
export interface ImportedPart {
  readonly path: string;
  readonly digest: Digest;
  readonly value: unknown;
  readonly text: string;
  readonly yaml: Pick<YamlText, 'placeOf' | 'positionWithin'>;
}

/** A declaration as far as its text could be read. */
export interface ParsedSpec {
  readonly file: string;
  readonly text: string;
  /** The document as written; null where the text holds no mapping. */
  readonly document: Readonly<Record<string, unknown>> | null;
  readonly imports: Readonly<Record<string, ImportedPart>>;
  /** Everything that is wrong whatever parameters and profile are chosen. */
  readonly findings: readonly Finding[];
  readonly yaml: Pick<YamlText, 'placeOf' | 'positionWithin'>;
}

/** A text of the document with its imports, before anything is checked. */
export type ReadSpec = Omit<ParsedSpec, 'findings'>;
