/**
 * Entries of the log: what it takes in of a statement, which is never the body. An entry names the run that its statement is
 * about, by its id, which is random and says nothing of anybody: so whoever is shown some statements of a run, and the entries
 * of the log, can tell that there is another one.
 */
import { canonicalJson, type Digest, isDigest } from '../encoding/index.ts';
import { member, text } from './json-members.ts';

/** An entry, as it is written. */
export interface LogEntry {
  readonly mlspec: 'statement/v1';
  /** SHA-256 of the body. */
  readonly statement: Digest;
  readonly predicateType: string;
  /** The run that it is about; null: of no run. */
  readonly run: string | null;
  /** The execution that it is about, where it is about one. */
  readonly execution?: string;
  /** Ids of the keys that signed it. */
  readonly signedBy: readonly string[];
  /** When it was signed, as its signer says. */
  readonly at: string;
}

/** An entry, as it was found at a place of a log. */
export interface FoundEntry extends Pick<LogEntry, 'statement' | 'predicateType'> {
  readonly place: number;
  /** Undefined: the entry does not say it, as those of the first versions. */
  readonly run: string | null | undefined;
  readonly execution: string | null;
  /** When it was signed, as its signer says. */
  readonly at: string | null;
}

/** The text of an entry. */
export function formatLogEntry(entry: LogEntry): string {
  return canonicalJson(entry);
}

/** The statement that bytes of a log stand for; null where they are no entry of one. */
export function readLogEntry(bytes: Uint8Array, place: number): FoundEntry | null {
  const said = parse(bytes);
  const [statement, predicateType] = [text(member(said, 'statement')), text(member(said, 'predicateType'))];
  if (statement === null || !isDigest(statement) || predicateType === null) return null;
  const run = member(said, 'run');
  const isTold = run === null || typeof run === 'string';
  const [execution, at] = [text(member(said, 'execution')), text(member(said, 'at'))];
  return { place, statement, predicateType, run: isTold ? run : undefined, execution, at };
}

/** The run and the execution that a statement says to be about; null where it names none. */
export function aboutOf(predicate: unknown): { readonly run: string | null; readonly execution: string | null } {
  const metadata = member(member(predicate, 'runDetails'), 'metadata');
  const run = member(predicate, 'mlspec_run') ?? member(predicate, 'run') ?? member(metadata, 'mlspec_run');
  return {
    run: text(run),
    execution: text(member(predicate, 'mlspec_execution') ?? member(metadata, 'invocationId')),
  };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
}
