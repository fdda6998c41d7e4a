import { PlatformError } from '../errors/index.ts';
import { readYamlFile } from '../originals/index.ts';
import { dbt } from './dbt/index.ts';
import { dqdl } from './dqdl/index.ts';
import { greatExpectations } from './great-expectations/index.ts';
import type { CheckImporter, CheckOrigin, ImportedChecks, ImportOptions } from './imported.ts';
import { odcs } from './odcs/index.ts';
import { pandera } from './pandera/index.ts';
import { soda } from './soda/index.ts';
import { readSourceDocument, requireLength, type SourceText } from './source-document.ts';
import { tfdv } from './tfdv/index.ts';

/** Every importer, in the order in which documents are recognised. */
export const checkImporters: readonly CheckImporter[] = [greatExpectations, pandera, dbt, tfdv, odcs, soda, dqdl];

/**
 * Reads checks of another program. What it asks of data becomes checks and a schema; what cannot be taken over is listed with its place.
 * @param from whose checks they are; null: what the document looks like
 * @throws PlatformError CHECKS_IMPORT_UNKNOWN, CHECKS_IMPORT_UNREADABLE, CHECKS_IMPORT_TABLE
 */
export function importChecks(
  source: SourceText,
  { from, ...options }: ImportOptions & { readonly from: CheckOrigin | null },
): ImportedChecks {
  requireLength(source);
  const importer = from === null ? recognise(source) : checkImporters.find(({ origin }) => origin === from);
  if (importer !== undefined) return importer.read(source, options);
  throw new PlatformError('CHECKS_IMPORT_UNKNOWN', {
    message: `expected ${titles()}; ${source.file} looks like none of them`,
  });
}

function recognise(source: SourceText): CheckImporter | undefined {
  const byText = checkImporters.find(({ recognisesText }) => recognisesText?.(source.text));
  if (byText !== undefined) return byText;
  const { documents, remarks } = readYamlFile(source.text);
  // A table or a letter is no broken document, though it is none either.
  const isDocument = /^[\s\uFEFF]*\{/.test(source.text) || remarks.every(({ rule }) => rule !== 'original/unreadable');
  if (!isDocument || documents.length + remarks.length === 0) return undefined;
  const document = readSourceDocument(source);
  return checkImporters.find(({ recognises }) => recognises(document));
}

function titles(): string {
  return checkImporters.map(({ title }) => title).join(', ');
}
