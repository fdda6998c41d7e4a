/* What a supervisor and its workers tell each other. */
import type { GuessTally } from '../../access/index.ts';
import type { ErrorCode } from '../../errors/index.ts';
import type { ProcessFigures, WholeFigures } from '../mlflow/server-status.ts';

/** What a worker is told when it starts. */
export interface WorkerOrders {
  /** 1, 2, 3 …; who starts in place of another has its number. */
  readonly number: number;
  /** Whether nobody has started before it: what people have to know is told once. */
  readonly isFirst: boolean;
  /** What to serve; the workers' own affair. */
  readonly task: unknown;
  /** Signs links to bytes, which any worker of the server takes. */
  readonly transferKey: Uint8Array;
  /** Wrong tries to sign in so far. */
  readonly tallies: readonly GuessTally[];
}

/** What one process asks another, and what it is answered. */
export interface Questions {
  /** Counts a wrong try to sign in. */
  readonly wrong: { readonly of: { readonly address: string; readonly name: string }; readonly answer: null };
  /** Forgets what went wrong before a right one. */
  readonly right: { readonly of: { readonly address: string; readonly name: string }; readonly answer: null };
  /** Whether somebody comes to its messages. */
  readonly alive: { readonly of: null; readonly answer: true };
  /** How one worker is. */
  readonly figures: { readonly of: null; readonly answer: ProcessFigures };
  /** How all are. */
  readonly whole: { readonly of: null; readonly answer: WholeFigures };
}

/** The name of a question. */
export type QuestionName = keyof Questions;

/** What is asked across, in both directions. */
export type Exchange =
  | { readonly kind: 'ask'; readonly id: number; readonly name: QuestionName; readonly of: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown };

/** What a supervisor tells a worker. A connection comes with its socket. */
export type ToWorker =
  | { readonly kind: 'begin'; readonly orders: WorkerOrders }
  | { readonly kind: 'connection' | 'keep' | 'end' }
  | Exchange;

/** An error on its way to another process. */
export interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

/** What a worker tells its supervisor. */
export type ToSupervisor =
  | { readonly kind: 'ready'; readonly about: unknown }
  | { readonly kind: 'failed'; readonly error: SentError }
  | { readonly kind: 'taken' | 'leaving' }
  | Exchange;
