import { resolve } from 'node:path';
import type { Config } from './config.ts';
import { requireTarget, writeTarget } from './export/write-target.ts';
import { withRecord } from './records.ts';

/** A written report. */
export interface WrittenReport {
  readonly runId: string;
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * Writes one HTML page about a run that needs no network and no other file.
 * @throws PlatformError METADATA_RUN_UNKNOWN, EXPORT_PLACE_TAKEN, PLACE_NOT_WRITABLE
 */
export async function writeReport(
  config: Config,
  options: { readonly run: string; readonly path: string },
): Promise<WrittenReport> {
  const [{ renderPage }, { readReport }] = await Promise.all([
    import('./report/page.ts'),
    import('./report/read-report.ts'),
  ]);
  const path = resolve(options.path);
  await requireTarget(path);
  const data = await withRecord(config, (record) => readReport(record, options.run));
  const page = renderPage(data);
  await writeTarget(config, path, page);
  return { runId: data.recorded.run.id, path, sizeBytes: Buffer.byteLength(page) };
}
