import { basename } from 'node:path';
import { type Digest, digestOf } from '../../encoding/index.ts';
import { toPlatformError } from '../../errors/index.ts';
import { signatureMediaType } from '../../provenance/model-signing/index.ts';
import type { Config } from '../config.ts';
import { stateReference } from '../export/state-reference.ts';
import { withRecord } from '../records.ts';

/** What was stated of a signature, or why nothing was. */
export type StatedSignature =
  | { readonly statement: Digest; readonly run: string; readonly why: null }
  | { readonly statement: null; readonly run: null; readonly why: string };

/** A signature that was written. */
export interface WrittenSignature {
  /** What it signs, and the digest that the store has it under; null: nobody hashed it whole. */
  readonly name: string;
  readonly findDigest: () => Promise<Digest | null>;
  readonly path: string;
  readonly text: string;
  /** Is told where the files of the log cannot be brought up to what the record took in. */
  readonly onProgress: (message: string) => void;
}

/**
 * States that a signature belongs to content of a run, so that record and log tell what was signed and handed on. Never throws: the
 * signature is good without it.
 */
export async function stateSignature(config: Config, signature: WrittenSignature): Promise<StatedSignature> {
  const { name, findDigest, path, text, onProgress } = signature;
  try {
    return await withRecord(config, async (record) => {
      const { metadata } = record;
      const isProject = (await metadata.listRuns({ limit: 1 })).length > 0;
      const digest = isProject ? await findDigest() : null;
      const run = digest === null ? undefined : (await metadata.runsThatKeep(digest)).at(-1);
      if (digest === null || run === undefined) return nothing('no run of this project made this as it is');
      const { statement } = await stateReference(config, record, {
        run: run.id,
        subjects: [{ name, digest }],
        file: { name: basename(path), digest: digestOf(text), mediaType: signatureMediaType },
        onProgress,
      });
      return { statement, run: run.id, why: null };
    });
  } catch (error) {
    const { code, message } = toPlatformError(error);
    return nothing(`${code}: ${message}`);
  }
}

function nothing(why: string): StatedSignature {
  return { statement: null, run: null, why };
}
