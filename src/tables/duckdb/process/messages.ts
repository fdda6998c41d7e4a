/* What a program and the process of its query engine tell each other. */
import type { ErrorCode } from '../../../errors/index.ts';
import type { AllowedPlaces, EngineOptions } from '../../query-engine.ts';
import type { Batch, TableSchema } from '../../table.ts';

/** How an engine is opened; whether its progress is told. */
export interface OpenOptions extends Omit<EngineOptions, 'signal' | 'onProgress'> {
  readonly tellsProgress: boolean;
}

/** What an engine is asked for. */
export type Call =
  | { readonly of: 'open'; readonly options: OpenOptions }
  | { readonly of: 'describe' | 'requireQuery' | 'rows' | 'execute'; readonly sql: string }
  | {
      readonly of: 'writeParquet';
      readonly sql: string;
      readonly path: string;
      readonly groupBytes: number | undefined;
    }
  | { readonly of: 'appendBatches'; readonly path: string; readonly schema: TableSchema }
  | { readonly of: 'confine'; readonly allowed: AllowedPlaces }
  /** Begins a result; each `next` of it answers with a batch, and with null behind the last. */
  | { readonly of: 'batches'; readonly sql: string; readonly batchRows: number | undefined }
  | { readonly of: 'next' | 'leave'; readonly stream: number }
  | { readonly of: 'close' };

/** Rows on their way to the engine: null behind the last batch, `failed` where there are no more of them. */
export type Given = Batch | null | 'failed';

/** What the program tells. The id of a stream is that of the call that began it. */
export type ToEngine =
  | { readonly kind: 'call'; readonly id: number; readonly call: Call }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'given'; readonly id: number; readonly given: Given };

/** An error on its way to another process. */
export interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What the process of the engine tells. */
export type FromEngine =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: SentError }
  /** Asks for the next rows of a call that takes some. */
  | { readonly kind: 'want'; readonly id: number }
  | { readonly kind: 'progress'; readonly share: number | null };
