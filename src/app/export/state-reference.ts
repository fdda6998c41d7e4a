/** A document, bound to what it speaks of by a signed statement in the record and the log. */
import type { Digest } from '../../encoding/index.ts';
import { type ExportSubject, type RunView, subjectsOf } from '../../exports/index.ts';
import { type ReferencedFile, referencePredicateType, referenceStatement } from '../../provenance/index.ts';
import type { Config } from '../config.ts';
import type { ProjectRecord } from '../project-record.ts';
import { openSigning } from '../signing.ts';
import { publishLogOrSay } from '../transparency-log.ts';

/** A statement that binds a document, and what to. */
export interface StatedReference {
  readonly subjects: readonly { readonly name: string; readonly digest: Digest }[];
  /** The digest of the statement. */
  readonly statement: Digest;
}

/**
 * States what a document of a run belongs to. What was stated of the same document under the same name is not stated again.
 * @param of.onProgress is told where the files of the log cannot be brought up to it, as where somebody else keeps the key of
 *   the log; the statement and its entry are in the record, and whoever has the key brings them up with their next command
 */
export async function stateReference(
  config: Config,
  { metadata }: ProjectRecord,
  of: {
    /** The id of the run. */
    readonly run: string;
    readonly subjects: StatedReference['subjects'];
    readonly file: ReferencedFile;
    readonly onProgress: (message: string) => void;
  },
): Promise<StatedReference> {
  const { run, subjects, file, onProgress } = of;
  const signing = openSigning(config);
  const { keyId } = await signing.signer('runner');
  const statement = referenceStatement({ run, attester: keyId, subjects, references: [file] });
  const known = await metadata.runStatements(run);
  if (!known.some(({ digest }) => digest === statement.digest)) {
    const about = { runId: run, predicateType: referencePredicateType };
    await metadata.putRunStatement(about, await signing.statement(statement, 'runner'));
    await publishLogOrSay(config, { metadata, signing, onProgress });
  }
  return { subjects, statement: statement.digest };
}

/** The models or the data that a document speaks of; the run itself where there are none, by its record or its plan. */
export function boundTo(run: RunView, subject: ExportSubject): StatedReference['subjects'] {
  const found = subjectsOf(run, subject).map(({ name, artifact }) => ({ name, digest: artifact.digest }));
  return found.length > 0 ? found : [{ name: `run/${run.id}`, digest: run.recordDigest ?? run.planDigest }];
}
