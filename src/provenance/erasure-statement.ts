import { type Digest, formatInstant, type JsonObject } from '../encoding/index.ts';
import { describe, type StatementBody, statementBody } from './statement.ts';

/** `predicateType` of the statement that content was erased. */
export const erasurePredicateType = 'urn:mlspec:predicate:erasure:v1';

/** Content that an owner had erased. */
export interface Erasure {
  /** The run that it is stated for. */
  readonly run: string;
  readonly subjects: readonly { readonly name: string; readonly digest: Digest }[];
  /** In words. Personal data do not belong here. */
  readonly why: string;
  readonly atMs: number;
}

/** The statement that content was erased: from then on its absence is no sign of tampering. */
export function erasureStatement({ run, subjects, why, atMs }: Erasure): StatementBody {
  const predicate: JsonObject = { mlspec_run: run, why: why.toWellFormed(), erasedOn: formatInstant(atMs) };
  return statementBody(
    subjects.map(({ name, digest }) => describe(name, digest)),
    erasurePredicateType,
    predicate,
  );
}
