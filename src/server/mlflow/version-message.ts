/* Versions of models on the wire, where their place in the order of registration is what names them. */
import { type ModelVersion, sourceOf } from '../../registry/index.ts';
import { badValue } from './message.ts';

/** The place of a version. @throws PlatformError TRACKING_BAD_VALUE for what is no integer */
export function ordinalOf(version: string): number {
  if (/^\s*[+-]?\d+\s*$/.test(version)) return Number(version);
  throw badValue(`Parameter 'version' must be an integer, got '${version}'.`);
}

/** A version on the wire. */
export function writeVersion(version: ModelVersion): object {
  const { user, description, statusMessage, modelId, tags, aliases } = version;
  return {
    name: version.model,
    version: String(version.ordinal),
    creation_timestamp: version.createdAtMs,
    last_updated_timestamp: version.updatedAtMs,
    ...(user === null ? {} : { user_id: user }),
    current_stage: version.stage,
    ...(description === null ? {} : { description }),
    source: sourceOf(version),
    run_id: version.trackedRunId ?? '',
    status: version.status,
    ...(statusMessage === null ? {} : { status_message: statusMessage }),
    ...(tags.length === 0 ? {} : { tags }),
    run_link: version.runLink ?? '',
    ...(aliases.length === 0 ? {} : { aliases }),
    ...(modelId === null ? {} : { model_id: modelId }),
  };
}

/** Where the files of a version are fetched from. */
export function downloadUri(version: ModelVersion): string {
  return version.storageLocation ?? sourceOf(version);
}
