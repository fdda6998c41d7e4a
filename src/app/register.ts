import { canonicalJson, type JsonObject } from '../encoding/index.ts';
import type { RunResult } from '../pipeline/index.ts';
import { openRegistry } from '../registry/index.ts';
import type { ProjectRecord } from './engine.ts';

const maximumFileBytes = 16 * 1024 * 1024;

/**
 * Registers the package of a finished release under the model's name. The version is derived: MAJOR where the signature
 * of inputs or outputs differs from the latest version's, else PIPELINE; the same package registers nothing new.
 *
 * @returns `1.2.3`, or null where the run made no package
 */
export async function registerPackage(record: ProjectRecord, model: string, result: RunResult): Promise<string | null> {
  const packaged = result.outcomes.find((outcome) => outcome.step === 'packaging')?.outputs['package'];
  if (result.state !== 'COMPLETE' || packaged === undefined) return null;
  const signature = await readPackageSignature(record, packaged.digest);
  const registry = await openRegistry(record.metadata.database);
  const { version } = await registry.registerVersion({
    model,
    packageDigest: packaged.digest,
    artifactId: packaged.artifactId,
    runId: result.runId,
    signature,
    compare: (latest) => ({
      schemaIncompatible: latest !== null && canonicalJson(latest.signature) !== canonicalJson(signature),
      gatePassedComparison: false,
    }),
  });
  return version.version;
}

/** The columns that a package takes and answers, from its MLmodel file, which packaging writes as JSON. */
async function readPackageSignature(
  record: ProjectRecord,
  digest: Parameters<ProjectRecord['artifacts']['entries']>[0],
): Promise<JsonObject> {
  const file = (await record.artifacts.entries(digest)).find((entry) => entry.path === 'MLmodel');
  if (file === undefined) return {};
  const text = (await record.artifacts.read(file.digest, { maxBytes: maximumFileBytes })).toString('utf8');
  const document = JSON.parse(text) as { signature?: JsonObject } | null;
  return document?.signature ?? {};
}
