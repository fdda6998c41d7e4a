/**
 * A run in one of the formats of others, as one file, bound to what it speaks of by a signed statement: whoever gets the
 * file and the statement can tell that it was not changed since, and to which content it belongs.
 */
import { basename, resolve } from 'node:path';
import { type Digest, digestOf, nearestName } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type ExportFormat, exportFormats, type RunView } from '../../exports/index.ts';
import type { Config } from '../config.ts';
import type { ProjectRecord } from '../project-record.ts';
import { withRecord } from '../records.ts';
import { readRunView } from './read-run-view.ts';
import { boundTo, type StatedReference, stateReference } from './state-reference.ts';
import { importedDocuments, originalFormat } from './write-originals.ts';
import { requireTarget, writeTarget } from './write-target.ts';

/** What was written. */
export interface WrittenExport extends StatedReference {
  readonly run: string;
  readonly format: string;
  /** Absolute. */
  readonly path: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/**
 * Writes a run in a format and signs what it belongs to. The same run in the same format gives the same bytes; what is
 * written a second time under one name is not stated a second time.
 * @throws PlatformError EXPORT_FORMAT_UNKNOWN, EXPORT_NOTHING, EXPORT_PLACE_TAKEN, PLACE_NOT_WRITABLE, METADATA_RUN_UNKNOWN
 */
export async function writeExport(
  config: Config,
  asked: {
    readonly run: string;
    readonly path: string;
    readonly format: string;
    /** Is told what was not done although the export is there: see `stateReference`. */
    readonly onProgress: (message: string) => void;
  },
): Promise<WrittenExport> {
  const write = asked.format === originalFormat ? writeOriginals : writerOf(config, findFormat(asked.format));
  const path = resolve(asked.path);
  await requireTarget(path);
  return await withRecord(config, async (record) => {
    const { run, text, mediaType, subjects } = await write(record, asked.run);
    const digest = digestOf(text);
    await writeTarget(config, path, text);
    const file = { name: basename(path), digest, mediaType };
    const stated = await stateReference(config, record, { run, subjects, file, onProgress: asked.onProgress });
    return { run, format: asked.format, path, digest, sizeBytes: Buffer.byteLength(text), ...stated };
  });
}

/** A whole document, and what it is bound to. */
interface WrittenDocument extends Pick<WrittenExport, 'run' | 'subjects'> {
  readonly text: string;
  readonly mediaType: string;
}

async function writeOriginals(record: ProjectRecord, name: string): Promise<WrittenDocument> {
  return { ...(await importedDocuments(record, name)), mediaType: 'application/yaml' };
}

function writerOf(config: Config, format: ExportFormat) {
  return async (record: ProjectRecord, name: string): Promise<WrittenDocument> => {
    const run = await readRunView(config, record, name);
    const text = format.write(run);
    if (text === '') throw nothingToExport(run, format);
    return { run: run.id, text, mediaType: format.mediaType, subjects: boundTo(run, format.subject) };
  };
}

function findFormat(name: string): ExportFormat {
  const found = exportFormats.find((format) => format.name === name);
  if (found !== undefined) return found;
  const names = [...exportFormats.map((format) => format.name), originalFormat];
  const nearest = nearestName(name, names);
  throw new PlatformError('EXPORT_FORMAT_UNKNOWN', {
    message: `expected one of ${names.join(', ')}, found ${JSON.stringify(name)}${nearest === null ? '' : `; did you mean ${nearest}?`}`,
  });
}

function nothingToExport(run: RunView, format: ExportFormat): PlatformError {
  return new PlatformError('EXPORT_NOTHING', {
    message: `expected run ${run.id} to have made ${format.subject === 'data' ? 'a dataset' : 'a model'} for ${format.title}, found none`,
  });
}
