/**
 * Documents (bills of materials, cards) that a signed statement binds to something of a run. They are made when the run has
 * long ended, by whoever exports it, and say nothing of how it was carried out: no rule looks at them.
 */
import type { Digest } from '../../encoding/index.ts';
import { member, text } from '../json-members.ts';
import { referencePredicateType } from '../reference-statement.ts';
import { digestNamed, type Opened } from './evidence.ts';

/** One document, and what it was bound to. */
export interface ReferenceClaim {
  /** The digest of the statement that binds it. */
  readonly statement: Digest;
  /** Its file name. */
  readonly name: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly subjects: readonly { readonly name: string; readonly digest: Digest }[];
  readonly signedBy: readonly string[];
  /** Its place in the log; null where none that was checked holds it. */
  readonly place: number | null;
}

/** What a statement binds to something of a run; null where it speaks of another run or has another form. */
export function readReference(
  { statement, digest: body, signedBy, place }: Opened,
  run: string,
): ReferenceClaim[] | null {
  const { predicate, predicateType, subject } = statement;
  const references = member(predicate, 'references');
  if (predicateType !== referencePredicateType || member(predicate, 'mlspec_run') !== run) return null;
  if (!Array.isArray(references)) return null;
  return references.flatMap((reference) => {
    const [name, mediaType] = [text(member(reference, 'name')), text(member(reference, 'mediaType'))];
    const digest = digestNamed(reference);
    if (name === null || mediaType === null || digest === null) return [];
    const subjects = subject.flatMap((one) => {
      const of = digestNamed(one);
      return of === null ? [] : [{ name: text(member(one, 'name')) ?? '', digest: of }];
    });
    return [{ statement: body, name, digest, mediaType, subjects, signedBy, place }];
  });
}
