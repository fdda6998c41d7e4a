/**
 * Documents of the original MLSpec brought into the record: read and checked first, all of them; then recorded as one run with
 * a step for each document, which keeps the file as it was and the document as it was parsed.
 */
import { setImmediate } from 'node:timers/promises';
import type { Digest } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type OriginalDocument, type ReadOriginalsOptions, readOriginals } from '../../originals/index.ts';
import type { RunEvent, RunResult } from '../../pipeline/index.ts';
import type { Finding } from '../../spec/index.ts';
import type { Config } from '../config.ts';
import { openRecordToStore } from '../project-record.ts';
import { runUndeclared } from '../run-undeclared.ts';
import { findOriginals } from './find-originals.ts';
import { type FoundDocument, fileDigest, importExecutor, importText, nameSteps, planImport } from './import-plan.ts';

/** What is to be imported. */
export interface ImportRequest {
  /** A file or a folder. */
  readonly path: string;
  readonly credentials: ReadOriginalsOptions['credentials'];
  /** Whether to read and check alone. */
  readonly isDry: boolean;
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/** A document that was read. */
export interface ImportedDocument {
  readonly step: string;
  readonly file: string;
  /** Place in its file, from 1. */
  readonly place: number;
  readonly origin: OriginalDocument['origin'];
  readonly type: string;
  /** Of the file as it was. */
  readonly original: Digest;
  readonly spelled: OriginalDocument['spelled'];
}

/** What became of an import. */
export interface ImportResult {
  /** Null where nothing was recorded: there are errors, or it was a dry run. */
  readonly run: { readonly id: string; readonly state: RunResult['state'] } | null;
  readonly findings: readonly Finding[];
  readonly documents: readonly ImportedDocument[];
}

const maximumDocuments = 1000;

/**
 * Reads all documents, and records them where none has an error.
 * @throws PlatformError ORIGINAL_NOT_FOUND, ORIGINAL_TOO_MANY
 */
export async function importOriginals(config: Config, request: ImportRequest): Promise<ImportResult> {
  const found: Omit<FoundDocument, 'step'>[] = [];
  const findings: Finding[] = [];
  for (const { name, bytes } of await findOriginals(request.path)) {
    // Gives a Ctrl-C its turn between files, of which a hostile one takes seconds.
    await setImmediate();
    request.signal.throwIfAborted();
    const read = readOriginals(bytes, { file: name, credentials: request.credentials });
    findings.push(...read.findings);
    found.push(...read.documents.map((original, index) => ({ file: name, place: index + 1, bytes, original })));
    if (found.length > maximumDocuments) {
      throw new PlatformError('ORIGINAL_TOO_MANY', {
        message: `expected at most ${maximumDocuments} documents at once, found more`,
      });
    }
  }
  const documents = nameSteps(found);
  const isWrong = findings.some(({ severity }) => severity === 'error');
  const run =
    isWrong || request.isDry || documents.length === 0 ? null : await recordDocuments(config, request, documents);
  return { run, findings, documents: documents.map(describe) };
}

function describe(document: FoundDocument): ImportedDocument {
  const { step, file, place, original } = document;
  const { origin, type, spelled } = original;
  return { step, file, place, origin, type, original: fileDigest(document), spelled };
}

async function recordDocuments(
  config: Config,
  request: ImportRequest,
  documents: readonly FoundDocument[],
): Promise<ImportResult['run']> {
  const record = await openRecordToStore(config);
  try {
    const plan = planImport(request.path, documents);
    const { runId, state } = await runUndeclared(config, {
      ...{ plan, record, projectRoot: config.projectRoot },
      description: { spec: importText(plan), params: {}, git: null, verb: 'import' },
      isForced: false,
      signal: request.signal,
      onEvent: request.onEvent,
      executorOver: (inner) => importExecutor(inner, documents),
    });
    return { id: runId, state };
  } finally {
    await record.close();
  }
}
