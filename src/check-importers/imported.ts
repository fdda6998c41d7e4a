import type { DataSchema, DeclaredCheck } from '../data-quality/index.ts';
import type { Position } from '../spec/index.ts';
import type { SourceDocument, SourceText } from './source-document.ts';

/** Whose checks can be read. */
export const checkOrigins = ['gx', 'pandera', 'dbt', 'tfdv', 'odcs', 'soda', 'dqdl'] as const;

/** Whose checks these are. */
export type CheckOrigin = (typeof checkOrigins)[number];

/** One thing that a document asks of data, and what came of it. */
export interface ImportedStatement {
  /** As the other program calls it, for example `expect_column_values_to_be_between`. */
  readonly kind: string;
  /** Where it stands, for example `expectations[3]`. */
  readonly place: string;
  readonly position: Position;
  /** `same`: what it asks is asked here; `differs`: but for what `says` names; `left`: not taken over, for what `says` names. */
  readonly state: 'same' | 'differs' | 'left';
  /** Every difference, or why it is left; of `same` nothing. */
  readonly says: readonly string[];
  /** Its checks, as places in `ImportedChecks.checks`; none where it went into the schema alone. */
  readonly checks: readonly number[];
  /** What it set in the schema, for example `columns.age.nullable`. */
  readonly schema: readonly string[];
}

/** What was read of a document of another program. */
export interface ImportedChecks {
  readonly from: CheckOrigin;
  /** What the document calls itself, or the table that it is about. */
  readonly name: string | null;
  readonly checks: readonly DeclaredCheck[];
  /** Null where the document says nothing that a schema has a word for. */
  readonly schema: DataSchema | null;
  /** Everything that the document asks, in its order. */
  readonly statements: readonly ImportedStatement[];
}

/** What may be asked of an import. */
export interface ImportOptions {
  /** The table that is meant, of a document about several. */
  readonly table: string | null;
  /**
   * What NaN is to the other program: `missing`, as where it ran on pandas, or `value`, as where it ran on SQL. Asked of programs
   * that run on both.
   */
  readonly nan: 'missing' | 'value';
}

/** A kind of statement of another program. */
export interface KnownKind {
  readonly name: string;
  /** What it becomes, as a form; null: it is not imported. */
  readonly becomes: string | null;
  /** Where the answers can differ; of a kind that is not imported, why. Null: nowhere. */
  readonly note: string | null;
}

/** Reads the documents of one program. */
export interface CheckImporter {
  readonly origin: CheckOrigin;
  /** What it reads, for example `Great Expectations, suite (JSON)`. */
  readonly title: string;
  readonly kinds: readonly KnownKind[];
  /** Whether a document looks like one of its. */
  readonly recognises: (document: SourceDocument) => boolean;
  /** The same of a text that is neither YAML nor JSON. */
  readonly recognisesText?: (text: string) => boolean;
  /** @throws PlatformError CHECKS_IMPORT_UNREADABLE, CHECKS_IMPORT_TABLE */
  readonly read: (source: SourceText, options: ImportOptions) => ImportedChecks;
}
