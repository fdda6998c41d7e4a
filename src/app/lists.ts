import { type ModelVersion, openRegistry } from '../registry/index.ts';
import type { Config } from './config.ts';
import { lastAttempts, readRun, withRecord } from './records.ts';

/** An artifact as a list shows it. */
export interface ListedArtifact {
  /** RUN/STEP/PORT. */
  readonly name: string;
  readonly type: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

/** The registered versions of all models, newest first. */
export async function listModels(config: Config, limit: number): Promise<readonly ModelVersion[]> {
  return await withRecord(config, async ({ metadata }) => {
    const registry = await openRegistry(metadata.database);
    const versions: ModelVersion[] = [];
    for (const model of await registry.listModels()) versions.push(...(await registry.listVersions(model.name)));
    return versions.sort((a, b) => b.createdAtMs - a.createdAtMs).slice(0, limit);
  });
}

/** The artifacts of the latest run, those of logs left out. */
export async function listArtifacts(config: Config, limit: number): Promise<readonly ListedArtifact[]> {
  return await withRecord(config, async (record) => {
    const run = await readRun(record, 'latest');
    const outputs = [...lastAttempts(run)].flatMap(([step, recorded]) =>
      recorded.outputs
        .filter((output) => output.artifact.type !== 'Log')
        .map((output) => ({
          name: `latest/${step}/${output.port}`,
          type: output.artifact.type,
          digest: output.artifact.digest as string,
          sizeBytes: output.artifact.sizeBytes,
        })),
    );
    return outputs.slice(0, limit);
  });
}
