import type { Config } from './config.ts';
import { requireProject } from './project.ts';
import { withRecord } from './records.ts';
import { openSigning } from './signing.ts';
import { logOrigin, publishLog } from './transparency-log.ts';

/** Brings the files of a project's log up to its record now. @throws PlatformError LOG_NOTHING, PROVENANCE_LOG_FORKED, PROVENANCE_LOG_BAD */
export async function bringLogUpToDate(config: Config): Promise<{ readonly origin: string; readonly size: number }> {
  await requireProject(config);
  return await withRecord(config, async ({ metadata }) => {
    await publishLog(config, { metadata, signing: openSigning(config) });
    return { origin: await logOrigin(config), size: await metadata.logSize() };
  });
}
