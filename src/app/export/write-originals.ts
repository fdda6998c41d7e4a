/** Documents of the original MLSpec out of the record, as they were imported: in one spelling, in one file. */
import type { Digest } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type OriginalDocument, readOriginalRecord, writeOriginal } from '../../originals/index.ts';
import { importPorts, importStage } from '../import/import-plan.ts';
import type { ProjectRecord } from '../project-record.ts';
import { lastAttempts, readRun } from '../records.ts';

/** The name of the format. */
export const originalFormat = 'mlspec-original';
const maximumRecordBytes = 64 * 1024 * 1024;

/** The documents of a run as one YAML text, with the digests of the records that they come from. */
export interface WrittenOriginals {
  readonly run: string;
  readonly text: string;
  readonly subjects: readonly { readonly name: string; readonly digest: Digest }[];
}

/**
 * The documents that a run imported, in their order, with `---` between them.
 * @throws PlatformError EXPORT_NOTHING where the run imported none
 */
export async function importedDocuments(record: ProjectRecord, name: string): Promise<WrittenOriginals> {
  const recorded = await readRun(record, name);
  const texts: string[] = [];
  const subjects: { name: string; digest: Digest }[] = [];
  for (const { execution, outputs } of lastAttempts(recorded).values()) {
    const output = outputs.find(({ port }) => port === importPorts.document);
    if (execution.kind !== importStage || output === undefined) continue;
    const { digest } = output.artifact;
    const bytes = await record.artifacts.read(digest, { maxBytes: maximumRecordBytes });
    const original = readOriginalRecord(bytes.toString('utf8'));
    if (original === null) throw nothing(recorded.run.id);
    texts.push(writeOriginal(original satisfies OriginalDocument));
    subjects.push({ name: `document/${execution.step}`, digest });
  }
  if (texts.length === 0) throw nothing(recorded.run.id);
  return { run: recorded.run.id, text: texts.join('---\n'), subjects };
}

function nothing(run: string): PlatformError {
  return new PlatformError('EXPORT_NOTHING', {
    message: `expected run ${run} to have imported documents of the original MLSpec, found none`,
    hint: 'Choose a run of mlspec import: mlspec ls shows its verb.',
  });
}
